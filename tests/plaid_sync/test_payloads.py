"""Rows of Plaid's answers read into statement lines."""

import datetime
import json
from decimal import Decimal

import pytest

from accounts.lines import StatementLine, UnpostableLine
from accounts.models import HeldLine
from plaid_sync.payloads import Fold, read_transaction
from plaid_sync.replies import parse_json

ACCOUNT = "account-1"
ROW = """{
  "transaction_id": "t1", "account_id": "account-1", "amount": 4.50, "iso_currency_code": "USD",
  "unofficial_currency_code": null, "date": "2026-03-02", "authorized_date": "2026-03-01", "name": "Starbucks",
  "merchant_name": "Starbucks Coffee", "original_description": "STARBUCKS #123 OAKLAND CA", "pending": false,
  "pending_transaction_id": "p1", "an_unknown_field": {"x": 1},
  "personal_finance_category": {"primary": "FOOD_AND_DRINK", "detailed": "FOOD_AND_DRINK_COFFEE",
                                "confidence_level": "HIGH"}
}"""


def row(**changes: str) -> dict:
    """ROW with some values given as JSON text; a value of "" leaves the key out."""
    values = json.loads(ROW, parse_float=Decimal)
    for key, text in changes.items():
        if text:
            values[key] = parse_json(text)
        else:
            del values[key]
    return values


def page(added=(), modified=(), removed=(), accounts=()) -> dict:
    return {"added": list(added), "modified": list(modified), "removed": list(removed), "accounts": list(accounts)}


def gone(transaction_id: str, account_id: str = ACCOUNT) -> dict:
    return {"transaction_id": transaction_id, "account_id": account_id}


def test_a_row_becomes_a_line_with_the_banks_own_words():
    assert read_transaction(row(), ACCOUNT) == StatementLine(
        external_id="t1",
        date=datetime.date(2026, 3, 2),
        amount=Decimal("4.50"),
        currency="USD",
        description="STARBUCKS #123 OAKLAND CA",
        merchant="Starbucks Coffee",
        authorized_date=datetime.date(2026, 3, 1),
        is_pending=False,
        pending_id="p1",
        category_primary="FOOD_AND_DRINK",
        category_detailed="FOOD_AND_DRINK_COFFEE",
        category_confidence="HIGH",
    )


