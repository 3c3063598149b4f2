"""Whether New York trades now, without the calendar, which is too heavy for a page."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from investments.market_hours import market_day, session_of
from investments.models import MarketSession

DAYS_AHEAD = 7


@dataclass(frozen=True, slots=True)
class MarketState:
    """Whether New York trades, and when that changes next; `until` is None if that lies beyond the next days."""

    is_open: bool
    until: datetime | None


def note_sessions(now: datetime) -> None:
    """Notes when New York trades today and in the week after it; next to nothing to do if that is known."""
    today = market_day(now)
    last = today + timedelta(days=DAYS_AHEAD)
    if MarketSession.objects.filter(day=last).exists():
        return
    MarketSession.objects.filter(day__lt=today).delete()
    days = [today + timedelta(days=ahead) for ahead in range(DAYS_AHEAD + 1)]
    MarketSession.objects.bulk_create([_session(day) for day in days], ignore_conflicts=True)


def market_state(now: datetime) -> MarketState | None:
    """How the market stands; None while nobody has noted its hours of today. One query."""
    today = market_day(now)
    sessions = list(MarketSession.objects.filter(day__gte=today).order_by("day"))
    if not sessions or sessions[0].day != today:
        return None
    for session in sessions:
        if session.opens_at is None or session.closes_at is None or session.closes_at <= now:
            continue
        is_open = session.opens_at <= now
        return MarketState(is_open, session.closes_at if is_open else session.opens_at)
    return MarketState(is_open=False, until=None)


def _session(day: date) -> MarketSession:
    opens_at, closes_at = session_of(day) or (None, None)
    return MarketSession(day=day, opens_at=opens_at, closes_at=closes_at)
