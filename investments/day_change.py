"""What the last change of prices did to what is held."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from investments.models import Holding, InvestmentTransaction, PriceQuote
from investments.shares import percent
from investments.valuation import Valuation, to_amount

# The longest usual closing: from Thursday's close to Tuesday's.
WINDOW = datetime.timedelta(days=5)

Prices = dict[int, dict[datetime.date, Decimal]]


@dataclass(frozen=True, slots=True)
class Change:
    """By how much a value changed: positive is a gain. `percent` is None where nothing was there to compare with."""

    amount: Decimal
    percent: Decimal | None


@dataclass(frozen=True, slots=True)
class Split:
    """A split took effect on `day`: one unit became `factor` units."""

    day: datetime.date
    factor: Decimal


@dataclass(frozen=True, slots=True)
class EarlierPrices:
    """Prices of the last days and the splits between them, by security."""

    prices: Mapping[int, Mapping[datetime.date, Decimal]]
    splits: Mapping[int, list[Split]]

    def value_before(self, holding: Holding, worth: Valuation, *, today: datetime.date) -> Decimal | None:
        """What the units of `holding` were worth at the last price of an earlier day than the newest one's.

        None without such a price, or if the newest price itself is too old to tell of a day's change.
        """
        if holding.security.is_cash:
            return worth.value
        if worth.value is None or worth.as_of is None or not worth.price or worth.is_old(today):
            return None
        known = self.prices.get(holding.security_id, {})
        day = max((day for day in known if worth.as_of - WINDOW <= day < worth.as_of), default=None)
        if day is None:
            return None
        price = known[day]
        for split in self.splits.get(holding.security_id, []):
            if day < split.day <= worth.as_of:
                price /= split.factor
        return to_amount(worth.value * price / worth.price)


def earlier_prices(valued: Sequence[tuple[Holding, Valuation]], *, today: datetime.date) -> EarlierPrices:
    """What is known of the prices of these holdings before their newest ones: three queries.

    Quotes are the closes of their days; for what has none, the prices that institutions stated.
    """
    newest = [worth.as_of for _, worth in valued if worth.as_of and not worth.is_old(today)]
    first, last = min(newest, default=today) - WINDOW, max(newest, default=today)
    currencies = {holding.security_id: holding.security.currency for holding, _ in valued}
    prices: Prices = defaultdict(dict)
    quotes = PriceQuote.objects.filter(security__in=currencies, day__gte=first, day__lt=last)
    for security_id, day, close, currency in quotes.values_list("security_id", "day", "close", "currency"):
        if currency == currencies[security_id]:
            prices[security_id][day] = close
    # By account and day, for which there is an index; by security every day of years would be read.
    stated = Holding.objects.filter(
        investment_account__in={holding.investment_account_id for holding, _ in valued},
        as_of_date__gte=first,
        price_as_of__gte=first,
        price_as_of__lt=last,
        security__in=currencies.keys() - prices.keys(),
    )
    for security_id, stated_day, price in stated.values_list("security_id", "price_as_of", "price"):
        if stated_day and price:
            prices[security_id][stated_day] = price
    return EarlierPrices(prices, _splits([holding for holding, _ in valued], first))


def change(now: Decimal, before: Decimal) -> Change:
    """From `before` to `now`."""
    return Change(now - before, percent(now - before, before))


def _splits(held: Iterable[Holding], since: datetime.date) -> dict[int, list[Split]]:
    quantities = {(holding.investment_account_id, holding.security_id): holding.quantity for holding in held}
    rows = InvestmentTransaction.objects.live().filter(
        kind=InvestmentTransaction.Kind.SPLIT,
        date__gte=since,
        security__in={security for _, security in quantities},
    )
    splits: dict[int, dict[datetime.date, Split]] = defaultdict(dict)
    for account, security, day, added in rows.values_list("investment_account_id", "security_id", "date", "quantity"):
        after = quantities.get((account, security))
        if after is not None and after > added:
            splits[security].setdefault(day, Split(day, after / (after - added)))
    return {security: list(days.values()) for security, days in splits.items()}
