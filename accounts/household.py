"""The household's calendar: instants are UTC, days are those of its time zone."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone

from accounts.saved_settings import effective

TIME_ZONE = "HOUSEHOLD_TIME_ZONE"


def time_zone() -> ZoneInfo:
    """The household's time zone; UTC as long as none is set."""
    return ZoneInfo(effective(TIME_ZONE) or "UTC")


def local(instant: datetime) -> datetime:
    """The instant on the household's clock."""
    return timezone.localtime(instant, time_zone())


def today(now: datetime | None = None) -> date:
    """The day it is for the household."""
    return local(now or timezone.now()).date()
