"""`{% load figures %}`: quantities, prices, gains and percentages on pages."""

import re
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

from babel.numbers import get_currency_precision
from django import template
from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.html import format_html
from django.utils.safestring import SafeString

from investments.models import Security
from investments.valuation import Valuation
from money.formatting import MINUS, as_data, money_text, plain_number

register = template.Library()

PRICE_STEP = Decimal("0.0001")
OPTION = re.compile(r"([A-Z.]{1,6}\d?) *(\d{6})([CP]\d{8})")  # underlying, last day, call or put with its strike


@register.filter
def in_parts(security: Security) -> SafeString | str:
    """What the security is called; the ticker of an option may break between its terms, not within them."""
    terms = OPTION.fullmatch(str(security))
    return format_html("{}<wbr>{}<wbr>{}", *terms.groups()) if terms else str(security)


@register.filter
def quantity(number: Decimal) -> str:
    """A number of units with all of its decimals and no zeros at their end: "1,204.5"."""
    whole, _, decimals = f"{abs(number):f}".partition(".")
    decimals = decimals.rstrip("0")
    return f"{MINUS if number < 0 else ''}{intcomma(whole, use_l10n=False)}{'.' if decimals else ''}{decimals}"


@register.filter
def price(number: Decimal, currency: str) -> SafeString:
    """A price per unit: from 1 on with at most four decimals, below with all that it has."""
    shown = number.quantize(PRICE_STEP, ROUND_HALF_EVEN) if abs(number) >= 1 else number
    return as_data(money_text(Decimal(plain_number(shown)), currency), value=number)


@register.filter
def worth(amount: Decimal | None, currency: str) -> SafeString | str:
    """A reckoned amount to the currency's smallest coin, exact in its `value`. Nothing for None."""
    if amount is None:
        return ""
    return as_data(money_text(_to_coins(amount, currency), currency), value=amount)


@register.filter
def gain(amount: Decimal | None, currency: str) -> SafeString | str:
    """A gain with "+", a loss with a minus, each in its colour. Nothing for None."""
    if amount is None:
        return ""
    shown = _to_coins(amount, currency)
    text = money_text(shown, currency)
    return as_data(
        replace(text, sign="+") if shown > 0 else text, value=amount, css_class=f"money {_tone(shown)}".strip()
    )


@register.filter
def gain_percent(number: Decimal | None) -> SafeString | str:
    """ "+4.21%" for a number that is in percent. Nothing for None."""
    if number is None:
        return ""
    sign = "+" if number > 0 else MINUS if number < 0 else ""
    css_class = f"nowrap {_tone(number)}".strip()
    return format_html('<span class="{}">{}{}%</span>', css_class, sign, f"{abs(number):,.2f}")


@register.filter
def share(number: Decimal | None) -> str:
    """ "35.8%" for a part of the whole in percent. Nothing for None."""
    return "" if number is None else f"{MINUS if number < 0 else ''}{abs(number)}%"


def _tone(number: Decimal) -> str:
    return "money-in" if number > 0 else "money-bad" if number < 0 else ""


def _to_coins(amount: Decimal, currency: str) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-get_currency_precision(currency)), ROUND_HALF_EVEN)


@register.filter
def source_in_words(source: str) -> str:
    """Where a price comes from, within a sentence: "your institution". Empty for a source that nobody knows."""
    words = dict(Security.PriceSource.choices).get(source, "")
    return words if source == Security.PriceSource.YFINANCE else words[:1].lower() + words[1:]


@register.filter
def is_old(valuation: Valuation, today: date) -> bool:
    """Whether the price is older than a closed market explains."""
    return valuation.is_old(today)
