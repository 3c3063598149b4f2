"""OFX and QFX, as SGML and as XML."""

import pytest

from imports.reading import Kind, read
from tests.imports.texts import TODAY, reading, refusal, statement, told

HEADER = "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nSECURITY:NONE\nENCODING:USASCII\nCHARSET:1252\n\n"
SIGN_ON = "<SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS></SONRS></SIGNONMSGSRSV1>\n"
COFFEE = "<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260403120000[-5:EST]<TRNAMT>-4.50<FITID>77<NAME>COFFEE</STMTTRN>\n"


def account(*transactions: str, number: str = "000123454321", currency: str = "USD", tag: str = "STMT") -> str:
    prefix = "CC" if tag == "CCSTMT" else "BANK"
    return (
        f"<{prefix}MSGSRSV1><{tag}TRNRS><STATUS><CODE>0<SEVERITY>INFO</STATUS><{tag}RS><CURDEF>{currency}"
        f"<{prefix}ACCTFROM><ACCTID>{number}</{prefix}ACCTFROM><BANKTRANLIST><DTSTART>20260401<DTEND>20260430\n"
        f"{''.join(transactions)}</BANKTRANLIST><LEDGERBAL><BALAMT>100.00<DTASOF>20260430</LEDGERBAL>"
        f"</{tag}RS></{tag}TRNRS></{prefix}MSGSRSV1>\n"
    )


def ofx(*parts: str) -> str:
    return f"{HEADER}<OFX>{SIGN_ON}{''.join(parts)}</OFX>"


def changed(old: str, new: str) -> str:
    assert old in COFFEE
    return COFFEE.replace(old, new)


def test_statement_is_read_with_its_account_and_currency():
    found = reading(ofx(account(COFFEE)))

    assert (found.kind, found.questions, found.encoding) == (Kind.OFX, (), "utf-8")
    (only,) = found.statements
    assert (only.account_hint, only.currency, told(only)) == ("4321", "USD", [("2026-04-03", "4.50", "COFFEE")])


def test_id_is_fitid_amount_and_day():
    assert statement(ofx(account(COFFEE))).lines[0].line.external_id == "77|4.5000|2026-04-03"


def test_id_that_is_too_long_for_the_books_is_shortened():
    first, second = statement(ofx(account(changed("77", "7" * 250), changed("77", "7" * 251)))).lines

    assert first.line.external_id != second.line.external_id
    assert len(first.line.external_id) <= 128


def test_identical_transactions_are_as_many_lines_with_ids_of_their_own():
    names = [entry.line.external_id for entry in statement(ofx(account(COFFEE, COFFEE))).lines]

    assert names == ["77|4.5000|2026-04-03", "77|4.5000|2026-04-03#2"]


def test_transaction_without_fitid_is_left_to_be_named_by_what_it_says():
    assert statement(ofx(account(changed("<FITID>77", "<FITID>")))).lines[0].line.external_id == ""


@pytest.mark.parametrize(
    "written", ["20260403235959[-8:PST]", "20260403000000[+9:JST]", "20260403", "20260403000000.000"]
)
def test_day_is_the_one_that_is_written_whatever_the_zone(written):
    found = statement(ofx(account(changed("20260403120000[-5:EST]", written))))

    assert str(found.lines[0].line.date) == "2026-04-03"


def test_day_of_the_purchase_is_kept():
    found = statement(ofx(account(changed("<TRNAMT>", "<DTUSER>20260401<TRNAMT>"))))

    assert str(found.lines[0].line.authorized_date) == "2026-04-01"


def test_unreadable_day_of_the_purchase_loses_no_transaction():
    found = statement(ofx(account(changed("<TRNAMT>", "<DTUSER>00000000<TRNAMT>"))))

    assert (len(found.lines), found.lines[0].line.authorized_date) == (1, None)


def test_several_accounts_are_several_statements():
    found = reading(ofx(account(COFFEE), account(COFFEE, COFFEE, number="9876", tag="CCSTMT")))

    assert [(part.account_hint, len(part.lines)) for part in found.statements] == [("4321", 1), ("9876", 2)]
    assert [entry.row for part in found.statements for entry in part.lines] == [1, 2, 3]


def test_xml_form_is_read():
    body = account(COFFEE).replace("-4.50", "-4.50</TRNAMT>").replace("77", "77</FITID>")
    text = f'<?xml version="1.0"?>\n<?OFX OFXHEADER="200" VERSION="211"?>\n<OFX>{body}</OFX>'.lower()

    assert told(statement(text)) == [("2026-04-03", "4.50", "coffee")]


