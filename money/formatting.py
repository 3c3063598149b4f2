"""Amounts as people read them, in the language of the page."""

import re
from dataclasses import dataclass
from decimal import Decimal

from babel import Locale, UnknownLocaleError
from babel.numbers import format_currency, get_currency_symbol, get_decimal_symbol
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, to_locale

MINUS = "\N{MINUS SIGN}"
NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class MoneyText:
    """An amount in the pieces that are styled apart; str() puts them together."""

    sign: str
    whole: str
    cents: str
    after: str

    def __str__(self) -> str:
        return f"{self.sign}{self.whole}{self.cents}{self.after}"


def money_text(amount: Decimal, currency: str) -> MoneyText:
    """`amount` in `currency`, with a minus if negative and never rounded.

    `currency` may be any text: codes that no bank knows are shown as they are, none as nothing.
    """
    locale = _current_locale()
    text = format_currency(abs(amount), currency, locale=locale, decimal_quantization=False)
    symbol = get_currency_symbol(currency, locale=locale) if currency else ""
    if symbol[-1:].isalnum() and text.startswith(symbol):
        text = f"{symbol}{NO_BREAK_SPACE}{text.removeprefix(symbol).lstrip()}"
    return _in_pieces(text, MINUS if amount < 0 else "", locale)


def _current_locale() -> Locale:
    try:
        return Locale.parse(to_locale(get_language() or "en-us"))
    except (UnknownLocaleError, ValueError):
        return Locale("en", "US")


def _in_pieces(text: str, sign: str, locale: Locale) -> MoneyText:
    cents = re.search(rf"{re.escape(get_decimal_symbol(locale))}\d+(?=\D*$)", text)
    if cents is None:
        return MoneyText(sign, text, "", "")
    return MoneyText(sign, text[: cents.start()], cents.group(), text[cents.end() :])


def as_data(text: MoneyText, *, value: Decimal, css_class: str = "money") -> SafeString:
    """The amount as a <data> of a page: `text` for people, the exact `value` for machines."""
    return format_html(
        '<data class="{}" value="{}">{}{}{}{}</data>',
        css_class,
        plain_number(value),
        format_html('<span class="sign">{}</span>', text.sign) if text.sign else "",
        text.whole,
        format_html('<span class="cents">{}</span>', text.cents) if text.cents else "",
        text.after,
    )


def plain_number(amount: Decimal) -> str:
    """`amount` for machines: a point, at least two decimals, no grouping, no exponent."""
    whole, _, decimals = f"{amount:f}".partition(".")
    return f"{whole}.{decimals.rstrip('0'):0<2}"
