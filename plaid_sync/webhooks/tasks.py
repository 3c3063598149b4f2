"""What the worker runs when Plaid has told something."""

import datetime

from django.utils import timezone

from accounts.models import SyncLog
from plaid_sync.brokerage.tasks import ask_for_investments
from plaid_sync.models import InvestmentLink, LinkedAccount, Stream
from plaid_sync.tasks import ASK_AGAIN, ask_for_sync
from plaid_sync.webhooks.effects import act_on_waiting


def act_on_webhooks() -> int:
    """Acts on what Plaid has told; returns how many syncs that queued. Queued by each webhook, and by schedule for
    those that came while no worker was there."""
    now = timezone.now()
    wanted = act_on_waiting(now=now)
    accounts = [pk for pk in sorted(wanted.accounts) if _claim(LinkedAccount, pk, now)]
    investments = [pk for pk in sorted(wanted.investments) if _claim(InvestmentLink, pk, now)]
    for pk in accounts:
        ask_for_sync(pk, SyncLog.Trigger.WEBHOOK)
    for pk in investments:
        ask_for_investments(pk, SyncLog.Trigger.WEBHOOK)
    return len(accounts) + len(investments)


def _claim(kind: type[Stream], pk: int, now: datetime.datetime) -> bool:
    """Whether nobody else queues it, and it is still wanted."""
    due = kind._default_manager.filter(pk=pk, is_wanted=True, next_sync_at__lte=now)
    return bool(due.update(next_sync_at=now + ASK_AGAIN))
