"""The household's calendar: instants are UTC, days are those of HOUSEHOLD_TIME_ZONE."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone


def local(instant: datetime) -> datetime:
    """The instant on the household's clock."""
    return timezone.localtime(instant, ZoneInfo(settings.HOUSEHOLD_TIME_ZONE))


def today(now: datetime | None = None) -> date:
    """The day it is for the household."""
    return local(now or timezone.now()).date()
