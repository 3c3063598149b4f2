"""What the same money would have become in a fund of the 500 largest American companies."""

import datetime
from collections.abc import Sequence
from decimal import Decimal

from investments.models import PriceQuote, Security
from investments.returns import Day
from investments.valuation import to_amount

TICKER = "SPY"
# A close counts until the next one; this long a silence means that quotes are missing.
_LONGEST_CLOSING = datetime.timedelta(days=7)


def same_money_in_the_benchmark(days: Sequence[Day], currency: str) -> dict[datetime.date, Decimal]:
    """By day: the first day's value put into the benchmark then, and each later flow at its day's close.

    Price only: its dividends are not counted. Nothing unless it has a close from the first day's on; days after
    the quotes end are left out. One query.
    """
    closes = _closes(days[0].day, days[-1].day, currency)
    if not days[0].value or days[0].day not in closes:
        return {}
    shares = days[0].value / closes[days[0].day]
    worth = {days[0].day: days[0].value}
    for day in days[1:]:
        close = closes.get(day.day)
        if close is None:
            break
        shares += (day.inflow - day.outflow) / close
        worth[day.day] = to_amount(shares * close)
    return worth


def _closes(first: datetime.date, last: datetime.date, currency: str) -> dict[datetime.date, Decimal]:
    """For every day the last close, if it is no older than a market is ever closed."""
    quotes = PriceQuote.objects.filter(
        security__in=Security.objects.filter(ticker=TICKER, security_type=Security.Type.ETF),
        currency=currency,
        day__gte=first - _LONGEST_CLOSING,
        day__lte=last,
    )
    known = dict(quotes.order_by("day", "-security").values_list("day", "close"))
    closes: dict[datetime.date, Decimal] = {}
    newest: datetime.date | None = None
    for number in range((last - first + _LONGEST_CLOSING).days + 1):
        day = first - _LONGEST_CLOSING + datetime.timedelta(days=number)
        newest = day if day in known else newest
        if newest and day - newest <= _LONGEST_CLOSING:
            closes[day] = known[newest]
    return closes
