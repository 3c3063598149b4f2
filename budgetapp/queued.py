"""What waits for the worker or is in its hands."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django_q.models import OrmQ

FOLLOWED = timedelta(minutes=15)  # a sync works for two minutes at most; what is older was left behind


def queued_for(job: Callable[..., object], now: datetime) -> list[int]:
    """The row that each queued call of `job` is for: its first argument."""
    name = f"{job.__module__}.{job.__qualname__}"
    waiting = [entry.task for entry in OrmQ.objects.filter(lock__gt=now - FOLLOWED).order_by("id")]
    return [task["args"][0] for task in waiting if task.get("func") == name]
