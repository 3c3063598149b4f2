"""From what is held today back to what was held before, by undoing transactions. Pure: no database, no clock."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from operator import attrgetter

from investments.flows import cash, units
from investments.models import InvestmentTransaction
from investments.reinvestment import sources

NOTHING = Decimal(0)
NOWHERE = 0  # no security's primary key
# Institutions round quantities; what is left between these is nothing.
_LITTLE_LESS, _DUST = Decimal("-0.001"), Decimal("0.0000001")
_OVERDRAWN = Decimal(-1)
_SHORT_SALES = frozenset({"sell short", "buy to cover"})


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What an account held at the end of `day`, by security.

    `cash`: by currency, which of the securities is the account's money.
    """

    day: datetime.date
    quantities: Mapping[int, Decimal]
    cash: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Step:
    """From the end of `day` on, up to the next step, the quantity is this."""

    day: datetime.date
    quantity: Decimal


@dataclass(slots=True)
class Trail:
    """Quantities by security as steps, oldest first, from `since` on: before it the transactions don't explain them."""

    since: datetime.date
    steps: dict[int, list[Step]] = field(default_factory=lambda: defaultdict(list))


def walk_back(snapshot: Snapshot, rows: Sequence[InvestmentTransaction], *, no_further_than: datetime.date) -> Trail:
    """Undoes `rows` (newest first, none after the snapshot's day, all after `no_further_than`) day by day.

    It stops at the day before which somebody would have held less than nothing, clearly less than no money, or money
    that the snapshot has no place for.
    """
    trail = Trail(no_further_than)
    without_money = {row.pk for row, source in sources(rows) if source is None}
    held: dict[int, Decimal] = dict(snapshot.quantities)
    may_be_short = {security for security, quantity in held.items() if quantity < 0}
    for day, rows_of_day in groupby(rows, key=attrgetter("date")):
        undone = list(rows_of_day)
        may_be_short.update(row.security_id for row in undone if row.security_id and row.raw_subtype in _SHORT_SALES)
        changes = _changes(undone, snapshot.cash, without_money)
        has_place = not changes.pop(NOWHERE, NOTHING)
        before = {security: _rounded(held.get(security, NOTHING) - change) for security, change in changes.items()}
        if not has_place or not _is_possible(before, snapshot, may_be_short):
            trail.since = day
            break
        for security in before:
            trail.steps[security].append(Step(day, held.get(security, NOTHING)))
        held.update(before)
    for security, quantity in held.items():
        trail.steps[security].append(Step(trail.since, quantity))
        trail.steps[security].reverse()
    return trail


def _changes(
    rows: Iterable[InvestmentTransaction], money: Mapping[str, int], without_money: set[int]
) -> dict[int, Decimal]:
    """What the rows did to each position; some bought units with money that was never on the account."""
    changes: dict[int, Decimal] = defaultdict(Decimal)
    for row in rows:
        if row.security_id and (moved := units(row)):
            changes[row.security_id] += moved
        if row.pk not in without_money and (paid := cash(row)):
            changes[money.get(row.currency, NOWHERE)] += paid
    return changes


def _is_possible(before: Mapping[int, Decimal], snapshot: Snapshot, may_be_short: set[int]) -> bool:
    money = set(snapshot.cash.values())
    return all(
        quantity >= (_OVERDRAWN if security in money else NOTHING) or security in may_be_short
        for security, quantity in before.items()
    )


def _rounded(quantity: Decimal) -> Decimal:
    return NOTHING if _LITTLE_LESS < quantity < _DUST else quantity
