"""What about the bank connections has to be said on every page, until it is solved."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, Q
from django.utils.formats import date_format

from accounts import household
from plaid_sync.halt import current_halt
from plaid_sync.models import Halt, PlaidItem
from plaid_sync.steps import Step

EXPIRES_SOON = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence, and the step that ends it; `item` is None if it concerns all connections."""

    sentence: str
    step: str
    item: PlaidItem | None = None
    is_warning_ahead: bool = False
    """Whether everything still works."""


def connection_notices(now: datetime) -> list[Notice]:
    """What is wrong or will soon be, in one query while Plaid accepts the app."""
    gone = _gone("linked_accounts") + _gone("investment_links")
    items = PlaidItem.objects.active().in_use().annotate(gone=gone, is_halted=Exists(Halt.objects.all()))
    wanted = Q(gone__gt=0) | Q(consent_expires_at__lt=now + EXPIRES_SOON) | ~Q(next_step="") | Q(is_halted=True)
    found = list(items.filter(wanted).order_by("institution", "pk"))
    halted = current_halt() if any(item.is_halted for item in found) else None
    notices = [Notice(halted.error_message, Step.CONFIGURE)] if halted else []
    return notices + [notice for item in found for notice in _of_item(item, now)]


def _gone(streams: str) -> Count:
    return Count(streams, filter=Q(**{f"{streams}__next_step": Step.CHOOSE}), distinct=True)


def _of_item(item: PlaidItem, now: datetime) -> Iterator[Notice]:
    if item.next_step:
        yield Notice(item.error_message, item.next_step, item)
    elif expiry := expiry_notice(item, now):
        yield expiry
    if gone := getattr(item, "gone", 0):
        accounts = "one of your accounts" if gone == 1 else f"{gone} of your accounts"
        yield Notice(f"{item} no longer shares {accounts}.", Step.CHOOSE, item)


def expiry_notice(item: PlaidItem, now: datetime) -> Notice | None:
    """What to say ahead of the day on which the bank's consent ends; None until two weeks before."""
    ends_at = item.consent_expires_at
    if item.next_step or ends_at is None or ends_at > now + EXPIRES_SOON:
        return None
    day = date_format(household.local(ends_at), "j M Y")
    verb = "ends" if ends_at > now else "ended"
    return Notice(f"Your consent at {item} {verb} on {day}.", Step.SIGN_IN, item, is_warning_ahead=ends_at > now)
