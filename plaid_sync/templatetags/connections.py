"""What the frame around every page says of the bank connections."""

from django import template
from django.utils import timezone

from plaid_sync import notices

register = template.Library()


@register.simple_tag
def connection_notices() -> list[notices.Notice]:
    """What is wrong with a connection, or will soon be."""
    return notices.connection_notices(timezone.now())
