"""The writes of one post, collected while it decides and written in bulk when it is done."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import BigIntegerField, Value
from django.db.models.functions import Coalesce

from accounts.drafts import Drafts
from accounts.lines import StatementLine
from accounts.lookup import BANK_COLUMNS, CHUNK, Row, chunks
from accounts.models import SourceRecord, SyncLog, Transaction, TransactionChange

State = SourceRecord.State
Kind = TransactionChange.Kind
_ROW_UPDATES = (*BANK_COLUMNS, "source", "removed_at", "removal_reason")


@dataclass
class Journal:
    """What a post of `feed` into account `account_id` will write.

    Nothing touches the database before `write`. `drafts`: rows made ready earlier for lines that are new.
    """

    account_id: int
    feed: str
    run: SyncLog | None
    drafts: Drafts | None = None
    _row_updates: defaultdict[int, dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))
    _adopted_rows: list[int] = field(default_factory=list)
    _record_states: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    _moved_records: list[int] = field(default_factory=list)
    _seen_records: list[int] = field(default_factory=list)
    _dropped_records: list[int] = field(default_factory=list)
    _new_records: list[SourceRecord] = field(default_factory=list)
    _new_rows: list[StatementLine] = field(default_factory=list)
    _changes: list[TransactionChange] = field(default_factory=list)

    @property
    def _run_id(self) -> int | None:
        return self.run.pk if self.run else None

    def see_record(self, record_id: int) -> None:
        self._seen_records.append(record_id)

    def move_record(self, record_id: int) -> None:
        """Brings a record into this feed and makes it current."""
        self._moved_records.append(record_id)

    def set_record(self, record_id: int, state: str) -> None:
        self._record_states[state].append(record_id)

    def drop_record(self, record_id: int) -> None:
        self._dropped_records.append(record_id)

    def add_record(self, row_id: int, external_id: str) -> None:
        """Lets this feed name an existing row."""
        self._new_records.append(self._record(external_id, transaction_id=row_id))

    def insert(self, line: StatementLine) -> None:
        """Makes the line a row of its own."""
        self._new_rows.append(line)

    def update_row(self, row_id: int, **columns: Any) -> None:
        self._row_updates[row_id].update(columns)

    def adopt_row(self, row_id: int) -> None:
        """Lets this feed own the bank columns of a row that an earlier feed of its kind owned."""
        self._adopted_rows.append(row_id)

    def log(self, row_id: int, kind: str, reason: str, *, before: dict[str, Any], after: dict[str, Any]) -> None:
        self._changes.append(
            TransactionChange(transaction_id=row_id, run=self.run, kind=kind, reason=reason, before=before, after=after)
        )

    def write(self) -> None:
        """Writes all of it, in an order that keeps every constraint satisfied, and forgets it."""
        self._write_records()
        self._write_rows()
        self._insert_rows()
        SourceRecord.objects.bulk_create(self._new_records, batch_size=CHUNK)
        TransactionChange.objects.bulk_create(self._changes, batch_size=CHUNK)
        for pending in (self._new_records, self._changes):
            pending.clear()

    def _write_records(self) -> None:
        for chunk in chunks(self._dropped_records):
            SourceRecord.objects.filter(pk__in=chunk).delete()
        for state, record_ids in self._record_states.items():
            for chunk in chunks(record_ids):
                SourceRecord.objects.filter(pk__in=chunk).update(state=state)
        for chunk in chunks(self._moved_records):
            SourceRecord.objects.filter(pk__in=chunk).update(
                feed=self.feed,
                state=State.CURRENT,
                first_seen=Coalesce("first_seen", Value(self._run_id), output_field=BigIntegerField()),
                last_seen=self.run,
            )
        for chunk in chunks(self._seen_records):
            SourceRecord.objects.filter(pk__in=chunk).update(last_seen=self.run)
        for done in (self._dropped_records, self._moved_records, self._seen_records):
            done.clear()
        self._record_states.clear()

    def _write_rows(self) -> None:
        for chunk in chunks(self._row_updates.items()):
            updates = dict(chunk)
            rows = Transaction.objects.in_bulk(list(updates))
            for row_id, columns in updates.items():
                for name, value in columns.items():
                    setattr(rows[row_id], name, value)
            Transaction.objects.bulk_create(
                rows.values(), update_conflicts=True, unique_fields=["id"], update_fields=_ROW_UPDATES
            )
        for adopted in chunks(self._adopted_rows):
            Transaction.objects.filter(pk__in=adopted).update(source=self.feed)
        self._row_updates.clear()
        self._adopted_rows.clear()

    def _insert_rows(self) -> None:
        if not self._new_rows:
            return
        drafts = self.drafts or Drafts(self.account_id, self.feed, self._run_id)
        drafts.insert(self._new_rows)
        self._new_rows.clear()

    def _record(self, external_id: str, **row: Any) -> SourceRecord:
        return SourceRecord(
            account_id=self.account_id,
            feed=self.feed,
            external_id=external_id,
            first_seen=self.run,
            last_seen=self.run,
            **row,
        )


def difference(row: Row, facts: Collection[object]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The bank columns in which a row and a line differ: values before and after."""
    before, after = {}, {}
    pairs: Iterable[tuple[str, object, object]] = zip(BANK_COLUMNS, row.bank_facts, facts, strict=True)
    for name, old, new in pairs:
        if old != new:
            before[name], after[name] = old, new
    return before, after
