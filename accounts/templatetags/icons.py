"""Icons out of the package `lucide`; decoration beside words, so hidden from screen readers."""

from functools import cache

from django import template
from django.utils.safestring import SafeString
from lucide.templatetags.lucide import lucide

register = template.Library()


@register.simple_tag
@cache
def icon(name: str, extra_class: str = "") -> SafeString:
    """The icon `name`; its size comes from CSS. `lucide.IconDoesNotExist` if there is none of that name."""
    classes = f"icon {extra_class}".strip()
    drawn: SafeString = lucide(name, size=None, **{"class": classes, "aria-hidden": "true", "focusable": "false"})
    return drawn
