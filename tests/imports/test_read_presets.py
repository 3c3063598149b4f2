"""Files of known banks need no help."""

import pytest

from imports.reading import Verdict
from imports.reading.presets import preset_named, presets
from tests.imports.bank_files import (
    ACTUAL,
    ALLY,
    AMERICAN_EXPRESS,
    APPLE_CARD,
    BANK_OF_AMERICA_CARD,
    BANK_OF_AMERICA_CHECKING,
    CAPITAL_ONE_CARD,
    CHASE_CARD,
    CHASE_CHECKING,
    CITI,
    DISCOVER,
    FIDELITY,
    MINT,
    OLD_CHASE_CARD,
    PAYPAL,
    SCHWAB_BROKERAGE,
    SCHWAB_CHECKING,
    SHORT_AMERICAN_EXPRESS,
    SHORT_CITI,
    SOFI,
    TD_BANK,
    USAA,
    USAA_CARD,
    VENMO,
    WELLS_FARGO,
    YNAB,
)
from tests.imports.texts import reading, statement, told

COFFEE = ("2026-04-03", "4.50", "COFFEE")
PAYROLL = ("2026-04-01", "-1000.00", "PAYROLL")

FILES = [
    ("chase_checking", CHASE_CHECKING, [("2026-04-03", "4.50", "COFFEE, SEATTLE"), PAYROLL]),
    ("chase_card", CHASE_CARD, [COFFEE, ("2026-04-02", "-100.00", "Payment Thank You")]),
    ("chase_card", OLD_CHASE_CARD, [COFFEE]),
    (
        "bank_of_america_checking",
        BANK_OF_AMERICA_CHECKING,
        [("2026-04-03", "-2500.00", "PAYROLL"), ("2026-04-05", "1250.00", "RENT")],
    ),
    ("bank_of_america_card", BANK_OF_AMERICA_CARD, [("2026-04-03", "4.50", "COFFEE SEATTLE, WA")]),
    ("wells_fargo", WELLS_FARGO, [COFFEE, ("2026-04-02", "100.00", "CHECK # 1234"), PAYROLL]),
    ("american_express", AMERICAN_EXPRESS, [COFFEE, ("2026-04-02", "-100.00", "AUTOPAY PAYMENT")]),
    ("american_express", SHORT_AMERICAN_EXPRESS, [COFFEE]),
    ("capital_one_card", CAPITAL_ONE_CARD, [COFFEE, ("2026-04-02", "-100.00", "CAPITAL ONE AUTOPAY PYMT")]),
    ("discover", DISCOVER, [COFFEE, ("2026-04-02", "-100.00", "INTERNET PAYMENT")]),
    ("citi", CITI, [COFFEE, ("2026-04-02", "-100.00", "AUTOPAY")]),
    ("citi", SHORT_CITI, [COFFEE]),
    ("apple_card", APPLE_CARD, [("2026-04-03", "4.50", "COFFEE 1 MAIN ST SEATTLE 98101 WA USA")]),
    ("sofi", SOFI, [COFFEE, PAYROLL]),
    ("ally", ALLY, [COFFEE, PAYROLL]),
    ("usaa", USAA, [("2026-04-03", "4.50", "COFFEE 123")]),
    ("usaa_card", USAA_CARD, [("2026-04-03", "4.50", "COFFEE 123")]),
    ("td_bank", TD_BANK, [("2026-04-03", "4.50", "DEBIT CARD PURCHASE, COFFEE, SEATTLE"), PAYROLL]),
    ("schwab_checking", SCHWAB_CHECKING, [COFFEE, ("2026-04-01", "-1036.47", "PAYROLL")]),
    (
        "schwab_brokerage",
        SCHWAB_BROKERAGE,
        [("2026-04-03", "2500.00", "Buy VTI VANGUARD TOTAL"), ("2026-04-01", "-7971.39", "MoneyLink Deposit Tfr BANK")],
    ),
    (
        "fidelity",
        FIDELITY,
        [
            ("2026-04-03", "1000", "YOU BOUGHT TOTAL MARKET"),
            ("2026-04-01", "-1500", "Electronic Funds Transfer Received"),
        ],
    ),
    (
        "venmo",
        VENMO,
        [
            ("2026-04-03", "30.00", "Dinner Payment A Person B Person"),
            ("2026-04-04", "-12.00", "Tickets Payment B Person A Person"),
        ],
    ),
    ("paypal", PAYPAL, [("2026-04-03", "4.50", "Coffee Payment"), ("2026-04-21", "-96.80", "B Person Payment")]),
    ("mint", MINT, [("2026-04-03", "4.50", "COFFEE 123"), PAYROLL]),
    ("ynab", YNAB, [("2026-04-30", "1500.00", "Landlord April"), ("2026-04-01", "-2000.00", "Employer")]),
    ("actual", ACTUAL, [("2026-04-03", "4.50", "Coffee beans")]),
]


