"""When to ask a bank again, and how long to work at a time. Nothing waits: a run ends, and is due later."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from accounts.saved_settings import effective

SYNC_INTERVAL = "SYNC_INTERVAL_HOURS"
_USUAL_INTERVAL = 4
_LONGEST_INTERVAL = 24
_PREPARING = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))
_INVESTMENTS = timedelta(hours=6)  # positions change less often than bank accounts
_SHORTEST_PAUSE = 60  # seconds; Plaid counts calls by the minute
_LONGEST_PAUSE = 4 * 3600
_LONGEST_ASKED_FOR = 24 * 3600


def sync_interval() -> int:
    """The hours between two regular syncs of an account; 0: they are off."""
    return int(effective(SYNC_INTERVAL) or _USUAL_INTERVAL)


@dataclass(frozen=True, slots=True)
class Pace:
    """The clocks and the chance that a run goes by. `jitter` gives numbers from 0 up to 1."""

    now: Callable[[], datetime] = timezone.now
    elapsed: Callable[[], float] = time.monotonic
    jitter: Callable[[], float] = random.SystemRandom().random
    work_seconds: float = 120.0

    def after_success(self) -> datetime:
        """The next regular sync: the interval (a day if it is off), up to a tenth later so that accounts spread out."""
        return self._after(timedelta(hours=sync_interval() or _LONGEST_INTERVAL))

    def after_investments(self) -> datetime:
        """The next regular sync of an investment account."""
        return self._after(_INVESTMENTS)

    def _after(self, interval: timedelta) -> datetime:
        return self.now() + interval * (1 + self.jitter() / 10)

    def while_preparing(self, attempts: int) -> datetime:
        """When to ask a bank that is still preparing its history, after `attempts` runs without news."""
        return self.now() + _PREPARING[min(attempts, len(_PREPARING) - 1)]

    def after_failure(self, attempts: int, retry_after: int | None) -> datetime:
        """A pause that doubles with every failure in a row and respects what Plaid asks for."""
        backoff = min(_SHORTEST_PAUSE * 2 ** min(attempts, 10), _LONGEST_PAUSE)
        asked_for = min(retry_after or 0, _LONGEST_ASKED_FOR)
        return self.now() + timedelta(seconds=max(asked_for, backoff)) * (1 + self.jitter() / 4)
