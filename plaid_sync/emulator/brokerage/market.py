"""Closing prices: the same for the same seed and first day, whatever was asked before."""

import random
import threading
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

from plaid_sync.emulator.brokerage.securities import SECURITIES, Security

SATURDAY = 5
_MILLIONTHS = -6
_PARTS = 100_000
_LOWEST = 50_000


@lru_cache(maxsize=32)
def market_of(seed: str, first_day: date) -> "Market":
    """The market of this seed; one for all worlds of a process, as it only remembers what it computed."""
    return Market(seed, first_day)


class Market:
    """Prices that wander from day to day, from the first day on; before it they stand still."""

    def __init__(self, seed: str, first_day: date) -> None:
        self.first_day = first_day
        self._lock = threading.Lock()
        self._chance = {key: random.Random(f"{seed}:price:{key}") for key in SECURITIES}  # noqa: S311  no secret
        self._walks = {key: [int(security.price.scaleb(6))] for key, security in SECURITIES.items()}

    def close(self, security: Security, day: date) -> Decimal:
        """The last closing price of the day, weekends included."""
        day = self.priced_on(security, day)
        millionths = self._walk(security, max(0, (day - self.first_day).days))
        if security.split and day >= self.day(security.split[0]):
            millionths //= security.split[1]
        quantum = Decimal(1).scaleb(-security.digits)
        return max(quantum, Decimal(millionths).scaleb(_MILLIONTHS).quantize(quantum))

    def priced_on(self, security: Security, day: date) -> date:
        """The day of the last closing price: shares have none on weekends."""
        weekend = 0 if security.trades_daily else max(0, day.weekday() - SATURDAY + 1)
        return day - timedelta(days=weekend)

    def day(self, number: int) -> date:
        """The numbered day from the first, or the Monday after it."""
        day = self.first_day + timedelta(days=number)
        return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() >= SATURDAY else 0)

    def _walk(self, security: Security, number: int) -> int:
        walk, chance = self._walks[security.key], self._chance[security.key]
        with self._lock:
            while len(walk) <= number:
                step = chance.randint(-security.wobble, security.wobble) + security.drift
                walk.append(max(_LOWEST, walk[-1] * (_PARTS + step) // _PARTS))
        return walk[number]
