from decimal import Decimal

import pytest
from django.template import Context, Template
from django.utils import translation

from money.formatting import money_text, plain_number

NBSP = "\N{NO-BREAK SPACE}"


def render(source: str, **context: object) -> str:
    return Template("{% load money %}" + source).render(Context(context))


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("1234.5", "USD", "$1,234.50"),
        ("-1234.5", "USD", "\N{MINUS SIGN}$1,234.50"),
        ("0", "USD", "$0.00"),
        ("-0.00", "USD", "$0.00"),
        ("1234", "JPY", "¥1,234"),
        ("0.0012", "USD", "$0.0012"),
        ("922337203685477.5807", "USD", "$922,337,203,685,477.5807"),
        ("1.5", "XTS9", f"XTS9{NBSP}1.50"),
        ("1.5", "", "1.50"),
    ],
)
def test_an_amount_is_written_in_its_currency_and_never_rounded(amount: str, currency: str, text: str) -> None:
    assert str(money_text(Decimal(amount), currency)) == text


def test_an_amount_follows_the_language_of_the_page() -> None:
    with translation.override("de"):
        text = money_text(Decimal("-1234.5"), "EUR")
    assert (text.sign, text.whole, text.cents, text.after) == ("\N{MINUS SIGN}", "1.234", ",50", f"{NBSP}€")


@pytest.mark.parametrize("language", ["xx-unknown", None])
def test_an_unknown_language_reads_as_english(language: str | None) -> None:
    if language is None:
        with translation.override(None, deactivate=True):
            assert str(money_text(Decimal(1), "USD")) == "$1.00"
    else:
        with translation.override(language):
            assert str(money_text(Decimal(1), "USD")) == "$1.00"


@pytest.mark.parametrize(
    ("amount", "text"),
    [("12.3400", "12.34"), ("-12.3", "-12.30"), ("5", "5.00"), ("0.0010", "0.001"), ("1E+3", "1000.00")],
)
def test_a_machine_reads_a_plain_number(amount: str, text: str) -> None:
    assert plain_number(Decimal(amount)) == text


def test_money_in_has_a_plus_and_its_own_class() -> None:
    assert render("{{ amount|money:'USD' }}", amount=Decimal("-1234.5600")) == (
        '<data class="money money-in" value="1234.56">'
        '<span class="sign">+</span>$1,234<span class="cents">.56</span></data>'
    )


def test_money_out_has_no_colour() -> None:
    assert render("{{ amount|money:'USD' }}", amount=Decimal("12.34")) == (
        '<data class="money" value="-12.34">'
        '<span class="sign">\N{MINUS SIGN}</span>$12<span class="cents">.34</span></data>'
    )


def test_nothing_moved_has_no_sign() -> None:
    assert render("{{ amount|money:'USD' }}", amount=Decimal("0.0000")) == (
        '<data class="money" value="0.00">$0<span class="cents">.00</span></data>'
    )


def test_a_balance_keeps_its_sign() -> None:
    assert 'value="12.34">$12' in render("{{ amount|balance:'USD' }}", amount=Decimal("12.34"))
    assert 'value="-12.34"><span class="sign">\N{MINUS SIGN}' in render("{{ a|balance:'USD' }}", a=Decimal("-12.34"))
    assert "money-in" not in render("{{ amount|balance:'USD' }}", amount=Decimal("12.34"))


@pytest.mark.parametrize("name", ["money", "balance"])
def test_an_unknown_amount_shows_nothing(name: str) -> None:
    assert render(f"{{{{ amount|{name}:'USD' }}}}", amount=None) == ""
    assert render(f"{{{{ missing|{name}:'USD' }}}}") == ""
    assert render(f"{{{{ amount|{name}:'USD'|default:'unknown' }}}}", amount=None) == "unknown"


@pytest.mark.parametrize("name", ["money", "balance"])
def test_a_sum_over_nothing_shows_zero(name: str) -> None:
    assert 'value="0.00"' in render(f"{{{{ amount|{name}:'USD' }}}}", amount=0)


def test_a_currency_from_outside_is_escaped() -> None:
    html = render("{{ amount|money:currency }}", amount=Decimal(-5), currency="<script>'\"&")
    assert "<script" not in html
    assert "&lt;script&gt;&#x27;&quot;&amp;" in html


def test_a_missing_currency_is_no_error() -> None:
    assert ">5<" in render("{{ amount|balance:currency }}", amount=Decimal(5), currency=None)
