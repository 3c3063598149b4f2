"""Entries that no institution should send: counted, never fatal, never taken for nothing."""

import copy
from decimal import Decimal

import pytest

from plaid_sync.brokerage.payloads import Unreadable, read_holdings, read_trade
from plaid_sync.replies import parse_json

ACCOUNT = "account-1"
ANSWER = """{
 "accounts": [{"account_id": "account-1", "balances": {"current": 1250.125, "iso_currency_code": "USD"}}],
 "holdings": [
  {"account_id": "account-1", "security_id": "stock", "quantity": 10, "institution_price": 100.5,
   "institution_price_as_of": "2026-11-19", "institution_value": 1005, "cost_basis": null, "iso_currency_code": "USD"},
  {"account_id": "account-1", "security_id": "coin", "quantity": 0.123456789012345, "institution_price": 2000.00005,
   "institution_value": 246.9135802463, "cost_basis": 0, "iso_currency_code": "USD"},
  {"account_id": "account-2", "security_id": "stock", "quantity": 7, "institution_price": 100.5,
   "institution_value": 703.5, "cost_basis": 1, "iso_currency_code": "USD"}
 ],
 "securities": [
  {"security_id": "stock", "name": "Acme", "ticker_symbol": "ACME", "type": "equity", "close_price": 100.25,
   "close_price_as_of": "2026-11-18", "iso_currency_code": "USD", "figi": "BBG000000001"},
  {"security_id": "coin", "name": null, "ticker_symbol": "COIN", "type": "cryptocurrency", "close_price": 2000,
   "close_price_as_of": null, "iso_currency_code": "USD", "figi": null}
 ],
 "request_id": "request-1"
}"""


@pytest.fixture
def answer():
    return parse_json(ANSWER)


def test_numbers_are_exact_and_rounded_half_to_even(answer):
    read = read_holdings(answer, ACCOUNT)
    stock, coin = read.holdings["stock"], read.holdings["coin"]
    assert (read.balance, read.request_id, read.malformed) == (Decimal("1250.125"), "request-1", 0)
    assert (stock.quantity, stock.value, stock.cost_basis) == (10, 1005, None)
    assert (coin.quantity, coin.value) == (Decimal("0.1234567890"), Decimal("246.9136"))
    assert coin.cost_basis == 0


def test_only_the_accounts_own_positions_are_read(answer):
    assert read_holdings(answer, ACCOUNT).holdings["stock"].quantity == 10


def test_an_account_that_the_answer_leaves_out_is_not_empty(answer):
    with pytest.raises(KeyError):
        read_holdings(answer, "account-3")


def test_a_price_without_its_day_and_a_price_of_zero_are_none(answer):
    answer["securities"][0]["close_price"] = Decimal(0)
    securities = read_holdings(answer, ACCOUNT).securities
    assert [securities[key].close_price for key in ("stock", "coin")] == [None, None]
    assert securities["coin"].name == "COIN"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("quantity", None),
        ("quantity", "10"),
        ("quantity", True),
        ("quantity", Decimal("NaN")),
        ("quantity", Decimal("1e30")),
        ("institution_value", Decimal("1e17")),
        ("cost_basis", "many"),
        ("security_id", "nobody-described-this"),
    ],
)
def test_a_position_that_cant_be_read_is_counted_and_named(answer, column, value):
    answer["holdings"][0][column] = value
    read = read_holdings(answer, ACCOUNT)
    assert (read.malformed, read.is_whole, list(read.holdings)) == (1, True, ["coin"])
    assert read.unread == {answer["holdings"][0]["security_id"]}


@pytest.mark.parametrize("broken", [{"security_id": None, "account_id": ACCOUNT}, "nothing", None])
def test_a_position_that_nobody_can_name_makes_the_reading_incomplete(answer, broken):
    answer["holdings"][0] = broken
    read = read_holdings(answer, ACCOUNT)
    assert (read.malformed, read.is_whole) == (1, False)


def test_lots_of_one_security_are_one_position(answer):
    lot = copy.deepcopy(answer["holdings"][1]) | {"cost_basis": Decimal(5)}
    answer["holdings"].append(lot)
    coin = read_holdings(answer, ACCOUNT).holdings["coin"]
    assert (coin.quantity, coin.cost_basis) == (Decimal("0.2469135780"), 5)


TRADE = {
    "investment_transaction_id": "trade-1",
    "account_id": ACCOUNT,
    "security_id": None,
    "date": "2026-11-19",
    "name": "DEPOSIT",
    "quantity": Decimal(0),
    "amount": Decimal("-12.34565"),
    "price": Decimal(0),
    "fees": None,
    "type": "cash",
    "subtype": "deposit",
    "iso_currency_code": None,
    "unofficial_currency_code": "BTC",
}


def test_a_trade():
    facts = read_trade(TRADE)
    assert (facts.amount, facts.currency, facts.security, facts.fees) == (Decimal("-12.3456"), "BTC", "", None)


@pytest.mark.parametrize(
    "broken", [{"date": "yesterday"}, {"date": None}, {"amount": None}, {"quantity": "2"}, {"fees": True}]
)
def test_a_trade_that_cant_be_read(broken):
    with pytest.raises(Unreadable):
        read_trade(TRADE | broken)
