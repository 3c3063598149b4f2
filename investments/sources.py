"""Which source of prices this install has."""

from django.conf import settings

from investments.quotes import QuoteSource
from investments.simulated_quotes import SimulatedQuotes
from investments.yahoo import YahooQuotes


def quote_source() -> QuoteSource | None:
    """The simulated market beside the simulated bank, else Yahoo; None if that is switched off."""
    if settings.PLAID_ENV == "emulator":
        return SimulatedQuotes(settings.PLAID_EMULATOR_URL)
    return YahooQuotes() if settings.PRICE_QUOTES == "yahoo" else None
