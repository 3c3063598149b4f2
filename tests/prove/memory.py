"""The books in memory: what a post asks and writes, so that the ledger can decide by the million."""

import datetime
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

from accounts import feeds, withdrawal
from accounts.journal import Journal, State
from accounts.ledger import Posting
from accounts.lines import Delivery, StatementLine
from accounts.lookup import BANK_COLUMNS, CHURN_MEMORY, Record, Row, bank_facts
from accounts.models import Transaction

ACCOUNT = 1
_REACH = timedelta(days=19)
_BORDER = timedelta(days=2)
_UNEDITED: dict[str, Any] = {
    "removed_at": None,
    "removal_reason": "",
    "description": None,
    "merchant_name": None,
    "notes": "",
    "status": Transaction.Status.PENDING_REVIEW,
}


@dataclass
class Memory:
    """One account. Answers as `accounts.lookup` does."""

    rows: dict[int, Row] = field(default_factory=dict)
    records: dict[int, Record] = field(default_factory=dict)
    listed: set[int] = field(default_factory=set)  # edited rows that were withdrawn
    told: list[tuple[int, dict[str, Any]]] = field(default_factory=list)  # what rows said before merges
    numbers: count = field(default_factory=lambda: count(1))

    def post(self, delivery: Delivery, now: datetime.datetime) -> Posting:
        """As `accounts.ledger.post`, but for the twins of moved rows, which it merges in the database."""
        posting = Posting(ACCOUNT, delivery, None, now, self)
        posting.journal = MemoryJournal(ACCOUNT, delivery.feed, None, books=self)
        posting.decide()
        posting.journal.write()
        if delivery.completes_history:
            posting.removed += self._sweep(delivery.feed, now)
        self.listed |= {row.id for row in posting.removed if row.is_edited}
        return posting

    def _sweep(self, feed: str, now: datetime.datetime) -> list[Row]:
        journal = MemoryJournal(ACCOUNT, feed, None, books=self)
        stale = self._stale(feed)
        for record in stale:
            journal.set_record(record.id, State.WITHDRAWN)
        rows = {record.row_id: self.rows[record.row_id] for record in stale}
        current, gone = self.current_records(rows.keys()), {record.id for record in stale}
        removed = withdrawal.let_go(journal, rows, current, gone, now, self)
        journal.write()
        return removed

    def _stale(self, feed: str) -> list[Record]:
        """Records of earlier links inside what the feed has sent, on rows that nothing else names."""
        current = [record for record in self.records.values() if record.is_current]
        sent = [self.rows[record.row_id].date for record in current if record.feed == feed]
        vouched = {record.row_id for record in current if record.feed == feed or feeds.kind(record.feed) != feeds.PLAID}
        return [
            record
            for record in current
            if record.row_id not in vouched
            and (
                self.rows[record.row_id].is_pending
                or (sent and min(sent) + _BORDER <= self.rows[record.row_id].date <= max(sent) - _BORDER)
            )
        ]

    # What a post asks

    def records_named(
        self, account_id: int, feed: str, external_ids: Collection[str]
    ) -> tuple[dict[str, Record], dict[int, Row]]:
        names, found, rows = set(external_ids), {}, {}
        for record in self.records.values():
            is_kin = record.feed == feed or feeds.kind(record.feed) == feeds.kind(feed) == feeds.PLAID
            if record.external_id in names and is_kin:
                known = found.get(record.external_id)
                if known is None or _weight(record, feed) > _weight(known, feed):
                    found[record.external_id] = record
                rows[record.row_id] = self.rows[record.row_id]
        return found, rows

    def current_records(self, row_ids: Collection[int]) -> dict[int, list[Record]]:
        wanted, of_row = set(row_ids), defaultdict(list)
        for record in self.records.values():
            if record.row_id in wanted and record.is_current:
                of_row[record.row_id].append(record)
        return of_row

    def rows_like(
        self, account_id: int, feed: str, lines: Sequence[StatementLine], now: datetime.datetime
    ) -> dict[int, Row]:
        named = {record.row_id for record in self.records.values() if record.feed == feed and record.is_current}
        amounts = {line.amount for line in lines}
        first = min(line.authorized_date or line.date for line in lines) - _REACH
        last = max(line.date for line in lines) + _REACH
        return {
            row.id: row
            for row in self.rows.values()
            if row.amount in amounts
            and row.id not in named
            and first <= row.date <= last
            and (row.removed_at is None or not row.is_removed_by_bank or row.removed_at >= now - CHURN_MEMORY)
        }

    def said_before(self, heirs: Mapping[int, str]) -> dict[int, dict[str, object]]:
        said: dict[int, dict[str, object]] = {}
        for row_id, before in self.told:
            if before.get("source") == heirs.get(row_id):
                said[row_id] = {name: before[name] for name in BANK_COLUMNS if name in before}
        return said


def _weight(record: Record, feed: str) -> tuple[bool, bool, int]:
    return record.feed == feed, record.is_current, record.id


@dataclass
class MemoryJournal(Journal):
    """Writes into a `Memory`."""

    books: Memory = field(kw_only=True)
    _names: list[tuple[int, str]] = field(default_factory=list)

    def add_record(self, row_id: int, external_id: str) -> None:
        self._names.append((row_id, external_id))

    def log(self, row_id: int, kind: str, reason: str, *, before: dict[str, Any], after: dict[str, Any]) -> None:
        if kind == "merged":
            self.books.told.append((row_id, before))

    def write(self) -> None:
        records, rows = self.books.records, self.books.rows
        for record_id in self._dropped_records:
            del records[record_id]
        for state, record_ids in self._record_states.items():
            for record_id in record_ids:
                records[record_id] = records[record_id]._replace(state=state)
        for record_id in self._moved_records:
            records[record_id] = records[record_id]._replace(feed=self.feed, state=State.CURRENT)
        for row_id, columns in self._row_updates.items():
            rows[row_id] = rows[row_id]._replace(**columns)
        for row_id in self._adopted_rows:
            rows[row_id] = rows[row_id]._replace(source=self.feed)
        for line in self._new_rows:
            row_id = next(self.books.numbers)
            facts = dict(zip(BANK_COLUMNS, bank_facts(line), strict=True))
            rows[row_id] = Row(id=row_id, source=self.feed, **facts, **_UNEDITED)
            self._names.append((row_id, line.external_id))
        for row_id, external_id in self._names:
            record_id = next(self.books.numbers)
            records[record_id] = Record(record_id, row_id, self.feed, external_id, State.CURRENT)
        assert len({(each.feed, each.external_id) for each in records.values()}) == len(records)
