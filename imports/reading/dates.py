"""Calendar dates as banks print them. The time of day is dropped, never converted: the day is the bank's."""

import datetime
import re
from collections.abc import Iterable
from functools import lru_cache

from imports.reading.mapping import DateOrder

_END = r"(?:[T\s,]\s*\d{1,2}[:.h]\d{2}.*|\s*)"
_ISO = re.compile(rf"(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}}){_END}", re.ASCII)
_NUMERIC = re.compile(rf"(\d{{1,2}})([-/. ])(\d{{1,2}})\2(\d{{4}}|\d{{2}}){_END}", re.ASCII)
_COMPACT = re.compile(r"\d{8}", re.ASCII)
_NAMED_DAY_FIRST = re.compile(rf"(\d{{1,2}})[-/. ]\s*([A-Za-z]{{3,9}})\.?[-/., ]\s*(\d{{4}}|\d{{2}}){_END}", re.ASCII)
_NAMED_MONTH_FIRST = re.compile(rf"([A-Za-z]{{3,9}})\.?[- ]\s*(\d{{1,2}}),?[- ]\s*(\d{{4}}|\d{{2}}){_END}", re.ASCII)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_PLACES = {DateOrder.MONTH_FIRST: (2, 0, 1), DateOrder.DAY_FIRST: (2, 1, 0), DateOrder.YEAR_FIRST: (0, 1, 2)}
_AHEAD = datetime.timedelta(days=366)
_EARLIEST = datetime.date(1000, 1, 1)  # "no date" is written as the year 1; the days before it can't be reckoned with


@lru_cache(maxsize=8192)
def parse_date(text: str, order: DateOrder | None, today: datetime.date) -> datetime.date:
    """The day that the text names. `order` decides where digits alone don't.

    ValueError where it is no date, where `order` is needed and missing, or for a day more than a year ahead or
    before the year 1000.
    """
    day = _calendar_day(text.strip(), order, today)
    if day > today + _AHEAD:
        raise ValueError("This date lies more than a year ahead.")
    if day < _EARLIEST:
        raise ValueError("This date lies too far back to be one.")
    return day


def _calendar_day(text: str, order: DateOrder | None, today: datetime.date) -> datetime.date:
    if iso := _ISO.fullmatch(text):
        return datetime.date(int(iso[1]), int(iso[3]), int(iso[4]))
    if named := _NAMED_DAY_FIRST.fullmatch(text):
        return datetime.date(_year(named[3], today), _month(named[2]), int(named[1]))
    if named := _NAMED_MONTH_FIRST.fullmatch(text):
        return datetime.date(_year(named[3], today), _month(named[1]), int(named[2]))
    parts = _parts(text, order)
    if not parts or order is None:
        raise ValueError("This is no date.")
    year, month, day = (parts[place] for place in _PLACES[order])
    if len(year) < 2 or len(day) > 2:
        raise ValueError("This is no date in the expected order.")
    return datetime.date(_year(year, today), int(month), int(day))


def _parts(text: str, order: DateOrder | None) -> tuple[str, str, str] | None:
    if numeric := _NUMERIC.fullmatch(text):
        return numeric[1], numeric[3], numeric[4]
    if _COMPACT.fullmatch(text):
        cut = (4, 6) if order is DateOrder.YEAR_FIRST else (2, 4)
        return text[: cut[0]], text[cut[0] : cut[1]], text[cut[1] :]
    return None


def _year(digits: str, today: datetime.date) -> int:
    if len(digits) == 4:
        return int(digits)
    year = 2000 + int(digits)
    return year if year <= today.year + 1 else year - 100


def _month(name: str) -> int:
    if name[:3].lower() not in _MONTHS:
        raise ValueError("This is no date: the month's name is unknown.")
    return _MONTHS.index(name[:3].lower()) + 1


def is_date(text: str, today: datetime.date) -> bool:
    """Whether the text is a date in any order. Eight digits alone are none: too many numbers look like that."""
    return not _COMPACT.fullmatch(text.strip()) and any(_can_read(text, order, today) for order in DateOrder)


def _can_read(text: str, order: DateOrder, today: datetime.date) -> bool:
    try:
        parse_date(text, order, today)
    except ValueError:
        return False
    return True


def date_orders(texts: Iterable[str], today: datetime.date) -> set[DateOrder]:
    """The orders that can be meant: one where the dates tell, several where they don't or contradict each other.

    Empty where it doesn't matter: every order reads the same days, or there are no dates.
    """
    dates = {text.strip() for text in texts}
    dates = {text for text in dates if any(_can_read(text, order, today) for order in DateOrder)}
    fitting = [order for order in DateOrder if all(_can_read(text, order, today) for text in dates)]
    meanings = {tuple(parse_date(text, order, today) for text in sorted(dates)): order for order in fitting}
    if len(fitting) > 1 and len(meanings) == 1:
        return set()
    return set(meanings.values()) or (set(DateOrder) if dates else set())
