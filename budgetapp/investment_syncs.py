"""The syncs of investment accounts, as their pages show them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.models import SyncLog
from budgetapp.queued import FOLLOWED, queued_for
from plaid_sync.brokerage.tasks import sync_investment_link
from plaid_sync.models import InvestmentLink, InvestmentRun

RUNS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class OngoingSync:
    """A sync that works (`run`) or waits for the worker (None)."""

    account_key: UUID
    name: str
    run: InvestmentRun | None


def ongoing_syncs(now: datetime) -> list[OngoingSync]:
    """Every sync that works or waits; one that was left behind long ago does not count."""
    running = InvestmentRun.objects.filter(status=SyncLog.Status.RUNNING, started_at__gt=now - FOLLOWED)
    ongoing = [OngoingSync(run.account_key, run.name, run) for run in running.order_by("started_at", "pk")]
    waiting = queued_for(sync_investment_link, now)
    if waiting:
        at_work = [sync.account_key for sync in ongoing]
        links = InvestmentLink.objects.filter(pk__in=waiting).exclude(account_key__in=at_work).order_by("pk")
        ongoing += [OngoingSync(link.account_key, str(link), None) for link in links]
    return ongoing


def latest_runs(account_key: UUID) -> list[InvestmentRun]:
    """The last runs of an account, newest first."""
    runs = InvestmentRun.objects.filter(account_key=account_key)
    return list(runs.order_by("-started_at", "-id")[:RUNS_SHOWN])
