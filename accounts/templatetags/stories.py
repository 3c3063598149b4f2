"""Changes of a row in a word or two."""

from django import template

from accounts import feeds, story
from accounts.models import TransactionChange

register = template.Library()


@register.filter
def in_short(change: TransactionChange, currency: str) -> str:
    """ "was $50.00", "merged"."""
    return story.in_short(change, currency)


@register.filter
def source_in_words(feed: str) -> str:
    """ "the bank", "a CSV file"."""
    return feeds.said_by(feed)


@register.filter
def bank_category(code: str) -> str:
    """The bank's code of a category in words: "Food and drink" for FOOD_AND_DRINK."""
    return code.replace("_", " ").capitalize()
