"""`{% load money %}`: amounts on pages."""

from decimal import Decimal

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from money.formatting import money_text, plain_number

register = template.Library()


@register.filter
def money(amount: Decimal | int | None, currency: str | None) -> str:
    """An amount of the bank (positive = money out) as people read it: money in has a "+".

    This is the only place that flips the sign. Nothing for None.
    """
    if not isinstance(amount, Decimal | int):
        return ""
    shown = Decimal(0) - amount
    if shown > 0:
        return _data(shown, currency, css_class="money money-in", plus="+")
    return _data(shown, currency, css_class="money", plus="")


@register.filter
def balance(amount: Decimal | int | None, currency: str | None) -> str:
    """A balance, or any other amount whose sign already reads as people read it. Nothing for None."""
    if not isinstance(amount, Decimal | int):
        return ""
    return _data(Decimal(amount), currency, css_class="money", plus="")


def _data(amount: Decimal, currency: str | None, *, css_class: str, plus: str) -> SafeString:
    text = money_text(amount, currency or "")
    sign = text.sign or plus
    return format_html(
        '<data class="{}" value="{}">{}{}{}{}</data>',
        css_class,
        plain_number(amount),
        format_html('<span class="sign">{}</span>', sign) if sign else "",
        text.whole,
        format_html('<span class="cents">{}</span>', text.cents) if text.cents else "",
        text.after,
    )
