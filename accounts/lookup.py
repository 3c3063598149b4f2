"""What the books already know about the lines of a delivery: reads for the ledger, in chunks.

Every function costs a fixed number of queries per `CHUNK` ids, whatever the size of the tables, and
reads tuples, not model instances.
"""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import islice
from typing import NamedTuple, Protocol, TypeVar

from django.db.models import Exists, Field, OuterRef, Q

from accounts import feeds
from accounts.lines import StatementLine
from accounts.matching import SUGGEST_WITHIN_DAYS, Candidate
from accounts.models import SourceRecord, Transaction, TransactionChange
from accounts.models.transaction import has_user_facts

CHUNK = 500
# A purchase posts days after it was authorised (Plaid names up to 14), so rows are fetched that much
# wider than dates may differ; the matcher decides.
_POSTING_DELAY = timedelta(days=14 + SUGGEST_WITHIN_DAYS)
CHURN_MEMORY = timedelta(days=14)

BANK_COLUMNS = (
    "date",
    "authorized_date",
    "amount",
    "currency",
    "is_pending",
    "bank_description",
    "bank_merchant",
    "bank_category_primary",
    "bank_category_detailed",
    "bank_category_confidence",
)

T = TypeVar("T")


class Row(NamedTuple):
    """A transaction as the ledger reads it."""

    id: int
    date: datetime.date
    authorized_date: datetime.date | None
    amount: Decimal
    currency: str
    is_pending: bool
    bank_description: str
    bank_merchant: str
    bank_category_primary: str
    bank_category_detailed: str
    bank_category_confidence: str
    source: str
    removed_at: datetime.datetime | None
    removal_reason: str
    description: str | None
    merchant_name: str | None
    notes: str
    status: str

    @property
    def bank_facts(self) -> tuple[object, ...]:
        """The values of BANK_COLUMNS, in their order."""
        return self[1:11]

    @property
    def is_edited(self) -> bool:
        return has_user_facts(self.description, self.merchant_name, self.notes, self.status)

    @property
    def is_removed_by_bank(self) -> bool:
        return self.removal_reason == Transaction.RemovalReason.BANK

    def as_candidate(self) -> Candidate:
        return Candidate(
            row_id=self.id,
            date=self.date,
            authorized_date=self.authorized_date,
            amount=self.amount,
            currency=self.currency,
            is_pending=self.is_pending,
            description=self.bank_description,
            is_edited=self.is_edited,
            is_removed=self.removed_at is not None,
        )


class Record(NamedTuple):
    """A source record as the ledger reads it."""

    id: int
    row_id: int
    feed: str
    external_id: str
    state: str

    @property
    def is_current(self) -> bool:
        return self.state == SourceRecord.State.CURRENT


_ROW_COLUMNS = Row._fields
_RECORD_COLUMNS = ("id", "transaction_id", "feed", "external_id", "state")


class Knowledge(Protocol):
    """What a post asks of the books: this module asks the database."""

    def records_named(
        self, account_id: int, feed: str, external_ids: Collection[str]
    ) -> tuple[dict[str, Record], dict[int, Row]]: ...
    def current_records(self, row_ids: Collection[int]) -> dict[int, list[Record]]: ...
    def rows_like(
        self, account_id: int, feed: str, lines: Sequence[StatementLine], now: datetime.datetime
    ) -> dict[int, Row]: ...
    def said_before(self, heirs: Mapping[int, str]) -> dict[int, dict[str, object]]: ...


def bank_facts(line: StatementLine) -> tuple[object, ...]:
    """What the line says, in the order of BANK_COLUMNS."""
    return (
        line.date,
        line.authorized_date,
        line.amount,
        line.currency,
        line.is_pending,
        line.description,
        line.merchant,
        line.category_primary,
        line.category_detailed,
        line.category_confidence,
    )


