"""The stretches of time that a history is shown for."""

import calendar
import datetime

from django.db import models

_LONG_AGO = datetime.date(1900, 1, 1)


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


class IncomePeriod(models.TextChoices):
    """Whole months up to this one."""

    YEAR = "1y", "12 months"
    TWO_YEARS = "2y", "24 months"
    ALL = "all", "All"

    @classmethod
    def parse(cls, text: str) -> "IncomePeriod":
        """The period that `text` names, a year if it names none."""
        return cls(text) if text in cls.values else cls.YEAR

    def first_day(self, today: datetime.date) -> datetime.date:
        """The first day of the period; one before any payment for all of it."""
        if self == IncomePeriod.ALL:
            return _LONG_AGO
        return _months_before(today.replace(day=1), 11 if self == IncomePeriod.YEAR else 23)


def _months_before(day: datetime.date, months: int) -> datetime.date:
    """The same day of an earlier month, or that month's last one."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return datetime.date(year, month + 1, min(day.day, last))
