"""What follows when Link has ended well for a login that exists: its syncs, and the page to go on with."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from accounts.models import SyncLog
from plaid_sync.attach import proposals
from plaid_sync.brokerage.follow import open_accounts
from plaid_sync.brokerage.tasks import ask_for_investments
from plaid_sync.models import LinkedAccount, LinkSession, PlaidItem
from plaid_sync.repair import complete
from plaid_sync.steps import Step
from plaid_sync.tasks import ask_for_sync


def taken_up(session: LinkSession, body: Mapping[str, Any]) -> str:
    """Completes the visit, starts the syncs of its login, and says which page comes next."""
    if session.item is None:
        return reverse("connections")
    metadata = body.get("metadata")
    told = metadata.get("link_session_id") if isinstance(metadata, dict) else ""
    complete(session, session.item, link_session_id=str(told or "")[:64])
    if session.outcome != LinkSession.Outcome.REPAIRED:
        return reverse("connect_accounts", args=[session.pk])
    item, is_complete = session.item, True
    streams = [*item.linked_accounts.order_by("pk"), *item.investment_links.order_by("pk")]
    for stream in streams:
        if stream.next_step == Step.CHOOSE:
            is_complete = False
        elif isinstance(stream, LinkedAccount):
            ask_for_sync(stream.pk, SyncLog.Trigger.RETRY)
        else:
            ask_for_investments(stream.pk, SyncLog.Trigger.RETRY)
    if _has_choice(session, item, is_missing_some=not is_complete):
        return reverse("connect_accounts", args=[session.pk])
    return reverse("connect_progress", args=[session.pk]) if streams else reverse("connections")


def _has_choice(session: LinkSession, item: PlaidItem, *, is_missing_some: bool) -> bool:
    """Whether the bank has accounts without a place, and they were asked for or may be those that are missing."""
    if session.purpose != LinkSession.Purpose.ADD_ACCOUNTS and not is_missing_some:
        return False
    return bool(proposals(session, item) or open_accounts(session))
