"""A trail of quantities, valued day by day at known prices."""

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from investments.known_prices import KnownPrices
from investments.models import Holding, InvestmentTransaction
from investments.valuation import is_price_per_unit, to_amount
from investments.walking_back import NOTHING, Snapshot, Trail

_DAY = datetime.timedelta(days=1)
_STORED = Decimal("1e-10")


class Reckoned(NamedTuple):
    """What was held of a security: the columns of a Holding."""

    security_id: int
    quantity: Decimal
    price: Decimal | None
    price_as_of: datetime.date | None
    value: Decimal | None
    currency: str


ReckonedDay = tuple[datetime.date, list[Reckoned]]


@dataclass(frozen=True, slots=True)
class Terms:
    """How positions are counted: in which currency each, which are money, and what a price is of if not of one unit."""

    currencies: Mapping[int, str]
    money: frozenset[int]
    per_price: Mapping[int, Decimal]


def terms_of(stated: Iterable[Holding], rows: Iterable[InvestmentTransaction], snapshot: Snapshot) -> Terms:
    """As the first snapshot states them; what had been sold by then is counted as it was traded."""
    holdings = list(stated)
    currencies = {row.security_id: row.currency for row in rows if row.security_id}
    currencies |= {security_id: currency for currency, security_id in snapshot.cash.items()}
    currencies |= {holding.security_id: holding.currency for holding in holdings}
    per_price = {
        holding.security_id: holding.value / (holding.quantity * holding.price)
        for holding in holdings
        if holding.value and holding.price and not is_price_per_unit(holding)
    }
    return Terms(currencies, frozenset(snapshot.cash.values()), per_price)


def reckoned_days(trail: Trail, prices: KnownPrices, terms: Terms, *, before: datetime.date) -> Iterator[ReckonedDay]:
    """The days from the one before `before` back to where the trail begins, each with what was held.

    A position that ended is there once more with quantity 0, as in a stated snapshot. It ends at the first day on
    which something was held whose price was not known yet. What never had a price is left without a value.
    """
    steps = {security_id: list(steps) for security_id, steps in trail.steps.items()}
    day = before - _DAY
    while day >= trail.since:
        held = []
        for security_id, left in steps.items():
            while left[-1].day > day:
                left.pop()
            quantity = left[-1].quantity
            has_ended = not quantity and len(left) > 1 and left[-1].day == day
            if quantity or has_ended:
                valued = _valued(security_id, quantity, day, prices, terms)
                if valued is None:
                    return
                held.append(valued)
        yield day, held
        day -= _DAY


def _valued(
    security_id: int, quantity: Decimal, day: datetime.date, prices: KnownPrices, terms: Terms
) -> Reckoned | None:
    """The position at the price known by then; None if none was but is later."""
    currency = terms.currencies[security_id]
    if not quantity:
        return Reckoned(security_id, quantity, None, None, NOTHING, currency)
    if security_id in terms.money:
        return Reckoned(security_id, quantity, Decimal(1), day, to_amount(quantity), currency)
    if known := prices.on(security_id, day):
        price, as_of = known
        value = to_amount(quantity * price * terms.per_price.get(security_id, 1))
        return Reckoned(security_id, quantity, price.quantize(_STORED), as_of, value, currency)
    return None if prices.has_any(security_id) else Reckoned(security_id, quantity, None, None, None, currency)
