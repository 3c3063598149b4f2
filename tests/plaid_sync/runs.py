"""A clock that stands still, and what a run left: for tests of the sync."""

import datetime

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