@pytest.mark.parametrize(
    ("changes", "column", "value"),
    [
        ({"original_description": "null"}, "description", "Starbucks"),
        ({"original_description": ""}, "description", "Starbucks"),
        ({"original_description": '""'}, "description", "Starbucks"),
        ({"merchant_name": "null"}, "merchant", "Starbucks"),
        ({"merchant_name": "null", "name": "null"}, "merchant", ""),
        ({"name": '"A\\u0000B\\ud800C"', "original_description": "null"}, "description", "AB?C"),
        ({"authorized_date": "null"}, "authorized_date", None),
        ({"pending_transaction_id": "null"}, "pending_id", ""),
        ({"personal_finance_category": "null"}, "category_primary", ""),
        ({"personal_finance_category": ""}, "category_detailed", ""),
        ({"personal_finance_category": '{"primary": "NEW_ONE"}'}, "category_primary", "NEW_ONE"),
        ({"amount": "0"}, "amount", Decimal(0)),
        ({"amount": "-0.1"}, "amount", Decimal("-0.1")),
        ({"amount": "12.3456"}, "amount", Decimal("12.3456")),
        ({"amount": "12.50000000"}, "amount", Decimal("12.5")),
        ({"amount": "1e2"}, "amount", Decimal(100)),
        ({"amount": "0.1"}, "amount", Decimal("0.1")),
        ({"iso_currency_code": "null", "unofficial_currency_code": '"BTC"'}, "currency", "BTC"),
        ({"pending": "true"}, "is_pending", True),
    ],
)
def test_reads(changes, column, value):
    line = read_transaction(row(**changes), ACCOUNT)
    assert isinstance(line, StatementLine)
    assert getattr(line, column) == value


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"amount": "null"}, "Its amount is not a number"),
        ({"amount": '"4.50"'}, "Its amount is not a number"),
        ({"amount": "true"}, "Its amount is not a number"),
        ({"amount": ""}, "Its amount is not a number"),
        ({"amount": "NaN"}, "too large or has more than four decimals"),
        ({"amount": "Infinity"}, "too large or has more than four decimals"),
        ({"amount": "1e30"}, "too large or has more than four decimals"),
        ({"amount": "1e999999"}, "too large or has more than four decimals"),
        ({"amount": "9" * 5000}, "too large or has more than four decimals"),
        ({"amount": "0.12345"}, "too large or has more than four decimals"),
        ({"date": "null"}, "It has no date"),
        ({"date": ""}, "It has no date"),
        ({"date": '"2026-02-30"'}, "not in the calendar"),
        ({"date": '"0001-01-01"'}, "not in the calendar"),
        ({"date": '"02/03/2026"'}, "not a date"),
        ({"date": '"20260302"'}, "not a date"),
        ({"date": '"2026-03-02T00:00:00Z"'}, "not a date"),
        ({"date": "20260302"}, "not a date"),
        ({"authorized_date": '"soon"'}, "not a date"),
        ({"transaction_id": "null"}, "It has no id"),
        ({"transaction_id": '""'}, "It has no id"),
        ({"transaction_id": ""}, "It has no id"),
        ({"transaction_id": "7"}, "It has no id"),
        ({"transaction_id": '"a\\u0000"'}, "It has no id"),
        ({"transaction_id": f'"{"x" * 129}"'}, "It has no id"),
        ({"pending_transaction_id": "7"}, "is not an id"),
        ({"account_id": "null"}, "names no account"),
        ({"pending": "null"}, "whether it is pending"),
        ({"pending": '"false"'}, "whether it is pending"),
        ({"iso_currency_code": "null"}, "currency is not clear"),
        ({"unofficial_currency_code": '"BTC"'}, "currency is not clear"),
        ({"iso_currency_code": "7"}, "currency is not clear"),
        ({"iso_currency_code": '""'}, "currency is not clear"),
        ({"name": "7"}, "text is not text"),
        ({"original_description": "[]"}, "text is not text"),
    ],
)
def test_holds_what_it_cannot_read(changes, detail):
    line = read_transaction(row(**changes), ACCOUNT)
    assert isinstance(line, UnpostableLine)
    assert line.reason == HeldLine.Reason.MALFORMED
    assert detail in line.detail
    json.dumps(dict(line.raw), allow_nan=False)  # a database can keep it


@pytest.mark.parametrize("nonsense", [None, 7, "x", [], True])
def test_holds_what_is_no_row_at_all(nonsense):
    line = read_transaction(nonsense, ACCOUNT)
    assert isinstance(line, UnpostableLine)
    assert (line.external_id, line.raw) == ("", {})


def test_a_row_of_another_account_is_held_with_what_it_says():
    line = read_transaction(row(account_id='"account-2"'), ACCOUNT)
    assert isinstance(line, UnpostableLine)
    assert (line.reason, line.external_id, line.pending_id) == (HeldLine.Reason.OTHER_ACCOUNT, "t1", "p1")
    assert line.raw["original_description"] == "STARBUCKS #123 OAKLAND CA"


def test_a_held_row_keeps_only_what_is_known_and_short():
    changes = {"date": "null", "access_token": '"access-sandbox-123"', "name": f'"{"n" * 9000}"'}
    line = read_transaction(row(**changes), ACCOUNT)
    assert isinstance(line, UnpostableLine)
    assert "access_token" not in line.raw
    assert "an_unknown_field" not in line.raw
    assert len(line.raw["name"]) == 500


def folded(*pages: dict) -> Fold:
    fold = Fold(ACCOUNT)
    for each in pages:
        fold.add(each)
    return fold


def test_the_last_event_of_an_id_counts_over_all_pages():
    fold = folded(page(added=[row()]), page(modified=[row(amount="5.00")]))
    assert [line.amount for line in fold.lines.values()] == [Decimal("5.00")]


def test_within_a_page_removals_come_last():
    fold = folded(page(removed=[gone("t1")], added=[row()], modified=[row(amount="5.00")]))
    assert (fold.lines, fold.removed_ids) == ({}, {"t1"})


def test_what_is_removed_and_sent_again_on_a_later_page_is_there():
    fold = folded(page(removed=[gone("t1")]), page(added=[row()]))
    assert (list(fold.lines), fold.removed_ids) == (["t1"], set())


