"""Every type and subtype that Plaid documents means one thing here, and none that it doesn't is an error."""

from decimal import Decimal

import pytest

from investments.kinds import DOCUMENTED, is_known, kind_of

FEES = (
    "account fee, legal fee, management fee, margin expense, transfer fee, trust fee, "
    "non-resident tax, tax, tax withheld"
)
DIVIDENDS = "dividend, qualified dividend, non-qualified dividend, stock distribution"
GAINS = "long-term capital gain, short-term capital gain, unqualified gain"
# Written out from Plaid's own table, not from the module's.
TABLE = {
    ("buy", "buy"): "assignment, contribution, buy, buy to cover",
    ("buy", "dividend_reinvestment"): "dividend reinvestment, interest reinvestment, "
    "long-term capital gain reinvestment, short-term capital gain reinvestment",
    ("sell", "sell"): "sell, sell short, exercise",
    ("sell", "withdrawal"): "distribution",
    ("cash", "fee"): FEES,
    ("cash", "deposit"): "contribution, deposit",
    ("cash", "dividend"): DIVIDENDS,
    ("cash", "interest"): "interest",
    ("cash", "capital_gain"): GAINS,
    ("cash", "withdrawal"): "withdrawal",
    ("cash", "other"): "pending credit, pending debit",
    ("fee", "fee"): FEES,
    ("fee", "dividend"): DIVIDENDS,
    ("fee", "interest"): "interest, interest receivable",
    ("fee", "capital_gain"): GAINS,
    ("fee", "other"): "adjustment, return of principal",
    ("transfer", "transfer"): "transfer, send, request",
    ("transfer", "split"): "split",
    ("transfer", "other"): "assignment, adjustment, exercise, expire, merger, spin off, trade",
}
PAIRS = [(kind, sub, meant) for (kind, meant), subs in TABLE.items() for sub in subs.split(", ")]


def meaning(raw_type: str, raw_subtype: str, quantity: str = "0", amount: str = "5") -> str:
    return kind_of(raw_type, raw_subtype, quantity=Decimal(quantity), amount=Decimal(amount))


@pytest.mark.parametrize(("raw_type", "raw_subtype", "meant"), PAIRS)
def test_a_documented_pair(raw_type, raw_subtype, meant):
    assert meaning(raw_type, raw_subtype) == meant
    assert is_known(raw_type, raw_subtype)


def test_no_documented_pair_is_left_out():
    assert set(DOCUMENTED) == {(kind, subtype) for kind, subtype, _meant in PAIRS}


@pytest.mark.parametrize("raw_subtype", ["buy", "dividend", "something new", ""])
def test_whatever_is_cancelled_counts_nowhere(raw_subtype):
    assert meaning("cancel", raw_subtype, "5") == "cancel"
    assert is_known("cancel", raw_subtype)


@pytest.mark.parametrize(
    ("raw_type", "raw_subtype", "quantity", "amount", "meant"),
    [
        ("cash", "stock distribution", "3", "0", "split"),
        ("cash", "stock distribution", "0", "-3", "dividend"),
        ("transfer", "trade", "2", "0", "buy"),
        ("transfer", "trade", "-2", "0", "sell"),
        ("transfer", "trade", "0", "0", "other"),
        ("fee", "rebalance", "1", "9", "buy"),
        ("fee", "rebalance", "-1", "-9", "sell"),
        ("fee", "rebalance", "0", "0", "other"),
        ("cash", "loan payment", "0", "-20", "deposit"),
        ("cash", "loan payment", "0", "20", "withdrawal"),
        ("fee", "fund fee", "0", "1", "fee"),
        ("cash", "miscellaneous fee", "0", "1", "fee"),
    ],
)
def test_what_depends_on_the_numbers_or_is_dropped(raw_type, raw_subtype, quantity, amount, meant):
    assert meaning(raw_type, raw_subtype, quantity, amount) == meant


@pytest.mark.parametrize(
    ("raw_type", "raw_subtype", "meant"),
    [
        ("cash", "transfer", "transfer"),  # a subtype under another type
        ("buy", "dividend", "dividend"),
        ("sell", "contribution", "sell"),  # a subtype of two meanings: by the type
        ("buy", "wheelbarrow", "buy"),
        ("fee", "wheelbarrow", "fee"),
        ("transfer", "wheelbarrow", "transfer"),
        ("cash", "wheelbarrow", "other"),
        ("wheelbarrow", "", "other"),
        ("", "", "other"),
    ],
)
def test_a_pair_that_nobody_knows(raw_type, raw_subtype, meant):
    assert meaning(raw_type, raw_subtype) == meant
    assert not is_known(raw_type, raw_subtype)
