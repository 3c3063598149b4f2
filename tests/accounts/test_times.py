import datetime

import pytest
import time_machine
from pytest_django import Settings

from accounts import household
from accounts.templatetags.times import ago, ahead_in_words, coming, day_heading, in_words, span

NOW = datetime.datetime(2026, 11, 20, 23, 30, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "just now"),
        (59, "just now"),
        (60, "1 minute ago"),
        (12 * 60, "12 minutes ago"),
        (3600, "1 hour ago"),
        (47 * 3600, "1 day ago"),
        (5 * 86400, "5 days ago"),
        (40 * 86400, "11 Oct 2026"),
    ],
)
def test_an_age_is_told_in_words(seconds: int, words: str) -> None:
    assert in_words(NOW - datetime.timedelta(seconds=seconds), NOW) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.04, "< 0.1 s"), (0.42, "0.4 s"), (9.9, "9.9 s"), (12, "12 s"), (60, "1 min 0 s"), (125, "2 min 5 s")],
)
def test_a_duration_is_told_in_words(seconds: float, words: str) -> None:
    assert span(datetime.timedelta(seconds=seconds)) == words


def test_a_run_that_still_works_has_no_duration() -> None:
    assert span(None) == ""


@time_machine.travel(NOW, tick=False)
def test_the_exact_moment_is_on_the_clock_of_the_household(settings: Settings) -> None:
    settings.HOUSEHOLD_TIME_ZONE = "Asia/Tokyo"
    assert 'title="21 Nov 2026, 08:30"' in ago(NOW)


@time_machine.travel(NOW, tick=False)
def test_today_is_the_households_day(settings: Settings) -> None:
    settings.HOUSEHOLD_TIME_ZONE = "Asia/Tokyo"
    assert household.today() == datetime.date(2026, 11, 21)
    assert "Today" in day_heading(datetime.date(2026, 11, 21))
    assert "Yesterday" in day_heading(datetime.date(2026, 11, 20))
    assert "Thursday 19 November<" in day_heading(datetime.date(2026, 11, 19))
    assert "Friday 19 December 2025<" in day_heading(datetime.date(2025, 12, 19))


@pytest.mark.parametrize(
    ("instant", "words"),
    [
        ("2026-11-20T23:45Z", "today, 23:45"),
        ("2026-11-21T14:30Z", "tomorrow, 14:30"),
        ("2026-11-23T14:30Z", "Monday, 14:30"),
        ("2026-11-26T23:59Z", "Thursday, 23:59"),
        ("2026-11-27T14:30Z", "27 Nov 2026, 14:30"),
    ],
)
def test_a_moment_ahead_is_told_by_its_day_within_a_week(instant: str, words: str) -> None:
    assert ahead_in_words(datetime.datetime.fromisoformat(instant), NOW) == words


def test_a_moment_ahead_is_on_the_households_clock_with_the_exact_time_beside_it(settings: Settings) -> None:
    settings.HOUSEHOLD_TIME_ZONE = "Pacific/Auckland"
    opens = datetime.datetime(2026, 11, 23, 14, 30, tzinfo=datetime.UTC)
    with time_machine.travel(datetime.datetime(2026, 11, 23, 10, 59, tzinfo=datetime.UTC), tick=False):
        assert coming(opens) == (
            '<time datetime="2026-11-23T14:30:00+00:00" title="24 Nov 2026, 03:30">tomorrow, 03:30</time>'
        )
    with time_machine.travel(datetime.datetime(2026, 11, 23, 11, 0, tzinfo=datetime.UTC), tick=False):
        assert ">today, 03:30</time>" in coming(opens)