def test_a_malformed_event_leaves_the_last_good_one_of_its_id():
    fold = folded(page(added=[row()]), page(modified=[row(amount="null")]))
    assert fold.lines["t1"].amount == Decimal("4.50")
    assert [line.external_id for line in fold.unpostable] == ["t1"]


@pytest.mark.parametrize("healing", [page(modified=[row()]), page(removed=[gone("t1")])])
def test_a_later_good_event_replaces_a_malformed_one(healing):
    assert folded(page(added=[row(amount="null")]), healing).unpostable == []


def test_a_row_taken_back_and_sent_again_unreadably_is_not_removed():
    fold = folded(page(removed=[gone("t1")]), page(added=[row(amount="null")]))
    assert fold.removed_ids == set()
    assert len(fold.unpostable) == 1


def test_one_bad_row_does_not_take_its_page_down():
    rows = [row(transaction_id=f'"t{number}"') for number in range(499)]
    fold = folded(page(added=[*rows, row(transaction_id='"bad"', amount="null")]))
    assert (len(fold.lines), len(fold.unpostable)) == (499, 1)


@pytest.mark.parametrize("removal", [{}, {"transaction_id": None}, None, "t1"])
def test_a_removal_without_an_id_is_held(removal):
    fold = folded(page(removed=[removal]))
    assert [line.detail for line in fold.unpostable] == ["A removal without an id"]


def test_a_removal_for_another_account_removes_nothing():
    fold = folded(page(removed=[gone("t1", "account-2")]))
    assert fold.removed_ids == set()
    assert fold.unpostable[0].reason == HeldLine.Reason.OTHER_ACCOUNT


def test_the_newest_balances_of_the_account_count():
    def account(current: str) -> dict:
        return parse_json(
            f'{{"account_id": "account-1", "balances": {{"current": {current}, "iso_currency_code": "USD"}}}}'
        )

    other = {"account_id": "account-2", "balances": {"current": Decimal(9)}}
    fold = folded(page(accounts=[account("1.00")]), page(accounts=[account("2.00"), other]))
    assert fold.balances is not None
    assert (fold.balances.current, fold.balances.available, fold.balances.currency) == (Decimal("2.00"), None, "USD")


def test_a_balance_that_cannot_be_kept_exactly_is_unknown():
    account = {"account_id": ACCOUNT, "balances": {"current": Decimal("0.123456789"), "limit": Decimal("NaN")}}
    fold = folded(page(accounts=[account]))
    assert fold.balances is not None
    assert (fold.balances.current, fold.balances.limit) == (None, None)


def held(line: UnpostableLine) -> HeldLine:
    return HeldLine(external_id=line.external_id, raw=json.loads(json.dumps(dict(line.raw))), reason=line.reason)


def test_a_held_line_is_posted_exactly_once_it_can_be_read():
    unreadable = read_transaction(row(amount="12.3456", date="null"), ACCOUNT)
    assert isinstance(unreadable, UnpostableLine)
    stored = held(unreadable)
    stored.raw["date"] = "2026-03-02"  # as if a better parser found it
    fold = Fold(ACCOUNT)
    fold.retry(stored)
    assert fold.lines["t1"].amount == Decimal("12.3456")
    assert fold.lines["t1"].category_detailed == "FOOD_AND_DRINK_COFFEE"


@pytest.mark.parametrize("changes", [{"amount": '"4.50"'}, {"amount": "NaN"}, {"date": "null"}, {"pending": "7"}])
def test_a_held_line_that_still_cannot_be_read_stays_held(changes):
    unreadable = read_transaction(row(**changes), ACCOUNT)
    assert isinstance(unreadable, UnpostableLine)
    fold = Fold(ACCOUNT)
    fold.retry(held(unreadable))
    assert (fold.lines, fold.unpostable) == ({}, [])


def test_a_held_line_does_not_speak_against_what_the_bank_says_now():
    fold = folded(page(added=[row(amount="5.00")]))
    fold.retry(HeldLine(external_id="t1", raw=json.loads(ROW) | {"amount": {"number": "4.50"}}))
    assert fold.lines["t1"].amount == Decimal("5.00")


@pytest.mark.parametrize("unsaid", [{}, {"account_id": None}])
def test_a_removal_that_names_no_account_is_of_this_one(unsaid):
    fold = Fold(ACCOUNT)
    fold.add(page(removed=[{"transaction_id": "t1", **unsaid}]))
    assert (fold.removed_ids, fold.unpostable) == ({"t1"}, [])