def test_name_and_memo_describe_the_transaction():
    def described(tags: str) -> str:
        return told(statement(ofx(account(changed("<NAME>COFFEE", tags)))))[0][2]

    assert described("<NAME>COFFEE<MEMO>SEATTLE") == "COFFEE SEATTLE"
    assert described("<NAME>COFFEE SH<MEMO>COFFEE SHOP") == "COFFEE SHOP"
    assert described("<NAME>COFFEE\n  SHOP\n<MEMO>") == "COFFEE SHOP"
    assert described("<NAME>TEA &amp;amp; CAKE") == "TEA & CAKE"
    assert described("<NAME><![CDATA[ COFFEE <3 ]]>") == "COFFEE <3"
    assert described("<PAYEE><NAME>COFFEE</PAYEE>") == "COFFEE"
    assert described("<NAME><CHECKNUM>319") == "Check 319"
    assert described("") == "Debit"


@pytest.mark.parametrize(
    ("written", "amount"),
    [("4,50", "-4.50"), ("-1.234,56", "1234.56"), ("+1,234.56", "-1234.56"), ("-$120", "120"), ("0", "0")],
)
def test_amount_is_read_in_the_banks_form(written, amount):
    assert told(statement(ofx(account(changed("-4.50", written)))))[0][1] == amount


def test_thousands_are_not_taken_for_decimals():
    found = statement(ofx(account(changed("-4.50", "-1,234"))))

    assert (found.lines, found.problems[0].cell) == ((), "-1,234")
    assert told(statement(ofx(account(COFFEE, changed("-4.50", "-1,234")))))[1][1] == "1234"


@pytest.mark.parametrize(
    ("old", "new", "column", "reason"),
    [
        ("<TRNAMT>-4.50", "", "TRNAMT", "The amount is missing."),
        ("-4.50", "four", "TRNAMT", "This is no amount."),
        ("20260403120000[-5:EST]", "201120000000", "DTPOSTED", "This is no date."),
        ("<DTPOSTED>20260403120000[-5:EST]", "", "DTPOSTED", "The date is missing."),
    ],
)
def test_broken_transaction_is_a_problem_and_the_others_are_read(old, new, column, reason):
    found = statement(ofx(account(changed(old, new), COFFEE)))

    assert len(found.lines) == 1
    assert [(problem.row, problem.column, problem.reason) for problem in found.problems] == [(1, column, reason)]


def test_remark_without_money_is_noted():
    found = statement(ofx(account(changed("-4.50", "null"), COFFEE)))

    assert (len(found.lines), [note.row for note in found.notes]) == (1, [1])


def test_transaction_in_another_currency_says_so():
    other = "<CURRENCY><CURRATE>1.1<CURSYM>EUR</CURRENCY>"
    found = statement(ofx(account(COFFEE, changed("<NAME>", f"{other}<NAME>"))))

    assert [entry.line.currency for entry in found.lines] == ["USD", "EUR"]
    assert found.currency == ""


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_declared_encoding_may_be_wrong(encoding):
    text = ofx(account(changed("COFFEE", "CAFÉ")))

    assert told(read(text.encode(encoding), today=TODAY).statements[0])[0][2] == "CAFÉ"


def test_bank_account_beside_an_investment_account_is_read():
    trades = f"<INVSTMTRS><INVTRANLIST><INVBANKTRAN>{COFFEE}</INVBANKTRAN></INVTRANLIST></INVSTMTRS>"

    assert [len(part.lines) for part in reading(ofx(trades, account(COFFEE), trades)).statements] == [1]


def test_transaction_that_lost_its_end_is_a_problem():
    found = statement(ofx(account(COFFEE, changed("COFFEE", "C" * 9000))))

    assert (len(found.lines), [problem.row for problem in found.problems]) == (1, [2])


def test_statement_without_transactions_is_empty():
    assert statement(ofx(account())).lines == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HEADER, "breaks off"),
        (HEADER + "<OFX></OFX>", "holds no statement"),
        (ofx(), "holds no statement"),
        (
            ofx().replace("<CODE>0<SEVERITY>INFO", "<CODE>15500<SEVERITY>ERROR<MESSAGE>Wrong password"),
            "“Wrong password”",
        ),
        (ofx("<STMTTRNRS><STATUS><CODE>2000<SEVERITY>ERROR</STATUS></STMTTRNRS>"), "an error without explanation"),
        (ofx("<INVSTMTRS><INVACCTFROM><ACCTID>1</INVACCTFROM></INVSTMTRS>"), "investment statement"),
        (ofx("<A>" * 40_000), "few transactions"),
        (ofx(account(COFFEE), COFFEE), "to which account"),
        (ofx("<STMTRS>" + account(COFFEE)), "to which account"),
    ],
)
def test_file_without_a_bank_statement_is_refused(text, words):
    assert words in refusal(text.encode())


def test_what_a_parser_gives_up_or_takes_for_a_comment_is_refused():
    """Which of the two depends on Python’s patch release: its parser of markup has learned to forgive."""
    assert refusal(ofx("<![[<![CDATA[").encode()).startswith(("This OFX file is damaged", "This OFX file holds no"))
