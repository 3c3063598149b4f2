"""Pages of rows by key, newest first: as fast at any depth, and steady while rows are added."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from typing import Generic, Protocol, TypeVar

from django.db.models import Model, Q, QuerySet

PAGE = 50
COUNT_CAP = 1000


class Dated(Protocol):
    @property
    def pk(self) -> int: ...
    @property
    def date(self) -> datetime.date: ...


Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Key:
    """Where a page starts: just after this row in reading order."""

    date: datetime.date
    pk: int

    @classmethod
    def of(cls, row: Dated) -> "Key":
        return cls(row.date, row.pk)

    @classmethod
    def parse(cls, text: str) -> "Key | None":
        """The key written by `str`, or None if `text` is no key."""
        day, _, pk = text.partition("_")
        try:
            return cls(datetime.date.fromisoformat(day), int(pk))
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.date.isoformat()}_{self.pk}"


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page in reading order, and by day; `older` and `newer` are the keys of its neighbours, None at the ends."""

    rows: list[Row]
    days: list[tuple[datetime.date, list[Row]]]
    older: Key | None
    newer: Key | None


def page_of(rows: QuerySet[Row], key_of: Callable[[Row], Key], *, before: Key | None, after: Key | None) -> Page[Row]:
    """The page of rows that are older than `before`, or newer than `after`, or else the newest."""
    if after and not before:
        found = list(rows.filter(_newer_than(after)).order_by("date", "id")[: PAGE + 1])
        has_newer, has_older = len(found) > PAGE, True
        found = found[:PAGE][::-1]
    else:
        found = list((rows.filter(_older_than(before)) if before else rows).order_by("-date", "-id")[: PAGE + 1])
        has_newer, has_older = before is not None, len(found) > PAGE
        found = found[:PAGE]
    return Page(
        rows=found,
        days=[(day, list(of_day)) for day, of_day in groupby(found, key=lambda row: key_of(row).date)],
        older=key_of(found[-1]) if found and has_older else None,
        newer=key_of(found[0]) if found and has_newer else None,
    )


def capped_count(rows: QuerySet[Row]) -> int:
    """How many rows there are, counting no further than one past COUNT_CAP."""
    return rows.order_by()[: COUNT_CAP + 1].count()


def _older_than(key: Key) -> Q:
    # The first condition alone lets the index seek; the second breaks ties of the same day.
    return Q(date__lte=key.date) & (Q(date__lt=key.date) | Q(pk__lt=key.pk))


def _newer_than(key: Key) -> Q:
    return Q(date__gte=key.date) & (Q(date__gt=key.date) | Q(pk__gt=key.pk))
