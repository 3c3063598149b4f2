"""The jobs that run by themselves."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django_q.models import Schedule

from budgetapp.table_lock import keep_others_waiting


@dataclass(frozen=True)
class Job:
    name: str
    function: str
    minutes: int


JOBS = (
    Job("Heartbeat", "accounts.worker.beat", minutes=1),
    # Often, because each account has a time of its own at which it is due.
    Job("Sync accounts that are due", "plaid_sync.tasks.sync_due_accounts", minutes=15),
    Job("Sync investments that are due", "plaid_sync.brokerage.tasks.sync_due_investments", minutes=15),
    Job("Act on what banks have told", "plaid_sync.webhooks.tasks.act_on_webhooks", minutes=5),
    Job("Refresh prices", "investments.tasks.refresh_prices", minutes=30),
    Job("Carry positions by hand forward", "investments.tasks.carry_positions_forward", minutes=60),
    Job("Give back accesses that wait for it", "plaid_sync.tasks.tidy_connections", minutes=60),
    Job("Forget what has expired", "budgetapp.housekeeping.tidy", minutes=24 * 60),
)


def create_schedules(using: str, **_kwargs: Any) -> None:
    """Receiver of post_migrate: the schedules exist whenever their table does, after a flush too."""
    if using == "default":
        ensure_schedules(timezone.now())


def ensure_schedules(now: datetime) -> None:
    """One schedule per job, however often and from how many processes this runs at once."""
    with transaction.atomic(using="default"):
        keep_others_waiting(Schedule)  # a schedule's name is not unique
        for job in JOBS:
            _ensure(job, now)


def overdue(now: datetime, grace: timedelta) -> list[str]:
    """Names of our jobs whose turn was more than `grace` ago."""
    late = Schedule.objects.filter(name__in=[job.name for job in JOBS], next_run__lt=now - grace)
    return list(late.order_by("name").values_list("name", flat=True))


def _ensure(job: Job, now: datetime) -> None:
    wanted = {"func": job.function, "schedule_type": Schedule.MINUTES, "minutes": job.minutes, "repeats": -1}
    kept = Schedule.objects.filter(name=job.name).order_by("pk").first()
    if kept is None:
        Schedule.objects.create(name=job.name, next_run=now, **wanted)
        return
    Schedule.objects.filter(name=job.name).exclude(pk=kept.pk).delete()
    next_run = now if _is_astray(kept.next_run, job, now) else kept.next_run
    Schedule.objects.filter(pk=kept.pk).update(
        **wanted,
        args=None,
        kwargs=None,
        hook=None,
        cron=None,
        cluster=None,
        intended_date_kwarg=None,
        next_run=next_run,
    )


def _is_astray(next_run: datetime | None, job: Job, now: datetime) -> bool:
    """Whether a run is set for no time at all or so late that a clock must have been wrong."""
    return next_run is None or next_run > now + timedelta(minutes=2 * job.minutes)
