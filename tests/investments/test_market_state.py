from datetime import UTC, datetime

import pytest

from investments.market_state import MarketState, market_state, note_sessions
from investments.models import MarketSession

pytestmark = pytest.mark.django_db

THURSDAY = datetime(2026, 11, 26, 15, 0, tzinfo=UTC)  # Thanksgiving
FRIDAY_OPENS, FRIDAY_CLOSES = datetime(2026, 11, 27, 14, 30, tzinfo=UTC), datetime(2026, 11, 27, 18, 0, tzinfo=UTC)
MONDAY_OPENS = datetime(2026, 11, 30, 14, 30, tzinfo=UTC)


def test_nothing_is_said_while_nobody_has_noted_the_hours() -> None:
    assert market_state(THURSDAY) is None


@pytest.mark.parametrize(
    ("now", "state"),
    [
        (THURSDAY, MarketState(is_open=False, until=FRIDAY_OPENS)),
        (FRIDAY_OPENS, MarketState(is_open=True, until=FRIDAY_CLOSES)),
        (datetime(2026, 11, 27, 17, 59, tzinfo=UTC), MarketState(is_open=True, until=FRIDAY_CLOSES)),
        (FRIDAY_CLOSES, MarketState(is_open=False, until=MONDAY_OPENS)),
        (datetime(2026, 11, 28, 3, 0, tzinfo=UTC), MarketState(is_open=False, until=MONDAY_OPENS)),
        (datetime(2026, 11, 28, 15, 0, tzinfo=UTC), MarketState(is_open=False, until=MONDAY_OPENS)),
    ],
)
def test_holidays_early_closes_nights_and_weekends_are_known(now: datetime, state: MarketState) -> None:
    note_sessions(THURSDAY)
    assert market_state(now) == state


def test_hours_of_another_week_say_nothing_of_today() -> None:
    note_sessions(THURSDAY)
    assert market_state(datetime(2026, 12, 10, 15, 0, tzinfo=UTC)) is None


def test_noting_the_hours_again_keeps_a_week_and_no_past() -> None:
    note_sessions(THURSDAY)
    note_sessions(THURSDAY)
    note_sessions(FRIDAY_OPENS)
    days = list(MarketSession.objects.order_by("day").values_list("day", flat=True))
    assert (days[0].isoformat(), days[-1].isoformat(), len(days)) == ("2026-11-27", "2026-12-04", 8)
