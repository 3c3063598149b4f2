"""What about the bank connections has to be said on every page, until it is solved."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, Q
from django.db.models.expressions import CombinedExpression
from django.utils.formats import date_format

from accounts import household
from plaid_sync.credentials import environment
from plaid_sync.halt import current_halt
from plaid_sync.models import Halt, PlaidItem, TokenKeyFingerprint
from plaid_sync.steps import Step
from plaid_sync.vault import readable_keys

EXPIRES_SOON = timedelta(days=14)
KEY_IS_GONE = "The banks’ accesses can’t be read: their encryption key is missing, or there is another one."


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence, and the step that ends it; `item` is None if it concerns all connections."""

    sentence: str
    step: str
    item: PlaidItem | None = None
    is_warning_ahead: bool = False
    """Whether everything still works."""


def connection_notices(now: datetime) -> list[Notice]:
    """What is wrong or will soon be with the banks that are synced, in one query while Plaid accepts the app."""
    gone, unconsented = _at(Step.CHOOSE), _at(Step.SIGN_IN)
    stored = TokenKeyFingerprint.objects.exclude(fingerprint__in=[key.fingerprint for key in readable_keys()])
    items = PlaidItem.objects.active().in_use().filter(environment=environment())
    items = items.annotate(gone=gone, unconsented=unconsented)
    items = items.annotate(is_halted=Exists(Halt.objects.all()), is_locked=Exists(stored))
    wanted = Q(gone__gt=0) | Q(unconsented__gt=0) | Q(is_halted=True) | Q(is_locked=True)
    wanted |= Q(consent_expires_at__lt=now + EXPIRES_SOON) | ~Q(next_step="")
    found = list(items.filter(wanted).order_by("institution", "pk"))
    halted = current_halt() if any(item.is_halted for item in found) else None
    of_all = [halted.error_message] if halted else []
    if any(item.is_locked for item in found):
        of_all.append(KEY_IS_GONE)
    notices = [Notice(sentence, Step.CONFIGURE) for sentence in of_all]
    return notices + [notice for item in found for notice in _of_item(item, now)]


def _at(step: Step) -> CombinedExpression:
    """How many of the login's accounts, of either kind, have this step of their own."""
    linked = Count("linked_accounts", filter=Q(linked_accounts__next_step=step), distinct=True)
    return linked + Count("investment_links", filter=Q(investment_links__next_step=step), distinct=True)


def _of_item(item: PlaidItem, now: datetime) -> Iterator[Notice]:
    if item.next_step:
        yield Notice(item.error_message, item.next_step, item)
    elif expiry := expiry_notice(item, now):
        yield expiry
    if gone := getattr(item, "gone", 0):
        yield Notice(f"{item} no longer shares {_accounts(gone)}.", Step.CHOOSE, item)
    if unconsented := getattr(item, "unconsented", 0):
        yield Notice(f"{item} needs your consent for {_accounts(unconsented)}.", Step.SIGN_IN, item)


def _accounts(count: int) -> str:
    return "one of your accounts" if count == 1 else f"{count} of your accounts"


def expiry_notice(item: PlaidItem, now: datetime) -> Notice | None:
    """What to say ahead of the day on which the bank's consent ends; None until two weeks before."""
    ends_at = item.consent_expires_at
    if item.next_step or ends_at is None or ends_at > now + EXPIRES_SOON:
        return None
    day = date_format(household.local(ends_at), "j M Y")
    verb = "ends" if ends_at > now else "ended"
    return Notice(f"Your consent at {item} {verb} on {day}.", Step.SIGN_IN, item, is_warning_ahead=ends_at > now)
