"""When New York trades. The holidays and early closes are those of the exchange calendar XNYS.

Its rules hold for every year. What they can't know is a closing that was not planned when the installed release was
made (a day of mourning, say): then prices are asked for on a day without new ones, and nothing else happens.
"""

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")
# The earliest and latest that there ever is trading, so that nights and weekends need no calendar.
_OPENS, _CLOSES = time(9, 30), time(16)
_SATURDAY = 5
# Quotes are up to 20 minutes late; funds publish the day's price in the evening.
_SETTLED = (timedelta(minutes=20), timedelta(hours=5))
_LONGEST_BREAK = 10  # days; the exchange was never closed for longer since 1933

Session = tuple[datetime, datetime]


def market_day(now: datetime) -> date:
    """The day that it is in New York."""
    return now.astimezone(NEW_YORK).date()


def is_market_open(now: datetime) -> bool:
    """Whether the New York Stock Exchange trades in this moment; its closing moment is no trading."""
    local = now.astimezone(NEW_YORK)
    if local.weekday() >= _SATURDAY or not _OPENS <= local.time() < _CLOSES:
        return False
    session = session_of(local.date())
    return session is not None and session[0] <= now < session[1]


def session_of(day: date) -> Session | None:
    """When trading begins and ends on this day; None when there is none."""
    return None if day.weekday() >= _SATURDAY else _sessions(day.year).get(day)


def prices_settled_at(now: datetime) -> datetime:
    """The last moment by which the closing prices of a day were out: shortly after the close, and late that evening."""
    day = market_day(now)
    for back in range(_LONGEST_BREAK + 1):
        if session := session_of(day - timedelta(days=back)):
            passed = [session[1] + later for later in _SETTLED if session[1] + later <= now]
            if passed:
                return max(passed)
    raise ValueError(f"The calendar knows no session in the {_LONGEST_BREAK} days before {now}.")


@lru_cache(maxsize=8)
def _sessions(year: int) -> dict[date, Session]:
    """Opening and closing of each day of trading in a year."""
    import exchange_calendars

    calendar = exchange_calendars.get_calendar("XNYS", start=f"{year}-01-01", end=f"{year}-12-31")
    days = calendar.schedule[["open", "close"]].itertuples()
    return {day.date(): (opens.to_pydatetime(), closes.to_pydatetime()) for day, opens, closes in days}
