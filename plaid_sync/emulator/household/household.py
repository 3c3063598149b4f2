"""A household's purchases of any day: the same for the same seed, whatever was asked before."""

import calendar
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache

from plaid_sync.emulator.household import merchants
from plaid_sync.emulator.household.habits import Chance, Habits, Monthly
from plaid_sync.emulator.household.purchase import CARD, CHECKING, SAVINGS, Purchase, card, instant

REFUND_AFTER = timedelta(days=9)
HOLD_LAPSES_AFTER = timedelta(days=5)
LONGEST_PENDING = HOLD_LAPSES_AFTER.days


@lru_cache(maxsize=32)
def household_of(seed: str, habits: Habits) -> "Household":
    """The household of this seed; one for all worlds of a process, as it only remembers what it computed."""
    return Household(seed, habits)


class Household:
    """People with habits; a pure function from days to purchases."""

    def __init__(self, seed: str, habits: Habits) -> None:
        self.seed = seed
        self.habits = habits
        self._spent = lru_cache(maxsize=2_000)(self._spend)
        self.purchases = lru_cache(maxsize=2_000)(self._purchases)

    def _purchases(self, day: date) -> tuple[Purchase, ...]:
        """All that happens on this day, over all accounts, in a fixed order."""
        return (*self._spent(day), *self._saved(day), *self._card_paid(day))

    def _spend(self, day: date) -> tuple[Purchase, ...]:
        """The day without the transfers between the household's own accounts."""
        monthly = [purchase for habit in self.habits.monthly for purchase in self._monthly(habit, day)]
        by_chance = [purchase for habit in self.habits.chances for purchase in self._bought(habit, day)]
        refunds = [purchase for habit in self.habits.chances for purchase in self._refunded(habit, day)]
        return (*monthly, *by_chance, *refunds)

    def _monthly(self, habit: Monthly, day: date) -> Iterator[Purchase]:
        if day != _in_month(day, habit.day) or day.month not in habit.months:
            return
        rng = self._chance(habit.name, day)
        cents = rng.randint(habit.low, habit.high) + habit.surcharge(day)
        make = card if habit.by_card else instant
        yield make(f"{day}:{habit.name}", habit.role, day, habit.merchant, cents, rng)

    def _bought(self, habit: Chance, day: date) -> Iterator[Purchase]:
        rng = self._chance(habit.name, day)
        if day.weekday() not in habit.weekdays or rng.randrange(1000) >= habit.per_mille:
            return
        merchant = rng.choice(habit.merchants)
        cents = rng.randint(habit.low, habit.high)
        if merchant is merchants.CASH_MACHINE:
            cents = 2_000 * rng.randint(1, 5)
        is_twice = rng.randrange(1000) < habit.twice_per_mille
        key = f"{day}:{habit.name}"
        if merchant.channel == merchants.OTHER:
            yield instant(key, habit.role, day, merchant, cents, rng)
            return
        purchase = _as_posted(habit, card(key, habit.role, day, merchant, cents, rng), rng)
        yield purchase
        if is_twice:
            yield replace(purchase, key=f"{key}:again")

    def _refunded(self, habit: Chance, day: date) -> Iterator[Purchase]:
        if not habit.refunds_per_mille:
            return
        for bought in self._bought(habit, day - REFUND_AFTER):
            rng = self._chance(f"{habit.name}-refund", day)
            if bought.posted and rng.randrange(1000) < habit.refunds_per_mille:
                back = -bought.posted[0]
                yield instant(f"{day}:{habit.name}-refund", habit.role, day, bought.merchant, back, rng)

    def _saved(self, day: date) -> Iterator[Purchase]:
        if not self.habits.saves or day != _in_month(day, 16):
            return
        rng = self._chance("saved", day)
        cents = self.habits.saves + 2_500 * rng.randint(0, 4)
        number = rng.randint(10**9, 10**10 - 1)
        legs = ((CHECKING, merchants.TO_SAVINGS, cents), (SAVINGS, merchants.FROM_CHECKING, -cents))
        for role, merchant, amount in legs:
            line = merchant.descriptor.format(n10=number)
            yield Purchase(f"{day}:saved:{role}", role, day, day, amount, (amount,), merchant, line)

    def _card_paid(self, day: date) -> Iterator[Purchase]:
        """The statement of the last cycle is paid in full: out of checking, a day later into the card."""
        if not self.habits.pays_card_on:
            return
        for paid_on, role, merchant, sign in (
            (day, CHECKING, merchants.CARD_PAYMENT_OUT, 1),
            (day - timedelta(days=1), CARD, merchants.CARD_PAYMENT_IN, -1),
        ):
            if paid_on == _in_month(paid_on, self.habits.pays_card_on):
                rng = self._chance("card-payment", paid_on)
                cents = sign * self._statement(paid_on)
                yield instant(f"{paid_on}:card-payment:{role}", role, day, merchant, cents, rng)

    def owed_before(self, day: date) -> int:
        """Cents owed on the card when the day begins: this month's purchases, and the last statement until it is paid.

        The payment reaches the card a day after it left checking.
        """
        this_month = self._charged(day.replace(day=1), day)
        return this_month + (self._statement(day) if day.day <= self.habits.pays_card_on + 1 else 0)

    def _statement(self, day: date) -> int:
        """The purchases of the month before."""
        first = day.replace(day=1)
        return self._charged((first - timedelta(days=1)).replace(day=1), first)

    def _charged(self, first: date, end: date) -> int:
        days = (first + timedelta(days=number) for number in range((end - first).days))
        return sum(sum(spent.posted) for day in days for spent in self._spent(day) if spent.role == CARD)

    def _chance(self, name: str, day: date) -> random.Random:
        return random.Random(f"{self.seed}:{name}:{day}")  # noqa: S311  a life, not a secret


def _as_posted(habit: Chance, purchase: Purchase, rng: random.Random) -> Purchase:
    """The purchase as it will post: with its tip, in two parts, or not at all."""
    posted, posts_on = purchase.posted, purchase.posts_on
    cents = purchase.authorised
    if habit.tips:
        posted = (cents + cents * rng.randint(15, 22) // 100,)
    elif habit.splits and rng.randrange(1000) < 180:
        first = cents * rng.randint(30, 60) // 100
        posted = (first, cents - first)
    elif rng.randrange(1000) < habit.lapses_per_mille:
        posted, posts_on = (), purchase.day + HOLD_LAPSES_AFTER
    return replace(purchase, posts_on=posts_on, posted=posted)


def _in_month(day: date, number: int) -> date:
    """The numbered day of the month that `day` is in; its last day when it is shorter."""
    return day.replace(day=min(number, calendar.monthrange(day.year, day.month)[1]))
