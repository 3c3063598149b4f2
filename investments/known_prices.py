"""Prices that are known of securities over time: closes, and where there are none, what was paid or stated."""

import datetime
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from investments.flows import is_in_kind
from investments.models import Holding, InvestmentTransaction, PriceQuote
from investments.walking_back import Step, Trail

Kind = InvestmentTransaction.Kind
NOTHING = Decimal(0)
_TRADES = frozenset({Kind.BUY, Kind.SELL, Kind.DIVIDEND_REINVESTMENT})


class KnownPrices:
    """By day the last price known by then, restated for splits since it was traded."""

    def __init__(self) -> None:
        self._prices: dict[int, dict[datetime.date, Decimal]] = defaultdict(dict)
        self._days: dict[int, list[datetime.date]] = {}
        self._splits: dict[int, list[tuple[datetime.date, Decimal]]] = defaultdict(list)

    def add(self, security_id: int, day: datetime.date, price: Decimal) -> None:
        """A price that comes later in this way replaces one of the same day."""
        if price > 0:
            self._prices[security_id][day] = price
            self._days.pop(security_id, None)

    def add_split(self, security_id: int, day: datetime.date, factor: Decimal) -> None:
        """From this day on one unit is worth `factor` times less."""
        self._splits[security_id].append((day, factor))

    def has_any(self, security_id: int) -> bool:
        return security_id in self._prices

    def on(self, security_id: int, day: datetime.date) -> tuple[Decimal, datetime.date] | None:
        """The price and the day that it is of; None if none was known by then."""
        days = self._days.get(security_id)
        if days is None:
            days = self._days[security_id] = sorted(self._prices.get(security_id, ()))
        place = bisect_right(days, day)
        if not place:
            return None
        known = days[place - 1]
        price = self._prices[security_id][known]
        for split_day, factor in self._splits[security_id]:
            if known < split_day <= day:
                price /= factor
        return price, known


def known_prices(
    stated: Iterable[Holding], rows: Sequence[InvestmentTransaction], trail: Trail, *, currencies: Mapping[int, str]
) -> KnownPrices:
    """All prices of what the trail holds: of a day the close, or else what was paid, or else what was stated.

    `rows` are the newest first. One query.
    """
    prices = KnownPrices()
    for holding in stated:
        if holding.price is not None:
            prices.add(holding.security_id, holding.price_as_of or holding.as_of_date, holding.price)
    for row in reversed(rows):
        if row.security_id and (price := _paid(row)):
            prices.add(row.security_id, row.date, price)
    quotes = PriceQuote.objects.filter(security__in=trail.steps).order_by("security", "day")
    for security_id, day, close, currency in quotes.values_list("security_id", "day", "close", "currency").iterator():
        if currency == currencies.get(security_id):
            prices.add(security_id, day, close)
    for row in rows:
        if row.kind == Kind.SPLIT and row.security_id:
            _add_split(prices, row.security_id, row, trail.steps[row.security_id])
    return prices


def _paid(row: InvestmentTransaction) -> Decimal | None:
    """What the row says that one unit was worth; None if it says nothing."""
    if row.kind not in _TRADES and not is_in_kind(row):
        return None
    if row.price:
        return row.price
    paid = abs(row.amount) - (row.fees or NOTHING)
    return paid / abs(row.quantity) if row.quantity and paid > 0 else None


def _add_split(prices: KnownPrices, security_id: int, row: InvestmentTransaction, steps: Sequence[Step]) -> None:
    place = next((place for place, step in enumerate(steps) if step.day == row.date), None)
    if place is not None:
        before = steps[place - 1].quantity if place else steps[0].quantity - row.quantity
        if before > 0 and before + row.quantity > 0:
            prices.add_split(security_id, row.date, (before + row.quantity) / before)
