"""Which source of prices this install has."""

from collections.abc import Callable

from django.conf import settings

from investments.quotes import QuoteSource
from investments.simulated_quotes import SimulatedQuotes
from investments.yahoo import YahooQuotes

simulated_market: Callable[[], str] = str
"""Set by budgetapp, as this app knows no banks: where the simulated market answers; "" while there is none."""


def quote_source() -> QuoteSource | None:
    """The simulated market beside the simulated bank, else Yahoo; None if that is switched off."""
    if address := simulated_market():
        return SimulatedQuotes(address)
    return YahooQuotes() if settings.PRICE_QUOTES == "yahoo" else None
