"""A clock that stands still, and what a run left: for tests of the sync."""

import datetime
import threading
from collections.abc import Callable

from django.db import connections
from django.utils import timezone

from plaid_sync.pacing import Pace

SYNC = "/transactions/sync"
MINUTE = datetime.timedelta(minutes=1)


def a_pace(now: datetime.datetime | None = None, **facts) -> Pace:
    moment = now or timezone.now()
    return Pace(now=lambda: moment, jitter=lambda: 0.0, **facts)


def wait_after(linked_bank, pace: Pace) -> datetime.timedelta:
    """How long after the run the account is due again."""
    return linked_bank.link().next_sync_at - pace.now()


def calls(linked_bank) -> int:
    return linked_bank.server.calls[SYNC]


def here(action: Callable[[], object]) -> Callable[[], None]:
    """The action for a thread of the bank's server: its database connections end with it."""

    def act() -> None:
        try:
            action()
        finally:
            connections.close_all()

    return act


def in_threads(*actions: Callable[[], object]) -> list[object]:
    """What each action gave, all of them started at once."""
    results: list[object] = [None] * len(actions)
    barrier = threading.Barrier(len(actions))

    def run(place: int, action: Callable[[], object]) -> None:
        try:
            barrier.wait()
            results[place] = action()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
