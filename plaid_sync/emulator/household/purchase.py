"""One thing that happens to an account, before a bank has made rows of it."""

import random
from dataclasses import dataclass
from datetime import date, timedelta

from plaid_sync.emulator.household.merchants import Merchant

CHECKING, SAVINGS, CARD = "checking", "savings", "card"


@dataclass(frozen=True, slots=True)
class Purchase:
    """Money that moves: cents, positive = out of the account; `posted` is empty when the hold lapses.

    A purchase with `posts_on` after `day` is pending in between; `posted` may differ from `authorised` (tips) and
    have several parts (a shipment that was split).
    """

    key: str
    role: str
    day: date
    posts_on: date
    authorised: int
    posted: tuple[int, ...]
    merchant: Merchant
    description: str

    @property
    def has_pending_phase(self) -> bool:
        """Whether the bank shows it as pending first."""
        return self.posts_on > self.day


def instant(key: str, role: str, day: date, merchant: Merchant, cents: int, rng: random.Random) -> Purchase:
    """A line that posts on the day it happens: payroll, transfers, bills by ACH, the bank's own."""
    return Purchase(key, role, day, day, cents, (cents,), merchant, printed(merchant, rng))


def card(key: str, role: str, day: date, merchant: Merchant, cents: int, rng: random.Random) -> Purchase:
    """A card purchase: pending for one to three days, then posted with the same amount."""
    posts_on = day + timedelta(days=rng.choice((1, 1, 2, 2, 3)))
    return Purchase(key, role, day, posts_on, cents, (cents,), merchant, printed(merchant, rng))


def printed(merchant: Merchant, rng: random.Random) -> str:
    """The line as the bank prints it, with its reference numbers filled in."""
    return merchant.descriptor.format(
        n4=rng.randint(1000, 9999), n6=rng.randint(100_000, 999_999), n10=rng.randint(10**9, 10**10 - 1)
    )
