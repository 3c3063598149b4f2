"""The running balance as proof."""

from imports.reading import Verdict
from tests.imports.bank_files import BANK_OF_AMERICA_CHECKING
from tests.imports.texts import statement

ROWS = [
    "2026-04-01,PAY,1000.00,1000.00",
    "2026-04-02,TEA,-3.00,997.00",
    "2026-04-02,SOUP,-7.00,990.00",
    "2026-04-03,COFFEE,-4.50,985.50",
]


def proof(rows: list[str], money_out: str = "negative"):
    text = "Date,Description,Amount,Balance\n" + "\n".join(rows)
    columns = {"date": "Date", "description": ("Description",), "amount": "Amount", "balance": "Balance"}
    return statement(text, **columns, money_out=money_out).proof


def test_balance_that_chains_oldest_first_passes():
    assert proof(ROWS).verdict is Verdict.PASS


def test_balance_that_chains_newest_first_passes():
    assert proof(ROWS[::-1]).verdict is Verdict.PASS


def test_rows_of_one_day_in_another_order_pass():
    assert proof([ROWS[0], ROWS[2], ROWS[1], ROWS[3]]).verdict is Verdict.PASS


def test_wrong_amount_fails_in_its_row():
    broken = proof([ROWS[0], ROWS[1].replace("-3.00", "-3.01"), *ROWS[2:]])

    assert (broken.verdict, broken.row) == (Verdict.FAIL, 3)
    assert broken.detail == "Row 3: the balance should be 996.99 after this amount, but the file says 997.00."


def test_wrong_amount_fails_in_its_row_newest_first_too():
    broken = proof([ROWS[3], ROWS[2].replace("-7.00", "-7.01"), *ROWS[1::-1]])

    assert (broken.verdict, broken.row) == (Verdict.FAIL, 3)


def test_missing_row_fails():
    assert proof([ROWS[0], *ROWS[2:]]).verdict is Verdict.FAIL


def test_rows_without_a_balance_in_between_are_added_up():
    assert proof([ROWS[0], "2026-04-02,TEA,-3.00,", *ROWS[2:]]).verdict is Verdict.PASS


def test_balance_that_grows_with_money_out_is_a_debt():
    found = proof(ROWS, money_out="positive")

    assert (found.verdict, found.is_owed) == (Verdict.PASS, True)


def test_totals_above_the_header_are_compared_with_the_rows():
    wrong = statement(BANK_OF_AMERICA_CHECKING.replace('credits,,"2,500.00"', 'credits,,"2,600.00"')).proof

    assert (wrong.verdict, wrong.row) == (Verdict.FAIL, None)
    assert wrong.detail == "The file states total credits of 2,600.00, but its rows add up to 2,500.00."


def test_totals_alone_are_a_proof():
    text = "Total debits,,-4.50\n\nDate,Description,Debit,Credit\n2026-04-03,COFFEE,4.50,\n"

    assert statement(text).proof.verdict is Verdict.PASS


def test_one_balance_is_no_proof():
    assert proof(ROWS[:1]).verdict is Verdict.NOT_AVAILABLE
