"""The value of a portfolio over time beside what was put into it, and how well it did.

Percentages are in percent: 12.34 is 12.34 %.
"""

import datetime
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from investments.benchmark import same_money_in_the_benchmark
from investments.daily_values import AccountDays, DailyValues, daily_values
from investments.periods import Period
from investments.portfolio import CurrencyPortfolio
from investments.returns import (
    DAYS_OF_A_YEAR,
    MONEY_WEIGHTED,
    NO_MONEY_WEIGHTED,
    NO_TIME_WEIGHTED,
    TIME_WEIGHTED,
    Day,
    Payment,
    annual,
    money_weighted,
    time_weighted,
)

NOTHING = Decimal(0)
MOST_POINTS = 120
_DAY = datetime.timedelta(days=1)
_PERCENT_STEP = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Point:
    """One day of the chart.

    `value`: None on days that no account has a value of: a gap. An account without one among others keeps its last.
    `contributed`: the value at the start, and since then what came from outside less what left.
    `benchmark`: what the same money at the same days would be worth in the benchmark; None without a quote.
    """

    day: datetime.date
    value: Decimal | None
    contributed: Decimal | None
    benchmark: Decimal | None


@dataclass(frozen=True, slots=True)
class Return:
    """A rate of return, over the period or, if that is longer than a year, per year (`is_annual`).

    `explanation` says in one line what it means, or why `percent` is None.
    """

    percent: Decimal | None
    is_annual: bool
    explanation: str


@dataclass(frozen=True, slots=True)
class History:
    """A period from the end of day `start` to `end`; of long ones not every day is a point, the first and last are.

    `gained`: the last value less what was contributed by then.
    `reckoned_until`: values up to this day are reckoned from transactions and prices; None if none is.
    """

    period: Period
    currency: str
    start: datetime.date
    end: datetime.date
    points: tuple[Point, ...]
    gained: Decimal
    time_weighted: Return
    money_weighted: Return
    reckoned_until: datetime.date | None

    @property
    def has_benchmark(self) -> bool:
        return any(point.benchmark is not None for point in self.points)


def history(held: CurrencyPortfolio, account_ids: list[int], period: Period, *, today: datetime.date) -> History | None:
    """The history of what these accounts hold in one currency; `held` is what they hold now.

    None if nothing is known of an earlier day. At most five queries.
    """
    now = {each.of: each.value for each in held.by_account if each.of is not None}
    known = daily_values(account_ids, held.currency, start=period.first_day(today), now=now, today=today)
    if known is None or known.start == today:
        return None
    days = list(_days(known, today))
    contributed = _contributed(days)
    length = (today - known.start).days
    return History(
        period=period,
        currency=held.currency,
        start=known.start,
        end=today,
        points=_points(days, contributed, held.currency),
        gained=(days[-1].value or NOTHING) - contributed[-1],
        time_weighted=_return(time_weighted(days), length, TIME_WEIGHTED, NO_TIME_WEIGHTED),
        money_weighted=_return(money_weighted(_payments(days)), length, MONEY_WEIGHTED, NO_MONEY_WEIGHTED),
        reckoned_until=known.reckoned_until,
    )


def _days(known: DailyValues, today: datetime.date) -> Iterator[Day]:
    """Every day from the start to today: the accounts' values and flows together."""
    last: dict[int, Decimal] = {}
    first = min(min(account.values) for account in known.accounts)
    for number in range((today - first).days + 1):
        day = first + number * _DAY
        is_known = False
        for index, account in enumerate(known.accounts):
            if day in account.values:
                last[index], is_known = account.values[day], True
        if day >= known.start:
            is_carried = day == known.start and bool(last)
            value = sum(last.values(), NOTHING) if is_known or is_carried else None
            yield Day(day, value, *_flows_of(known.accounts, day))


def _flows_of(accounts: Iterable[AccountDays], day: datetime.date) -> tuple[Decimal, Decimal]:
    amounts = [amount for account in accounts for amount in account.flows.get(day, ())]
    inflow = sum((amount for amount in amounts if amount > 0), NOTHING)
    return inflow, inflow - sum(amounts, NOTHING)


def _contributed(days: Sequence[Day]) -> list[Decimal]:
    """For each day the first one's value and all flows since."""
    totals = [days[0].value or NOTHING]
    for day in days[1:]:
        totals.append(totals[-1] + day.inflow - day.outflow)
    return totals


def _payments(days: Sequence[Day]) -> list[Payment]:
    """As the investor sees them: the start is paid in, the end paid out, flows in between."""
    between = [Payment(day.day, day.outflow - day.inflow) for day in days[1:] if day.inflow != day.outflow]
    start, end = days[0].value or NOTHING, days[-1].value or NOTHING
    return [Payment(days[0].day, -start), *between, Payment(days[-1].day, end)]


def _return(growth: Decimal | None, length: int, explanation: str, reason: str) -> Return:
    """`reason` says why there is none if `growth` is None."""
    is_annual = length > DAYS_OF_A_YEAR
    if growth is None:
        return Return(None, is_annual, reason)
    rate = annual(growth, length) if is_annual else growth
    return Return((rate * 100).quantize(_PERCENT_STEP), is_annual, explanation)


def _points(days: Sequence[Day], contributed: Sequence[Decimal], currency: str) -> tuple[Point, ...]:
    benchmark = same_money_in_the_benchmark(days, currency)
    return tuple(
        Point(
            day=days[index].day,
            value=days[index].value,
            contributed=contributed[index],
            benchmark=benchmark.get(days[index].day),
        )
        for index in _thinned(days)
    )


def _thinned(days: Sequence[Day]) -> Iterator[int]:
    """Indexes of the first day and, of at most MOST_POINTS stretches, the last day that has a value."""
    yield 0
    step = -(-(len(days) - 1) // MOST_POINTS)
    for end in range(len(days) - 1, 0, -step)[::-1]:
        stretch = range(end, max(end - step, 0), -1)
        yield next((index for index in stretch if days[index].value is not None), end)
