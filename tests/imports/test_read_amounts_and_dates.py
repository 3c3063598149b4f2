from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports.reading.amounts import decimal_marks, is_amount, parse_amount
from imports.reading.dates import date_orders, is_date, parse_date
from imports.reading.mapping import DateOrder, DecimalMark
from tests.imports.texts import TODAY

POINT, COMMA = DecimalMark.POINT, DecimalMark.COMMA
MDY, DMY, YMD = DateOrder.MONTH_FIRST, DateOrder.DAY_FIRST, DateOrder.YEAR_FIRST


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("4.50", "4.50"),
        ("-4.5", "-4.5"),
        ("+4.50", "4.50"),
        (".50", "0.50"),
        ("4.", "4"),
        ("1,234.56", "1234.56"),
        ("1'234.56", "1234.56"),
        ("1 234.56", "1234.56"),
        ("1,234,567.89", "1234567.89"),
        ("(29.44)", "-29.44"),
        ("($1,029.44)", "-1029.44"),
        ("- $30.00", "-30.00"),
        ("+ $30.00", "30.00"),
        ("-$7,971.39", "-7971.39"),
        ("$-7,971.39", "-7971.39"),
        ("+ £1,100.00", "1100.00"),
        ("USD 4.50", "4.50"),
        ("4.50 EUR", "4.50"),
        ("US$4.50", "4.50"),
        ("4.50-", "-4.50"),
        ("\u22124.50", "-4.50"),
        ("4.500000", "4.50"),
        ("0.0001", "0.0001"),
        ("4\u00a0500.00", "4500.00"),
    ],
)
def test_amount_with_decimal_point(text, amount):
    assert str(parse_amount(text, POINT)) == amount


@pytest.mark.parametrize(
    ("text", "amount"),
    [("1.234,56", "1234.56"), ("-17,22", "-17.22"), ("1'234,5", "1234.5"), ("1.234", "1234"), ("- 5,00 €", "-5.00")],
)
def test_amount_with_decimal_comma(text, amount):
    assert str(parse_amount(text, COMMA)) == amount


NO_AMOUNTS = ["", "-", "$", "four", "1,23.45", "12,34", "1.2.3", "--4", "-4-", "(-4)", "(4", "4)", "4.12345", "1e5"]
NO_AMOUNTS += ["NaN", "9" * 15, "\u0661", "0x10", "1_000", "4 50.00", "4.50 CR", "4,,500.00"]


@pytest.mark.parametrize("text", NO_AMOUNTS)
def test_anything_else_is_no_amount(text):
    with pytest.raises(ValueError, match="amount"):
        parse_amount(text, POINT)


@given(
    st.decimals(min_value=-(10**10) + 1, max_value=10**10 - 1, places=2),
    st.sampled_from(["{:,}", "{}", "${:,}", "{:,} USD"]),
)
def test_every_printed_amount_is_read_back(amount, form):
    printed = form.format(amount)

    assert parse_amount(printed, POINT) == amount
    assert parse_amount(printed.translate(str.maketrans(",.", ".,")), COMMA) == amount


@given(st.text(max_size=30))
def test_no_text_breaks_the_reading_of_amounts_and_dates(text):
    assert is_amount(text) in (True, False)
    assert is_date(text, TODAY) in (True, False)
    assert decimal_marks([text]) <= set(DecimalMark)
    assert date_orders([text], TODAY) <= set(DateOrder)


@pytest.mark.parametrize(
    ("texts", "marks"),
    [
        (["1.234,56"], {COMMA}),
        (["1,234.56"], {POINT}),
        (["4,50", "1.234"], {COMMA}),
        (["1,234,567"], {POINT}),
        (["0.123"], {POINT}),
        (["1.234"], {POINT, COMMA}),
        (["4.50", "4,50"], {POINT, COMMA}),
        (["450", ""], set()),
    ],
)
def test_decimal_mark_is_told_by_the_amounts(texts, marks):
    assert decimal_marks(texts) == marks


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("2026-04-03", None, "2026-04-03"),
        ("2026/04/03", MDY, "2026-04-03"),
        ("2025-01-05T00:13:58", None, "2025-01-05"),
        ("2018-02-25 12:34:56 +0000", None, "2018-02-25"),
        ("04/03/2026", MDY, "2026-04-03"),
        ("4/3/26", MDY, "2026-04-03"),
        ("04/03/2026", DMY, "2026-03-04"),
        ("22.02.18", DMY, "2018-02-22"),
        ("18-02-22", YMD, "2018-02-22"),
        ("4/3/99", MDY, "1999-04-03"),
        ("20260403", YMD, "2026-04-03"),
        ("04032026", MDY, "2026-04-03"),
        ("03042026", DMY, "2026-04-03"),
        ("10 Feb 18", None, "2018-02-10"),
        ("10-Feb-2018", None, "2018-02-10"),
        ("Feb 10, 2018", None, "2018-02-10"),
        ("September 1 2025", None, "2025-09-01"),
    ],
)
def test_date_is_read_in_its_order(text, order, day):
    assert parse_date(text, order, TODAY).isoformat() == day


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("", MDY),
        ("soon", MDY),
        ("04/03/2026", None),
        ("13/13/2026", MDY),
        ("2026-02-30", None),
        ("4/3", MDY),
        ("4/3/126", MDY),
        ("04-03/2026", MDY),
        ("10 Foo 2018", None),
        ("0000-00-00", None),
        ("2027-05-02", None),
    ],
)
def test_anything_else_is_no_date(text, order):
    with pytest.raises(ValueError, match=r"\w"):
        parse_date(text, order, TODAY)


@pytest.mark.parametrize(
    ("texts", "orders"),
    [
        (["03/04/2026", "25/04/2026"], {DMY}),
        (["03/04/2026", "04/25/2026"], {MDY}),
        (["03/04/2026"], {MDY, DMY}),
        (["04/04/2026", "2026-01-02"], set()),
        (["2026-01-02", "soon"], set()),
        ([], set()),
        (["25/04/2026", "04/25/2026"], set(DateOrder)),
    ],
)
def test_date_order_is_told_by_the_dates(texts, orders):
    assert date_orders(texts, TODAY) == orders


def test_year_of_two_digits_is_never_more_than_a_year_ahead():
    assert parse_date("1/2/27", MDY, TODAY) == date(2027, 1, 2)
    assert parse_date("1/2/28", MDY, TODAY) == date(1928, 1, 2)


def test_amount_is_exact():
    assert parse_amount("0.10", POINT) + parse_amount("0.20", POINT) == Decimal("0.30")