@pytest.mark.parametrize(("key", "text", "lines"), FILES, ids=[key for key, *_ in FILES])
def test_file_of_a_known_bank_is_read_without_help(key, text, lines):
    found = reading(text)

    assert (found.preset, found.questions) == (key, ())
    (only,) = found.statements
    assert told(only) == lines
    assert only.problems == ()


def test_every_preset_has_a_file_here():
    assert {preset.key for preset in presets()} == {key for key, *_ in FILES}


def test_no_header_fits_two_presets():
    for preset in presets():
        if preset.header:
            assert [other.key for other in presets() if other.fits(preset.header)] == [preset.key]


def test_preset_is_found_by_its_key():
    assert preset_named("wells_fargo").name == "Wells Fargo"
    assert preset_named("no such bank") is None


@pytest.mark.parametrize("text", [CHASE_CHECKING, BANK_OF_AMERICA_CHECKING, TD_BANK, SCHWAB_CHECKING, SOFI, FIDELITY])
def test_running_balance_of_a_known_bank_is_proved(text):
    assert statement(text).proof.verdict is Verdict.PASS


def test_day_of_the_purchase_is_kept_beside_the_day_of_posting():
    entry = statement(CHASE_CARD).lines[0]

    assert (str(entry.line.date), str(entry.line.authorized_date)) == ("2026-04-03", "2026-04-01")


def test_broker_states_both_days_in_one_cell():
    entry = statement(SCHWAB_BROKERAGE).lines[0]

    assert (str(entry.line.date), str(entry.line.authorized_date)) == ("2026-04-03", "2026-04-02")


def test_merchant_is_taken_where_a_column_has_one():
    assert statement(APPLE_CARD).lines[0].line.merchant == "Coffee"


def test_currency_in_the_name_of_a_column_is_the_files():
    assert statement(APPLE_CARD).currency == "USD"


@pytest.mark.parametrize(("text", "amounts"), [(CITI, ["200.00"]), (SOFI, ["50.00"]), (USAA, ["200.00", "900.00"])])
def test_pending_rows_are_kept_apart(text, amounts):
    found = statement(text)

    assert [str(entry.line.amount) for entry in found.pending] == amounts
    assert all(entry.line.is_pending for entry in found.pending)


def test_denied_payment_is_no_transaction():
    (note,) = statement(PAYPAL).notes

    assert (note.row, note.cell) == (4, "Denied")


@pytest.mark.parametrize(("text", "hint"), [(CAPITAL_ONE_CARD, "1234"), (AMERICAN_EXPRESS, "1005"), (TD_BANK, "4567")])
def test_account_number_in_the_rows_is_a_hint(text, hint):
    assert statement(text).account_hint == hint


def test_balance_rows_and_footers_are_noted_and_not_imported():
    assert [note.row for note in statement(VENMO).notes] == [4, 7]
    assert [note.row for note in statement(BANK_OF_AMERICA_CHECKING).notes] == [8]
    assert [note.cell for note in statement(SCHWAB_BROKERAGE).notes] == ["Transactions Total"]


def test_unquoted_commas_in_a_description_are_put_together_and_noted():
    found = statement(TD_BANK)

    assert [(note.row, "put together" in note.reason) for note in found.notes] == [(2, True)]


def test_unquoted_comma_that_could_be_in_an_amount_is_a_problem():
    text = TD_BANK.replace("COFFEE, SEATTLE,4.50", "COFFEE,1,234.50")

    (problem,) = statement(text).problems

    assert (problem.row, "isn't quoted" in problem.reason) == (2, True)
