"""Reading transactions: search, filters and pages by key, fast at any depth."""

import datetime
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import groupby

from django.db.models import Prefetch, Q, QuerySet

from accounts.models import Transaction, TransactionChange

PAGE = 50
COUNT_CAP = 1000
SEARCHED = ("description", "merchant_name", "bank_description", "bank_merchant", "notes")
TELLING = (TransactionChange.Kind.SETTLED, TransactionChange.Kind.MERGED, TransactionChange.Kind.RESTORED)


@dataclass(frozen=True)
class Key:
    """Where a page starts: just after this row in reading order."""

    date: datetime.date
    pk: int

    @classmethod
    def of(cls, row: Transaction) -> "Key":
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
class TransactionPage:
    """One page in reading order; `older` and `newer` are the keys of its neighbours, None at the ends."""

    rows: list[Transaction]
    older: Key | None
    newer: Key | None

    @property
    def days(self) -> list[tuple[datetime.date, list[Transaction]]]:
        return [(day, list(rows)) for day, rows in groupby(self.rows, key=lambda row: row.date)]


def matching(rows: QuerySet[Transaction], text: str) -> QuerySet[Transaction]:
    """The rows whose shown or bank words, notes or amount contain `text`; all of them for ''."""
    text = text.strip()
    if not text:
        return rows
    found = Q()
    for column in SEARCHED:
        found |= Q(**{f"{column}__icontains": text})
    amount = _as_amount(text)
    if amount is not None:
        found |= Q(amount__in=[amount, -amount])
    return rows.filter(found)


def capped_count(rows: QuerySet[Transaction]) -> int:
    """How many rows there are, counting no further than one past COUNT_CAP."""
    return rows.order_by()[: COUNT_CAP + 1].count()


def page_of(rows: QuerySet[Transaction], *, before: Key | None, after: Key | None) -> TransactionPage:
    """The page of rows that are older than `before`, or newer than `after`, or else the newest."""
    rows = with_stories(rows)
    if after and not before:
        found = list(rows.filter(_newer_than(after)).order_by("date", "id")[: PAGE + 1])
        has_newer, has_older = len(found) > PAGE, True
        found = found[:PAGE][::-1]
    else:
        found = list((rows.filter(_older_than(before)) if before else rows).order_by("-date", "-id")[: PAGE + 1])
        has_newer, has_older = before is not None, len(found) > PAGE
        found = found[:PAGE]
    return TransactionPage(
        rows=found,
        older=Key.of(found[-1]) if found and has_older else None,
        newer=Key.of(found[0]) if found and has_newer else None,
    )


def with_stories(rows: QuerySet[Transaction]) -> QuerySet[Transaction]:
    """The rows with what a list shows of them, `telling_changes` (why a row is as it is) included."""
    telling = TransactionChange.objects.filter(kind__in=TELLING)
    return rows.select_related("account", "category", "predicted_category").prefetch_related(
        Prefetch("changes", telling, to_attr="telling_changes")
    )


def _older_than(key: Key) -> Q:
    # The first condition alone lets the index seek; the second breaks ties of the same day.
    return Q(date__lte=key.date) & (Q(date__lt=key.date) | Q(pk__lt=key.pk))


def _newer_than(key: Key) -> Q:
    return Q(date__gte=key.date) & (Q(date__gt=key.date) | Q(pk__gt=key.pk))


def _as_amount(text: str) -> Decimal | None:
    try:
        amount = Decimal(text.lstrip("+-$€£ ").replace(",", ""))
    except InvalidOperation:
        return None
    is_exact = amount.is_finite() and abs(amount) < 10**12 and amount == round(amount, 4)
    return amount if is_exact else None
