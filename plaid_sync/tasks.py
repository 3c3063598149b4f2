"""What the worker runs. Arguments are numbers and text only: they lie in the queue."""

import datetime
import logging
from collections.abc import Callable
from typing import TypeVar

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import SyncLog
from accounts.worker import is_late, run_soon
from plaid_sync.brokerage.reconcile import reconcile_if_possible
from plaid_sync.credentials import is_configured
from plaid_sync.disconnect import retry_removals
from plaid_sync.errors import AccountGone, NotConfigured
from plaid_sync.gateway import gateway_from_settings
from plaid_sync.halt import is_asking_useless
from plaid_sync.key_state import go_on_where_keys_are_back
from plaid_sync.models import LinkedAccount, PlaidItem, Stream
from plaid_sync.pacing import Pace
from plaid_sync.repair import goes_on_elsewhere
from plaid_sync.runs import end_lost_runs
from plaid_sync.schedule import due
from plaid_sync.sync import sync_if_wanted
from plaid_sync.visits import forget_expired
from plaid_sync.webhooks.receiving import forget_old_events
from plaid_sync.webhooks.registration import register_webhooks

logger = logging.getLogger(__name__)

_Stream = TypeVar("_Stream", bound=Stream)

NOT_CONFIGURED = "not_configured"
NOT_LINKED = "not_linked"
SKIPPED = "skipped"
ASK_AGAIN = datetime.timedelta(minutes=20)  # if the queued job gets lost
BY_THEMSELVES = (SyncLog.Trigger.SCHEDULED, SyncLog.Trigger.WEBHOOK)
_GOES_ON = (SyncLog.Status.SUCCESS, SyncLog.Status.PARTIAL)


def sync_due_accounts() -> int:
    """Queues a sync for every account whose time has come; returns how many. Nothing to do returns at once."""
    return ask_for_each(due(timezone.now()), ask_for_sync) if is_configured() else 0


def ask_for_each(waiting: QuerySet[_Stream], ask: Callable[[int, SyncLog.Trigger], bool]) -> int:
    """Asks for a scheduled sync of everything that waits; returns of how many. None while Plaid refuses the app."""
    now = timezone.now()
    streams = list(waiting)
    if streams and is_asking_useless(now):
        return 0
    count = 0
    for stream in streams:
        claim = waiting.model._default_manager.filter(pk=stream.pk, next_sync_at=stream.next_sync_at)
        if claim.update(next_sync_at=now + ASK_AGAIN):  # of two schedulers one queues it
            ask(stream.pk, SyncLog.Trigger.SCHEDULED)
            count += 1
    return count


def ask_for_sync(linked_account_id: int, trigger: SyncLog.Trigger) -> bool:
    """Sees to it that a run begins after this moment, and to one only however many ask; True if it was queued.

    Without a worker it is made here and now. Call it outside of a transaction.
    """
    LinkedAccount.objects.filter(pk=linked_account_id).update(is_wanted=True)
    return run_soon(sync_linked_account, linked_account_id, trigger.value)


def tidy_connections() -> int:
    """Gives back accesses, ends visits that nobody came back to and runs that died, repairs what is half done,
    forgets old events, tells Plaid where to send new ones, and goes on with logins whose key was put back.

    Returns how many accesses still wait to be given back.
    """
    forget_expired()
    end_lost_runs(now=timezone.now())
    forget_old_events(now=timezone.now())
    go_on_where_keys_are_back()
    reconcile_if_possible()
    register_webhooks()
    return retry_removals()


def sync_linked_account(linked_account_id: int, trigger: str) -> str:
    """Syncs one account if that is still wanted; returns how it ended. What went wrong is in its SyncLog, not raised.

    What nobody asked for by hand asks no bank while the login is in error or Plaid refuses the app.
    """
    linked = LinkedAccount.objects.select_related("item").filter(pk=linked_account_id).first()
    if linked is None:
        return NOT_LINKED
    if trigger in BY_THEMSELVES and is_useless(linked.item):
        return SKIPPED
    try:
        gateway = gateway_from_settings()
        outcome = sync_if_wanted(linked_account_id, trigger, gateway=gateway, pace=Pace())
    except NotConfigured:
        return NOT_CONFIGURED
    except LinkedAccount.DoesNotExist:  # disconnected in this moment
        return NOT_LINKED
    if outcome.status in _GOES_ON and not is_late(timezone.now()):
        _go_on(linked_account_id, trigger if outcome.status == SyncLog.Status.PARTIAL else SyncLog.Trigger.RETRY.value)
    if isinstance(outcome.error, AccountGone) and goes_on_elsewhere(linked):
        ask_for_sync(linked_account_id, SyncLog.Trigger.RETRY)
    return outcome.status


def is_useless(item: PlaidItem) -> bool:
    """Whether a call that nobody asked for by hand could only fail."""
    return item.status != PlaidItem.Status.ACTIVE or is_asking_useless(timezone.now())


def _go_on(linked_account_id: int, trigger: str) -> None:
    """Queues another run if the last one was only a part, or had its pages when somebody asked for more."""
    if LinkedAccount.objects.filter(pk=linked_account_id, is_wanted=True).exists():
        run_soon(sync_linked_account, linked_account_id, trigger)
