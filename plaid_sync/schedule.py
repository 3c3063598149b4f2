"""Which linked accounts are due, and what another interval means for those that wait."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import SyncLog
from plaid_sync.credentials import environment
from plaid_sync.models import InvestmentLink, InvestmentRun, LinkedAccount, PlaidItem
from plaid_sync.pacing import sync_interval


def due(now: datetime) -> QuerySet[LinkedAccount]:
    """The accounts whose time has come. With regular syncs off, those that load their history or try again."""
    waiting = scheduled().filter(next_sync_at__lte=now)
    if sync_interval() == 0:
        waiting = waiting.exclude(history_status=LinkedAccount.History.HISTORICAL, attempts=0)
    return waiting.order_by("next_sync_at", "pk")


def due_investments(now: datetime) -> QuerySet[InvestmentLink]:
    """The same of investment accounts. With regular syncs off, those that were never read or try again."""
    waiting = InvestmentLink.objects.filter(
        state=InvestmentLink.State.ACTIVE,
        next_sync_at__lte=now,
        item__status=PlaidItem.Status.ACTIVE,
        item__environment=environment(),
    )
    if sync_interval() == 0:
        was_read = InvestmentRun.objects.filter(account_key=OuterRef("account_key"), status=SyncLog.Status.SUCCESS)
        waiting = waiting.exclude(Exists(was_read), attempts=0)
    return waiting.order_by("next_sync_at", "pk")


def scheduled() -> QuerySet[LinkedAccount]:
    """The accounts that are synced by themselves: of healthy logins in the environment that is in force."""
    return LinkedAccount.objects.filter(
        next_sync_at__isnull=False, item__status=PlaidItem.Status.ACTIVE, item__environment=environment()
    )


def bring_forward(now: datetime) -> None:
    """Lets nobody wait longer than the interval that holds from now on."""
    if not sync_interval():
        return
    latest = now + timedelta(hours=sync_interval())
    LinkedAccount.objects.filter(next_sync_at__gt=latest, attempts=0).update(next_sync_at=latest)
