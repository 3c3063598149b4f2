import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

import exchange_calendars
import pytest
from hypothesis import given
from hypothesis import strategies as st

from investments.market_hours import NEW_YORK, is_market_open, market_day, prices_settled_at, session_of
from tests.budgetapp.processes import ROOT

MINUTE = timedelta(minutes=1)
# As the exchange published them (nyse.com, Holidays and Trading Hours), January to December.
HOLIDAYS = {
    2024: "0101 0115 0219 0329 0527 0619 0704 0902 1128 1225",
    2025: "0101 0109 0120 0217 0418 0526 0619 0704 0901 1127 1225",
    2026: "0101 0119 0216 0403 0525 0619 0703 0907 1126 1225",
    2027: "0101 0118 0215 0326 0531 0618 0705 0906 1125 1224",
}
EARLY_CLOSES = {2024: "0703 1129 1224", 2025: "0703 1128 1224", 2026: "1127 1224", 2027: "1126"}


def days_of(table: dict[int, str]) -> set[date]:
    return {
        date(year, int(text[:2]), int(text[2:])) for year, texts in table.items() for text in texts.split()
    }  # fmt: skip


def every_day(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def new_york(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), NEW_YORK)


def published_session(day: date) -> tuple[datetime, datetime] | None:
    if day.weekday() >= 5 or day in days_of(HOLIDAYS):
        return None
    return new_york(day, 9, 30), new_york(day, 13 if day in days_of(EARLY_CLOSES) else 16)


def test_sessions_are_those_that_the_exchange_published() -> None:
    days = every_day(date(2024, 1, 1), date(2027, 12, 31))
    assert {day: session_of(day) for day in days} == {day: published_session(day) for day in days}


@cache
def calendar() -> exchange_calendars.ExchangeCalendar:
    """All that the calendar covers from 2024 on, built in one piece."""
    return exchange_calendars.get_calendar("XNYS", start="2024-01-01")


def test_sessions_are_those_of_the_calendar_up_to_its_end() -> None:
    schedule = calendar().schedule
    assert len(schedule) > 700
    differing = [
        day
        for day, opens, closes in schedule[["open", "close"]].itertuples()
        if session_of(day.date()) != (opens, closes)
        or not is_market_open(opens.to_pydatetime())
        or not is_market_open((closes - MINUTE).to_pydatetime())
        or is_market_open((opens - MINUTE).to_pydatetime())
        or is_market_open(closes.to_pydatetime())
    ]
    assert differing == []


@given(st.datetimes(datetime(2024, 1, 2), datetime(2027, 12, 30), timezones=st.just(UTC)))  # noqa: DTZ001
def test_any_moment_is_open_exactly_inside_a_published_session(moment: datetime) -> None:
    session = published_session(market_day(moment))
    assert is_market_open(moment) == (session is not None and session[0] <= moment < session[1])


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        # The Friday before and the Monday after clocks go forward, then back.
        (datetime(2026, 3, 6, 14, 29, tzinfo=UTC), False),
        (datetime(2026, 3, 6, 14, 30, tzinfo=UTC), True),
        (datetime(2026, 3, 9, 13, 29, tzinfo=UTC), False),
        (datetime(2026, 3, 9, 13, 30, tzinfo=UTC), True),
        (datetime(2026, 3, 9, 20, 0, tzinfo=UTC), False),
        (datetime(2026, 10, 30, 19, 59, tzinfo=UTC), True),
        (datetime(2026, 10, 30, 20, 0, tzinfo=UTC), False),
        (datetime(2026, 11, 2, 20, 59, tzinfo=UTC), True),
        (datetime(2026, 11, 2, 21, 0, tzinfo=UTC), False),
        # Half a day after Thanksgiving.
        (datetime(2026, 11, 27, 17, 59, tzinfo=UTC), True),
        (datetime(2026, 11, 27, 18, 0, tzinfo=UTC), False),
    ],
)
def test_summer_time_and_early_closes_move_the_hours(moment: datetime, is_open: bool) -> None:
    assert is_market_open(moment) is is_open


def test_the_day_is_new_yorks() -> None:
    assert market_day(datetime(2026, 3, 17, 3, 59, tzinfo=UTC)) == date(2026, 3, 16)
    assert market_day(datetime(2026, 3, 17, 4, 0, tzinfo=UTC)) == date(2026, 3, 17)


@pytest.mark.parametrize(
    ("now", "settled"),
    [
        (new_york(date(2026, 3, 17), 16, 19), new_york(date(2026, 3, 16), 21)),
        (new_york(date(2026, 3, 17), 16, 20), new_york(date(2026, 3, 17), 16, 20)),
        (new_york(date(2026, 3, 17), 20, 59), new_york(date(2026, 3, 17), 16, 20)),
        (new_york(date(2026, 3, 17), 21), new_york(date(2026, 3, 17), 21)),
        (new_york(date(2026, 3, 22), 12), new_york(date(2026, 3, 20), 21)),  # a Sunday
        (new_york(date(2026, 11, 27), 13, 30), new_york(date(2026, 11, 27), 13, 20)),  # half a day
        (new_york(date(2026, 1, 1), 23), new_york(date(2025, 12, 31), 21)),  # a holiday, a year back
    ],
)
def test_closing_prices_are_out_after_the_close_and_once_more_in_the_evening(now: datetime, settled: datetime) -> None:
    assert prices_settled_at(now) == settled


def test_the_rules_hold_beyond_what_the_calendar_covers_by_itself() -> None:
    assert not is_market_open(new_york(date(2040, 12, 25), 12))
    assert is_market_open(new_york(date(2040, 12, 26), 12))


NIGHTS = """
import sys
from datetime import datetime, UTC
from investments.market_hours import is_market_open
assert not is_market_open(datetime(2026, 3, 17, 4, tzinfo=UTC))
assert not is_market_open(datetime(2026, 3, 21, 15, tzinfo=UTC))
print("exchange_calendars" in sys.modules)
"""


def test_nights_and_weekends_need_no_calendar() -> None:
    answered = subprocess.run([sys.executable, "-c", NIGHTS], cwd=ROOT, capture_output=True, text=True, check=True)
    assert answered.stdout.strip() == "False"
