"""Which source of prices this install has."""

from collections.abc import Callable

from django.conf import settings

from investments.quotes import QuoteSource
from investments.simulated_quotes import SimulatedQuotes
from investments.yahoo import YahooQuotes

is_bank_simulated: Callable[[], bool] = bool
"""Set by budgetapp: this app knows no banks. False as long as nobody says otherwise."""
bank_address: Callable[[], str] = str
"""Set by budgetapp, too: where the simulated bank answers."""


def quote_source() -> QuoteSource | None:
    """The simulated market beside the simulated bank, else Yahoo; None if that is switched off."""
    if is_bank_simulated():
        return SimulatedQuotes(bank_address())
    return YahooQuotes() if settings.PRICE_QUOTES == "yahoo" else None
