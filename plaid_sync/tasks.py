"""What the worker runs. Arguments are numbers and text only: they lie in the queue."""

import datetime
import logging

from django.utils import timezone

from accounts.models import SyncLog
from accounts.worker import is_late, run_soon
from plaid_sync.brokerage.reconcile import finish_steps_if_possible
from plaid_sync.credentials import is_configured
from plaid_sync.disconnect import retry_removals
from plaid_sync.errors import NotConfigured
from plaid_sync.gateway import gateway_from_settings
from plaid_sync.halt import is_asking_useless
from plaid_sync.linking import forget_expired
from plaid_sync.models import LinkedAccount, PlaidItem
from plaid_sync.pacing import Pace
from plaid_sync.schedule import due
from plaid_sync.sync import sync

logger = logging.getLogger(__name__)

NOT_CONFIGURED = "not_configured"
NOT_LINKED = "not_linked"
SKIPPED = "skipped"
_ASK_AGAIN = datetime.timedelta(minutes=20)  # if the queued job gets lost


def sync_due_accounts() -> int:
    """Queues a sync for every account whose time has come; returns how many. Nothing to do returns at once."""
    if not is_configured():
        return 0
    now = timezone.now()
    waiting = list(due(now))
    if waiting and is_asking_useless(now):
        return 0
    count = 0
    for linked in waiting:
        claim = LinkedAccount.objects.filter(pk=linked.pk, next_sync_at=linked.next_sync_at)
        if claim.update(next_sync_at=now + _ASK_AGAIN):  # of two schedulers one queues it
            run_soon(sync_linked_account, linked.pk, SyncLog.Trigger.SCHEDULED.value)
            count += 1
    return count


def tidy_connections() -> int:
    """Gives back accesses, ends visits that nobody came back to, finishes steps between the databases.

    Returns how many accesses still wait to be given back.
    """
    forget_expired()
    finish_steps_if_possible()
    return retry_removals()


def sync_linked_account(linked_account_id: int, trigger: str) -> str:
    """Syncs one account; returns how it ended. What went wrong at the bank is in its SyncLog, not raised.

    A scheduled sync asks nobody while the login is in error or Plaid refuses the app; a sync by hand tries.
    """
    linked = LinkedAccount.objects.select_related("item").filter(pk=linked_account_id).first()
    if linked is None:
        return NOT_LINKED
    if trigger == SyncLog.Trigger.SCHEDULED and is_useless(linked.item):
        return SKIPPED
    try:
        gateway = gateway_from_settings()
        outcome = sync(linked_account_id, trigger, gateway=gateway, pace=Pace())
    except NotConfigured:
        return NOT_CONFIGURED
    except LinkedAccount.DoesNotExist:  # disconnected in this moment
        return NOT_LINKED
    if outcome.status == SyncLog.Status.PARTIAL and not is_late(timezone.now()):
        run_soon(sync_linked_account, linked_account_id, trigger)
    return outcome.status


def is_useless(item: PlaidItem) -> bool:
    """Whether a scheduled call could only fail."""
    return item.status != PlaidItem.Status.ACTIVE or is_asking_useless(timezone.now())