def chunks(items: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def records_named(
    account_id: int, feed: str, external_ids: Collection[str]
) -> tuple[dict[str, Record], dict[int, Row]]:
    """The record of each id, and the rows of these records.

    Looks in the given feed and, if it is a Plaid feed, in the account's earlier Plaid feeds (Plaid's
    ids are unique everywhere, so a reset brings the same ones back). The given feed's record wins,
    then a current one, then the newest.
    """
    records: dict[str, Record] = {}
    rows: dict[int, Row] = {}
    columns = [*_RECORD_COLUMNS, *(f"transaction__{name}" for name in _ROW_COLUMNS)]
    for chunk in chunks(external_ids):
        found = SourceRecord.objects.filter(account_id=account_id, external_id__in=chunk).values_list(*columns)
        for values in found:
            record = Record._make(values[:5])
            if not _same_family(record.feed, feed):
                continue
            known = records.get(record.external_id)
            if known is None or _weight(record, feed) > _weight(known, feed):
                records[record.external_id] = record
            rows[record.row_id] = Row._make(values[5:])
    return records, rows


def _same_family(one: str, other: str) -> bool:
    return one == other or feeds.kind(one) == feeds.kind(other) == feeds.PLAID


def _weight(record: Record, feed: str) -> tuple[bool, bool, int]:
    return record.feed == feed, record.is_current, record.id


def current_records(row_ids: Collection[int]) -> dict[int, list[Record]]:
    """The current records of each row, of every feed."""
    of_row: defaultdict[int, list[Record]] = defaultdict(list)
    for chunk in chunks(sorted(row_ids)):
        found = SourceRecord.objects.filter(transaction_id__in=chunk, state=SourceRecord.State.CURRENT)
        for values in found.order_by("id").values_list(*_RECORD_COLUMNS):
            record = Record._make(values)
            of_row[record.row_id].append(record)
    return of_row


def rows_like(account_id: int, feed: str, lines: Sequence[StatementLine], now: datetime.datetime) -> dict[int, Row]:
    """Rows that one of the lines may be the same purchase as, by amount and day.

    Only rows without a current record in the feed: those of other feeds, those the user removed, and
    those that the bank withdrew in the last 14 days (Plaid deletes and re-adds rows it has changed).
    """
    named = SourceRecord.objects.filter(transaction=OuterRef("pk"), feed=feed, state=SourceRecord.State.CURRENT)
    within_reach = (
        Q(removed_at=None) | Q(removal_reason=Transaction.RemovalReason.USER) | Q(removed_at__gte=now - CHURN_MEMORY)
    )
    rows: dict[int, Row] = {}
    for chunk in chunks(sorted(lines, key=lambda line: line.date)):
        days = [line.authorized_date or line.date for line in chunk]
        found = Transaction.objects.filter(
            ~Exists(named),
            within_reach,
            account_id=account_id,
            amount__in={line.amount for line in chunk},
            date__range=(min(days) - _POSTING_DELAY, chunk[-1].date + _POSTING_DELAY),
        )
        for values in found.order_by("id").values_list(*_ROW_COLUMNS):
            rows[values[0]] = Row._make(values)
    return rows


def rows_by_id(row_ids: Collection[int]) -> dict[int, Row]:
    """The rows of the given ids."""
    rows: dict[int, Row] = {}
    for chunk in chunks(sorted(row_ids)):
        for values in Transaction.objects.filter(pk__in=chunk).order_by("id").values_list(*_ROW_COLUMNS):
            rows[values[0]] = Row._make(values)
    return rows


def said_before(heirs: Mapping[int, str]) -> dict[int, dict[str, object]]:
    """What each row's feed (row id -> feed) said of it before a better source spoke: bank columns by row id."""
    said: dict[int, dict[str, object]] = {}
    for chunk in chunks(sorted(heirs)):
        merges = TransactionChange.objects.filter(
            transaction_id__in=chunk, kind=TransactionChange.Kind.MERGED
        ).order_by("id")
        for row_id, before in merges.values_list("transaction_id", "before"):
            for told in (before, before.get("absorbed", {})):
                if told.get("source") == heirs[row_id]:
                    said[row_id] = {name: _read(name, told[name]) for name in BANK_COLUMNS if name in told}
    return said


def _read(column: str, stored: object) -> object:
    field: Field = Transaction._meta.get_field(column)  # type: ignore[assignment]  # a column, no relation
    return field.to_python(stored)
