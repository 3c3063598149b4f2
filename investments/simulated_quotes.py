"""Prices from the simulated bank's own market, over loopback HTTP."""

import json
from datetime import date
from decimal import Decimal
from urllib.parse import quote

import urllib3
from django.db.models import Q

from investments.models import PriceQuote, PriceRun, Security
from investments.quotes import Quotes, RateLimited, SourceFailed, Span

_DAYS = {Span.WEEK: 7, Span.MONTH: 31, Span.TWO_YEARS: 730}
_SECONDS_PER_REQUEST = 10
_NOT_FOUND, _TOO_MANY, _OK = 404, 429, 200


def forget_simulated_prices() -> None:
    """Deletes what the simulated market has said, and the securities that nothing is left of."""
    simulated = Security.PriceSource.SIMULATED
    PriceQuote.objects.filter(source=simulated).delete()
    PriceRun.objects.filter(source=simulated).delete()
    Security.objects.filter(price_source=simulated).update(
        close_price=None, close_price_as_of=None, price_source="", price_checked_at=None, is_price_stale=False
    )
    unused = Security.objects.filter(holdings=None, transactions=None)
    unused.filter(Q(quotes=None) | Q(plaid_security_id__isnull=False)).delete()


class SimulatedQuotes:
    """A QuoteSource that asks the simulated bank at `url`."""

    price_source = Security.PriceSource.SIMULATED

    def __init__(self, url: str) -> None:
        self._url = url
        self._http = urllib3.PoolManager(timeout=_SECONDS_PER_REQUEST, retries=False)

    def quotes(self, symbol: str, span: Span) -> Quotes | None:
        """The daily closes of the symbol; None if the market doesn't know it. Raises SourceFailed."""
        address = f"{self._url}/simulated/quotes/{quote(symbol, safe='')}?days={_DAYS[span]}"
        try:
            response = self._http.request("GET", address)
        except urllib3.exceptions.HTTPError as error:
            raise SourceFailed(type(error).__name__) from error
        if response.status == _NOT_FOUND:
            return None
        if response.status == _TOO_MANY:
            raise RateLimited
        if response.status != _OK:
            raise SourceFailed(f"HTTP {response.status}")
        answer = json.loads(response.data, parse_float=Decimal)
        closes = {date.fromisoformat(row["day"]): Decimal(row["close"]) for row in answer["closes"]}
        return Quotes(answer["currency"], closes, answer["name"]) if closes else None
