"""What the worker runs for investments. Prices are asked for here and by `manage.py prices` only, never by a page."""

from datetime import datetime

from django.utils import timezone
from django_q.tasks import async_task

from investments import by_hand, prices
from investments.market_hours import market_day
from investments.market_state import note_sessions
from investments.models import InvestmentAccount, PriceRun
from investments.quotes import QuoteSource
from investments.reach import InvestmentsUnavailable, reaching
from investments.reckoning import reckon_due
from investments.sources import quote_source

OFF = "off"
NOTHING_DUE = "nothing_due"


def refresh_prices() -> str:
    """Asks for the prices that are due; returns how that ended. Next to nothing to do while New York is closed."""
    return _refresh(timezone.now(), None)


def refresh_all_prices() -> str:
    """Asks for every price now."""
    now = timezone.now()
    return _refresh(now, now)


def refresh_soon() -> None:
    """Hands the worker a run over what is due; what was just entered by ticker is."""
    if quote_source() is not None:
        async_task("investments.tasks.refresh_prices")


def carry_positions_forward() -> int | str:
    """Gives the accounts kept by hand the snapshot of the day that has begun in New York; returns how many."""
    try:
        with reaching():
            return by_hand.carry_forward(market_day(timezone.now()))
    except InvestmentsUnavailable as error:  # the next run tries again
        return str(error)


def refresh_and_value(now: datetime, source: QuoteSource, *, asked_before: datetime | None) -> PriceRun | None:
    """Asks for prices and values with them what is kept by hand or reckoned. Raises InvestmentsUnavailable."""
    with reaching():
        run = prices.refresh_prices(now, source, asked_before=asked_before)
        if run is not None:
            by_hand.carry_forward(market_day(now))
            reckon_due(now)
    return run


def _refresh(now: datetime, asked_before: datetime | None) -> str:
    source = quote_source()
    if source is None:
        return OFF
    try:
        with reaching():
            if InvestmentAccount.objects.exists():  # else nobody asks, and the calendar needn't be loaded
                note_sessions(now)
        run = refresh_and_value(now, source, asked_before=asked_before)
    except InvestmentsUnavailable as error:  # the next run tries again
        return str(error)
    return run.status if run else NOTHING_DUE
