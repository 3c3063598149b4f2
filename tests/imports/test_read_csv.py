"""What tables look like in the wild."""

import pytest

from imports.reading import Verdict, read
from tests.imports.bank_files import CHASE_CARD, WELLS_FARGO
from tests.imports.texts import TODAY, reading, statement, told

ANSWERS = {"date": "Date", "description": ("Description",), "amount": "Amount", "money_out": "negative"}
ROW = "2026-04-03,COFFEE,-4.50\n"
PLAIN = "Date,Description,Amount\n" + ROW
COFFEE = [("2026-04-03", "4.50", "COFFEE")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "iso8859-15"])
def test_encoding_is_found(encoding):
    text = PLAIN.replace("COFFEE", "Café Müller, 5 Crêpes à Genève").replace("Café Müller,", "Café Müller")

    found = read(text.encode(encoding), today=TODAY)

    assert found.sample[0].cells[1] == "Café Müller 5 Crêpes à Genève"


@pytest.mark.parametrize(
    ("encoding", "payee"), [("cp1250", "Příjemce"), ("shift_jis", "喫茶店"), ("euc_kr", "커피"), ("gb18030", "咖啡")]
)
def test_encoding_that_was_chosen_is_used(encoding, payee):
    content = PLAIN.replace("COFFEE", payee).encode(encoding)

    found = read(content, mapping=reading(PLAIN, **ANSWERS, encoding=encoding).mapping, today=TODAY)

    assert (found.encoding, told(found.statements[0])[0][2]) == (encoding, payee)


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_delimiter_is_found(delimiter):
    found = reading(PLAIN.replace(",", delimiter), **ANSWERS)

    assert (found.delimiter, told(found.statements[0])) == (delimiter, COFFEE)


def test_decimal_commas_are_no_delimiter():
    text = "Date;Description;Amount\n" + "".join(f"2026-04-0{day};COFFEE, large, hot;-4,50\n" for day in range(1, 10))

    assert [amount for _, amount, _ in told(statement(text, **ANSWERS))] == ["4.50"] * 9


@pytest.mark.parametrize(
    "text",
    [
        "Account: 1234\nPeriod: April\n\n" + PLAIN,
        PLAIN.replace("\n", "\r"),
        PLAIN.replace("\n", "\r\n"),
        PLAIN.replace("\n", "\n\n"),
        PLAIN.replace(ROW, ROW + "\n,,\n"),
        PLAIN.replace("Date,Description", " Date , Description"),
        PLAIN.replace("-4.50", "-4.50,,,"),
        PLAIN + "Downloaded on Monday\n",
        PLAIN + "Total,,-4.50\n",
        PLAIN + "Date,Description,Amount\n",
        PLAIN.replace("COFFEE", '"COFFEE"'),
        PLAIN.replace("2026-04-03", '"2026-04-03 18:11:03 +0000"'),
    ],
    ids=[
        "preamble",
        "bare CR",
        "CRLF",
        "blank lines",
        "blank record",
        "spaces in the header",
        "rows longer than the header",
        "footer",
        "sum",
        "header repeated",
        "quoted",
        "time of day",
    ],
)
def test_structure_does_not_matter(text):
    found = statement(text, **ANSWERS)

    assert (told(found), found.problems) == (COFFEE, ())


def test_cell_of_several_lines_is_one_line_of_text():
    assert told(statement(PLAIN.replace("COFFEE", '"COFFEE\nSEATTLE"'), **ANSWERS))[0][2] == "COFFEE SEATTLE"


def test_rows_are_numbered_as_in_a_spreadsheet():
    text = 'Title\n\nDate,Description,Amount\n2026-04-03,"COF\nFEE",-4.50\n2026-04-04,TEA,-3\n'

    assert [entry.row for entry in statement(text, **ANSWERS).lines] == [4, 5]


def test_file_without_header_is_read_by_places():
    found = reading(ROW, date=0, description=(1,), amount=2, money_out="negative")

    assert (found.header_row, found.header, told(found.statements[0])) == (None, (), COFFEE)


def test_stated_header_row_and_skipped_rows_are_obeyed():
    text = "Date,Description,Amount\n" + PLAIN

    assert reading(text, **ANSWERS, header_row=2).header_row == 2
    assert reading(text, **ANSWERS, skip_rows=1).header_row == 2
    assert reading(ROW, date=0, description=(1,), amount=2, money_out="negative", header_row=0).header_row is None


def test_mapping_of_the_form_alone_leaves_the_columns_to_the_reader():
    found = reading(PLAIN.replace("COFFEE", "Smörgås"), encoding="cp1252")

    assert (found.mapping.amount, found.mapping.encoding) == ("Amount", "cp1252")


def test_stated_form_does_not_hide_a_known_bank():
    assert reading(WELLS_FARGO, encoding="utf-8", delimiter=",", header_row=0).preset == "wells_fargo"
    assert reading(CHASE_CARD, encoding="utf-8", delimiter=",", header_row=1).preset == "chase_card"


def test_header_is_remembered_whatever_its_case_and_spaces():
    fingerprints = {reading(PLAIN.replace("Date,Desc", words)).fingerprint for words in ("Date,Desc", " DATE ,  desc")}

    assert len(fingerprints) == 1
    assert fingerprints != {reading(PLAIN.replace("Date", "Day")).fingerprint}


