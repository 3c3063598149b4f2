"""`{% load money %}`: amounts on pages."""

from dataclasses import replace
from decimal import Decimal

from django import template

from money.formatting import as_data, money_text

register = template.Library()


@register.filter
def money(amount: Decimal | int | None, currency: str | None) -> str:
    """An amount of the bank (positive = money out) as people read it: money in has a "+".

    This is the only place that flips the sign. Nothing for None.
    """
    if not isinstance(amount, Decimal | int):
        return ""
    shown = Decimal(0) - amount
    text = money_text(shown, currency or "")
    if shown > 0:
        return as_data(replace(text, sign="+"), value=shown, css_class="money money-in")
    return as_data(text, value=shown)


@register.filter
def balance(amount: Decimal | int | None, currency: str | None) -> str:
    """A balance, or any other amount whose sign already reads as people read it. Nothing for None."""
    if not isinstance(amount, Decimal | int):
        return ""
    return as_data(money_text(Decimal(amount), currency or ""), value=Decimal(amount))
