"""Whether the job worker is alive, and how work is handed to it."""

import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import DatabaseError
from django.utils import timezone
from django_q.tasks import async_task

from accounts.models import WorkerHeartbeat

# The heartbeat is due every minute and the scheduler looks every 30 seconds; a job works for 2 minutes at most.
LATE_AFTER = timedelta(minutes=5)


def beat() -> None:
    """Notes that a job went through queue and worker just now. Runs as a job itself."""
    WorkerHeartbeat.objects.update_or_create(pk=1, defaults={"beat_at": timezone.now()})


def beat_with_every_job(**_kwargs: object) -> None:
    """Receiver of the worker's signal: who works is there, even if the heartbeat itself has to wait in the queue."""
    with contextlib.suppress(DatabaseError):  # nothing that a job should fail for
        beat()


def note_result(**_kwargs: object) -> None:
    """Receiver of the signal that a job's result is stored and the job is out of the queue, which not every job gets
    to that begins: the process that stores results can stand still while the one that works goes on."""
    with contextlib.suppress(DatabaseError):  # as above
        WorkerHeartbeat.objects.filter(pk=1).update(result_at=timezone.now())


def ask_for_beat() -> None:
    """Queues a heartbeat at once, without waiting for the schedule."""
    async_task("accounts.worker.beat")


def last_beat() -> datetime | None:
    """When the worker was last seen; None if it never was."""
    return WorkerHeartbeat.objects.filter(pk=1).values_list("beat_at", flat=True).first()


def last_result() -> datetime | None:
    """When a job's result was last stored; None if none ever was."""
    return WorkerHeartbeat.objects.filter(pk=1).values_list("result_at", flat=True).first()


def is_late(now: datetime) -> bool:
    """Whether the worker has not been seen for more than five minutes, or never."""
    seen = last_beat()
    return seen is None or now - seen > LATE_AFTER


def run_soon(function: Callable[..., object], *arguments: int | str) -> bool:
    """Queues `function` for the worker, or runs it here and now when no worker is there; True if it was queued.

    In a transaction a queued job exists only once that commits. Call it outside of one otherwise: without a
    worker the caller waits for what `function` does, bank calls included.
    """
    if is_late(timezone.now()):
        function(*arguments)
        return False
    async_task(f"{function.__module__}.{function.__qualname__}", *arguments)
    return True
