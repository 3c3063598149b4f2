from decimal import Decimal

import pytest

from investments.templatetags.figures import gain, gain_percent, price, quantity, share, source_in_words, worth
from money.formatting import MINUS


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("1204.5000000000", "1,204.5"),
        ("0E-10", "0"),
        ("12E3", "12,000"),
        ("-0.0000010000", f"{MINUS}0.000001"),
        ("3", "3"),
    ],
)
def test_quantities_keep_their_decimals_and_lose_zeros_at_the_end(number: str, text: str) -> None:
    assert quantity(Decimal(number)) == text


@pytest.mark.parametrize(
    ("number", "exact", "shown"),
    [
        ("250.5000000000", "250.50", '$250<span class="cents">.50</span>'),
        ("12.34567", "12.34567", '$12<span class="cents">.3457</span>'),
        ("0.0000123400", "0.00001234", '$0<span class="cents">.00001234</span>'),
    ],
)
def test_prices_have_four_decimals_at_most_but_small_ones_all(number: str, exact: str, shown: str) -> None:
    drawn = price(Decimal(number), "USD")
    assert f'value="{exact}"' in drawn
    assert shown in drawn


def test_a_worth_is_shown_to_the_smallest_coin_and_stays_exact_in_its_value() -> None:
    assert worth(Decimal("1234.5678"), "USD") == (
        '<data class="money" value="1234.5678">$1,234<span class="cents">.57</span></data>'
    )
    assert ">¥1,235</data>" in worth(Decimal("1234.5678"), "JPY")
    assert worth(None, "USD") == ""


@pytest.mark.parametrize(
    ("amount", "tone", "sign"),
    [("8.20", "money money-in", "+"), ("-8.20", "money money-bad", MINUS), ("0.001", "money", "")],
)
def test_gains_and_losses_differ_in_sign_and_colour_and_what_is_shown_as_zero_in_neither(
    amount: str, tone: str, sign: str
) -> None:
    drawn = gain(Decimal(amount), "USD")
    assert f'class="{tone}"' in drawn
    assert (f'<span class="sign">{sign}</span>' in drawn) == bool(sign)
    assert gain(None, "USD") == ""


def test_percentages_have_their_sign() -> None:
    assert "+4.20%" in gain_percent(Decimal("4.2"))
    assert f"{MINUS}1,204.00%" in gain_percent(Decimal(-1204))
    assert gain_percent(Decimal(0)) == '<span class="nowrap">0.00%</span>'
    assert gain_percent(None) == ""


def test_a_source_that_nobody_knows_has_no_words() -> None:
    assert source_in_words("yfinance") == "Yahoo Finance"
    assert source_in_words("plaid") == "your institution"
    assert source_in_words("tea leaves") == ""


def test_a_share_of_the_whole_has_one_decimal_and_a_true_minus():
    assert (share(Decimal("35.8")), share(Decimal("-0.1")), share(None)) == ("35.8%", f"{MINUS}0.1%", "")
