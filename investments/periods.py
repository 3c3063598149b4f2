"""The stretches of time that a history is shown for."""

import calendar
import datetime

from django.db import models


class Period(models.TextChoices):
    MONTH = "1m", "1M"
    QUARTER = "3m", "3M"
    YEAR_TO_DATE = "ytd", "YTD"
    YEAR = "1y", "1Y"
    ALL = "all", "All"

    def first_day(self, today: datetime.date) -> datetime.date:
        """The day at whose end the period begins; a day before any history for all of it."""
        match self:
            case Period.MONTH:
                return _months_before(today, 1)
            case Period.QUARTER:
                return _months_before(today, 3)
            case Period.YEAR_TO_DATE:
                return datetime.date(today.year - 1, 12, 31)
            case Period.YEAR:
                return _months_before(today, 12)
            case _:
                return datetime.date.min


def _months_before(day: datetime.date, months: int) -> datetime.date:
    """The same day of an earlier month, or that month's last one."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return datetime.date(year, month + 1, min(day.day, last))