def test_column_whose_name_occurs_twice_is_named_by_its_place():
    text = "Date,Text,Text,Amount\n2026-04-03,COFFEE,SEATTLE,-4.50\n"

    found = statement(text, date="Date", description=(1, 2), amount="Amount", money_out="negative")

    assert told(found) == [("2026-04-03", "4.50", "COFFEE SEATTLE")]


def test_debit_and_credit_columns_tell_the_direction():
    text = "Date,Description,Debit,Credit\n2026-04-03,COFFEE,4.50,\n2026-04-01,PAYROLL,0.00,1000\n"

    assert [amount for _, amount, _ in told(statement(text))] == ["4.50", "-1000"]


def test_negative_number_among_positive_debits_is_a_reversal():
    text = "Date,Description,Debit,Credit\n2026-04-03,COFFEE,4.50,\n2026-04-04,COFFEE BACK,-4.50,\n"

    assert [amount for _, amount, _ in told(statement(text))] == ["4.50", "-4.50"]


def test_word_beside_the_amount_tells_the_direction():
    text = "Date,Description,Amount,D/C\n2026-04-03,COFFEE,4.50,D\n2026-04-01,PAYROLL,1000,C\n"

    assert [amount for _, amount, _ in told(statement(text))] == ["4.50", "-1000"]


def test_unknown_word_beside_the_amount_is_a_problem():
    answers = ANSWERS | {"money_out": None, "indicator": "D/C", "out_words": ("D",), "in_words": ("C",)}
    text = "Date,Description,Amount,D/C\n2026-04-03,COFFEE,4.50,D\n2026-04-01,ODD,1,X\n"

    (problem,) = statement(text, **answers).problems

    assert (problem.row, problem.column, problem.cell) == (3, "D/C", "X")


@pytest.mark.parametrize(
    ("row", "column", "cell", "reason"),
    [
        ("2026-13-03,COFFEE,-4.50", "Date", "2026-13-03", "This is no date."),
        (",COFFEE,-4.50", "Date", "", "The date is missing."),
        ("2026-04-03,COFFEE,", "Amount", "", "The amount is missing."),
        ("2026-04-03,COFFEE,four", "Amount", "four", "This is no amount."),
        ("2026-04-03,COFFEE,-4.505050", "Amount", "-4.505050", "This amount has more than four decimals."),
        ("2028-04-03,COFFEE,-4.50", "Date", "2028-04-03", "This date lies more than a year ahead."),
        ("0001-01-01,COFFEE,-4.50", "Date", "0001-01-01", "This date lies too far back to be one."),
        ("2026-04-03,COFFEE", "Amount", "", "The amount is missing."),
    ],
)
def test_broken_row_is_a_problem_with_its_cell(row, column, cell, reason):
    found = statement(PLAIN + row + "\n", **ANSWERS)

    assert told(found) == COFFEE
    (problem,) = found.problems
    assert (problem.row, problem.column, problem.cell, problem.reason) == (3, column, cell, reason)


def test_row_with_money_in_and_out_is_a_problem():
    text = "Date,Description,Debit,Credit\n2026-04-03,COFFEE,4.50,4.50\n"

    (problem,) = statement(text).problems

    assert problem.cell == "4.50 | 4.50"


def test_identical_rows_are_as_many_lines():
    assert told(statement(PLAIN + ROW + ROW, **ANSWERS)) == COFFEE * 3


def test_pending_row_without_a_date_is_noted():
    text = "Date,Description,Amount,Status\n,HOTEL,-200,Pending\n2026-04-03,COFFEE,-4.50,Posted\n"

    found = statement(text, **ANSWERS, status="Status", pending_words=("pending",))

    assert (told(found), found.pending, [note.row for note in found.notes]) == (COFFEE, (), [2])


def test_currency_of_a_row_is_its_own_and_silence_is_the_accounts():
    text = "Date,Description,Amount,Currency\n2026-04-03,COFFEE,-4.50,eur\n2026-04-03,TEA,-3.00,\n"

    found = statement(text, **ANSWERS, currency="Currency")

    assert (found.currency, [entry.line.currency for entry in found.posted("USD")]) == ("", ["EUR", "USD"])


def test_currency_printed_with_an_amount_is_its_own():
    text = PLAIN.replace("-4.50", '"- £1,100.00"') + "2026-04-03,TEA,-3.00 EUR\n2026-04-03,CAKE,-$5.00\n"

    assert [entry.line.currency for entry in statement(text, **ANSWERS).lines] == ["GBP", "EUR", ""]


def test_rows_of_several_accounts_have_no_balance_to_prove():
    text = "Date,Description,Amount,Account,Balance\n2026-04-03,A,-4.50,One,1\n2026-04-03,B,-4.50,Two,2\n"

    found = statement(text, **ANSWERS, account="Account", balance="Balance")

    assert (found.accounts, found.account_hint, found.proof.verdict) == (("One", "Two"), "", Verdict.NOT_AVAILABLE)


def test_period_and_totals_are_those_of_the_posted_rows():
    found = statement(PLAIN + "2026-04-01,PAYROLL,1000.00\n", **ANSWERS)

    assert (str(found.first_date), str(found.last_date)) == ("2026-04-01", "2026-04-03")
    assert (str(found.money_out), str(found.money_in)) == ("4.50", "1000.00")


def test_fifty_thousand_rows_are_read():
    text = "Date,Description,Amount\n" + ROW * 50_000

    assert len(statement(text, **ANSWERS).lines) == 50_000
