"""How well invested money did: two measures, each with its own question. Pure: no database, no clock.

Rates are fractions: 0.05 is five percent.
"""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

TIME_WEIGHTED = "How the investments themselves did, whenever money was added or taken out."
MONEY_WEIGHTED = "What your money earned, with the size and the day of each payment counted."
NO_TIME_WEIGHTED = "There was nothing to grow from, or less than nothing, on one of the days."
NO_MONEY_WEIGHTED = "No rate fits: it takes money that was put in and something that came of it."
DAYS_OF_A_YEAR = 365

_ONE = Decimal(1)
_MOST = Decimal(10) ** 12
_STEPS = 64
_DIGITS = 34


@dataclass(frozen=True, slots=True)
class Day:
    """The value at the end of a day (None: not known) and what came from and went outside on it, both positive."""

    day: datetime.date
    value: Decimal | None
    inflow: Decimal = Decimal(0)
    outflow: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Payment:
    """What the investor got on a day; negative for what was paid in."""

    day: datetime.date
    amount: Decimal


def time_weighted(days: Iterable[Day]) -> Decimal | None:
    """The growth of one unit of money that was there from the first day's end to the last one's.

    Days are linked; money comes in at the start of its day and goes out at the end, so each day's growth is
    (value + outflow) / (value before + inflow). That is the convention of R's package fcl
    (https://www.rdocumentation.org/packages/fcl/topics/make_rtn): no day's base is near zero because of a withdrawal.
    Flows of a day without a value count on the next day that has one. A day that begins and ends with nothing links
    with 1. None if a day begins with nothing, or with debts, and doesn't end so; or without two values.
    """
    growth, before, inflow, outflow, links = _ONE, None, Decimal(0), Decimal(0), 0
    for day in days:
        if before is not None:
            inflow, outflow = inflow + day.inflow, outflow + day.outflow
        if day.value is None:
            continue
        if before is not None:
            link = _link(before + inflow, day.value + outflow)
            if link is None:
                return None
            growth, links = growth * link, links + 1
        before, inflow, outflow = day.value, Decimal(0), Decimal(0)
    return growth - 1 if links else None


def _link(base: Decimal, end: Decimal) -> Decimal | None:
    if base == 0 and end == 0:
        return _ONE
    return end / base if base > 0 and end >= 0 else None


def money_weighted(payments: Sequence[Payment]) -> Decimal | None:
    """The growth over the whole period at which all payments, discounted to the first day, cancel out; `annual` makes
    it the XIRR of spreadsheets (actual/365).

    Found by bisection. None without a payment of each sign, if all are of one day, or if no growth between 1e-12 and
    1e12 balances them.
    """
    length = _days(payments)
    if not length or not any(each.amount > 0 for each in payments) or not any(each.amount < 0 for each in payments):
        return None
    with localcontext(prec=_DIGITS):
        low, high = 1 / _MOST, _MOST
        sign = _balance(payments, low) > 0
        if (_balance(payments, high) > 0) == sign:
            return None
        for _ in range(_STEPS):
            middle = (low * high).sqrt()
            if (_balance(payments, middle) > 0) == sign:
                low = middle
            else:
                high = middle
        return low - 1


def annual(growth: Decimal, days: int) -> Decimal:
    """The growth per year that comes to `growth` in so many days; -1 (all is lost) stays -1."""
    if growth <= -1:
        return Decimal(-1)
    with localcontext(prec=_DIGITS):
        return (1 + growth) ** (Decimal(DAYS_OF_A_YEAR) / days) - 1


def _days(payments: Sequence[Payment]) -> int:
    days = [payment.day for payment in payments]
    return (max(days) - min(days)).days if days else 0


def _balance(payments: Sequence[Payment], growth: Decimal) -> Decimal:
    """The sum of all payments in money of the first day, if one unit becomes `growth` by the last day."""
    first = min(payment.day for payment in payments)
    daily = (-growth.ln() / _days(payments)).exp()
    return sum((payment.amount * daily ** (payment.day - first).days for payment in payments), Decimal(0))
