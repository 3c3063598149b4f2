"""What the worker runs for investments. Prices are asked for here and by `manage.py prices` only, never by a page."""

import logging
from datetime import datetime

from django.db import DatabaseError
from django.utils import timezone

from investments import by_hand, prices
from investments.availability import is_out_of_reach
from investments.market_hours import market_day
from investments.sources import quote_source

logger = logging.getLogger(__name__)

OFF = "off"
NOTHING_DUE = "nothing_due"
OUT_OF_REACH = "out_of_reach"


def refresh_prices() -> str:
    """Asks for the prices that are due; returns how that ended. Next to nothing to do while New York is closed."""
    now = timezone.now()
    return _refresh(now, prices.due_since(now))


def refresh_all_prices() -> str:
    """Asks for every price now."""
    now = timezone.now()
    return _refresh(now, now)


def carry_positions_forward() -> int:
    """Gives the accounts kept by hand the snapshot of the day that has begun in New York; returns how many."""
    return by_hand.carry_forward(market_day(timezone.now()))


def _refresh(now: datetime, asked_before: datetime) -> str:
    source = quote_source()
    if source is None:
        return OFF
    try:
        run = prices.refresh_prices(now, source, asked_before=asked_before)
        if run is None:
            return NOTHING_DUE
        by_hand.carry_forward(market_day(now))
    except DatabaseError as error:
        if not is_out_of_reach(error):
            raise
        logger.error("The investments database can't be reached; prices are asked for again in the next run: %s", error)
        return OUT_OF_REACH
    return run.status
