"""Posting: how the lines of any feed enter the books.

One post is one decision over all lines of a delivery, made in memory from a fixed number of look-ups
and written in bulk. Identity first, guessing last; a row is claimed once; lines of one feed never
match each other by likeness. The caller owns the database transaction.
"""

import datetime

from accounts import feeds, holding, lookup, twins, withdrawal
from accounts.drafts import Drafts
from accounts.feeds import said_by
from accounts.journal import Journal, Kind, State, difference
from accounts.lines import Delivery, StatementLine, Tally
from accounts.lookup import BANK_COLUMNS, Knowledge, Record, Row, bank_facts
from accounts.matching import Pair, in_days, pair
from accounts.models import Account, SyncLog, Transaction
from money.formatting import money_text

# A row that changed so may have a twin from another source that was none before.
_CALLS_FOR_A_LOOK = {"amount", "date", "is_pending", "removed_at"}


def post(
    account: Account, delivery: Delivery, run: SyncLog, *, now: datetime.datetime, drafts: Drafts | None = None
) -> Tally:
    """Brings a delivery into the books of an account and says what it did.

    Must run inside the caller's transaction; its first statement locks the account row, the lock that
    imports, undo, disconnect and delete take too. Posting the same delivery again writes no row. `drafts`: rows
    of lines that were likely to be new, made ready before the lock; which ones are new is decided under it.
    """
    Account.objects.select_for_update().only("pk").get(pk=account.pk)
    posting = Posting(account.pk, delivery, run, now)
    posting.journal.drafts = drafts
    posting.decide()
    posting.journal.write()
    tally = posting.tally
    merged, doubtful = twins.merge_twins(account.pk, delivery.feed, posting.moved, run, now)
    tally.merged += merged
    if delivery.completes_history:
        posting.removed += withdrawal.sweep(account.pk, delivery.feed, run, now)
    tally.removed = len(posting.removed)
    holding.release(account.pk, delivery, posting.restored, now)
    tally.held = holding.keep(account.pk, delivery, posting.suggestions + doubtful, posting.removed, run)
    return tally


class Posting:
    """The decisions of one post. `decide` reads only; nothing is written before `journal.write`."""

    def __init__(
        self,
        account_id: int,
        delivery: Delivery,
        run: SyncLog | None,
        now: datetime.datetime,
        books: Knowledge = lookup,
    ) -> None:
        self.books = books
        self.account_id = account_id
        self.delivery = delivery
        self.feed = delivery.feed
        self.now = now
        self.journal = Journal(account_id, delivery.feed, run)
        self.tally = Tally()
        self.moved: dict[int, StatementLine] = {}  # rows whose amount, date or pending state changed, and restored ones
        self.suggestions: list[tuple[StatementLine, int]] = []  # a line and the row it may be the same as
        self.removed: list[Row] = []  # rows that no feed vouches for any more
        self.restored: list[int] = []
        self.claimed: dict[int, StatementLine] = {}  # a row and the line that speaks for it
        self.settled: set[int] = set()  # records that a posted line has taken over from
        names = {line.external_id for line in delivery.lines} | {line.pending_id for line in delivery.lines}
        self.records, self.rows = books.records_named(account_id, self.feed, (names | delivery.removed_ids) - {""})
        self.current = books.current_records(self._rows_of_other_names())

    def decide(self) -> None:
        unknown = [line for line in self.delivery.lines if not self._identify(line)]
        unsettled = [line for line in unknown if not self._settle(line)]
        withdrawn = self._withdrawn()
        open_to_likeness = [line for line in unsettled if line.external_id not in self.delivery.kept_apart]
        self._pair(open_to_likeness, withdrawn)
        spoken = {line.external_id for line in self.claimed.values()}
        for line in unsettled:
            if line.external_id not in spoken:
                self.journal.insert(line)
                self.tally.added += 1
        self._withdraw(withdrawn)

    def _rows_of_other_names(self) -> set[int]:
        """Rows for which it matters who else names them: moved from another feed, settled or withdrawn."""
        resent = {line.external_id for line in self.delivery.lines}
        return {
            record.row_id
            for record in self.records.values()
            if record.feed != self.feed or not record.is_current or record.external_id not in resent
        }

    # 1. Same id

    def _identify(self, line: StatementLine) -> bool:
        record = self.records.get(line.external_id)
        if record is None:
            return False
        if record.state == State.SUPERSEDED:
            self.tally.unchanged += 1
            return True
        if record.row_id in self.claimed or self._named_otherwise(record):
            self.journal.drop_record(record.id)
            return False
        if record.feed == self.feed and record.is_current:
            self.journal.see_record(record.id)
        else:
            self._supersede_earlier_links(record.row_id, but=record)
            self.journal.move_record(record.id)
        self._apply(self.rows[record.row_id], line, Kind.UPDATED, "The bank changed it")
        return True

    def _named_otherwise(self, record: Record) -> bool:
        """Whether the feed has another current name for the record's row."""
        return any(
            other.feed == self.feed and other.id != record.id and other.external_id not in self.delivery.removed_ids
            for other in self.current.get(record.row_id, ())
        )

    def _supersede_earlier_links(self, row_id: int, *, but: Record | None = None) -> None:
        """A row that the current link names is no longer vouched for by earlier links of the account."""
        if feeds.kind(self.feed) != feeds.PLAID:
            return
        for other in self.current.get(row_id, ()):
            if other.feed != self.feed and feeds.kind(other.feed) == feeds.PLAID and other != but:
                self.journal.set_record(other.id, State.WITHDRAWN)

    # 2. Settling

    def _settle(self, line: StatementLine) -> bool:
        record = self.records.get(line.pending_id) if line.pending_id else None
        if record is None or record.state == State.SUPERSEDED or record.row_id in self.claimed:
            return False
        if self._named_otherwise(record):
            return False
        row = self.rows[record.row_id]
        self.journal.set_record(record.id, State.SUPERSEDED)
        self.settled.add(record.id)
        self._supersede_earlier_links(row.id, but=record)
        self.journal.add_record(row.id, line.external_id)
        was = f"was {money_text(row.amount, row.currency)}" if row.amount != line.amount else "same amount"
        self._apply(row, line, Kind.SETTLED, f"Settled, {was}")
        return True

    # 3. and 4. Same purchase in another feed, or sent again under a new id

    def _pair(self, lines: list[StatementLine], withdrawn: list[Record]) -> None:
        """Lets lines claim the rows that they pair with by likeness."""
        if not lines:
            return
        rows = self.books.rows_like(self.account_id, self.feed, lines, self.now)
        rows.update((record.row_id, self.rows[record.row_id]) for record in withdrawn)
        free = {row_id: row for row_id, row in rows.items() if row_id not in self.claimed}
        pairing = pair(lines, (row.as_candidate() for row in free.values()))
        self.current.update(self.books.current_records({found.candidate.row_id for found in pairing.same}))
        for found in pairing.same:
            self._merge(lines[found.line], free[found.candidate.row_id], found)
        self.suggestions += [(lines[found.line], found.candidate.row_id) for found in pairing.doubtful]

    def _merge(self, line: StatementLine, row: Row, found: Pair) -> None:
        self._supersede_earlier_links(row.id)
        self.journal.add_record(row.id, line.external_id)
        how = in_days(found.days)
        whose = said_by(row.source) if row.source != self.feed else "under another id"
        reason = f"Same purchase as known from {whose}: same amount, {how}"
        self._apply(row, line, Kind.MERGED, reason)

    # Rows

    def _apply(self, row: Row, line: StatementLine, kind: str, reason: str) -> None:
        """Lets a line speak for a row: bank columns if its feed owns them, and the row is live again."""
        self.claimed[row.id] = line
        before, after = self._take_over(row, line)
        if row.is_removed_by_bank:
            self.restored.append(row.id)
            self.journal.update_row(row.id, removed_at=None, removal_reason="")
            before["removed_at"], after["removed_at"] = row.removed_at, None
            if kind == Kind.UPDATED:
                kind, reason = Kind.RESTORED, f"Sent again by {said_by(self.feed)}"
        if kind == Kind.MERGED:
            after["line"] = facts_of(line)
        if after or kind != Kind.UPDATED:
            self.journal.log(row.id, kind, reason, before=before, after=after)
        self._count(kind, is_changed=bool(after))
        is_hidden = row.removal_reason == Transaction.RemovalReason.USER
        if kind != Kind.MERGED and not is_hidden and not after.keys().isdisjoint(_CALLS_FOR_A_LOOK):
            self.moved[row.id] = line

    def _take_over(self, row: Row, line: StatementLine) -> tuple[dict[str, object], dict[str, object]]:
        """Writes the bank columns if the feed owns them. When another kind of source gives way, `before`
        and `after` keep all that was said, so that it can be put back."""
        if not _owns(self.feed, row.source):
            return {}, {}
        before, after = difference(row, bank_facts(line))
        if feeds.kind(row.source) != feeds.kind(self.feed):
            before = dict(zip(BANK_COLUMNS, row.bank_facts, strict=True)) | {"source": row.source}
            after = before | after | {"source": self.feed}
        elif row.source != self.feed:
            self.journal.adopt_row(row.id)
        if after:
            self.journal.update_row(row.id, **after)
        return before, after

    def _count(self, kind: str, *, is_changed: bool) -> None:
        if kind == Kind.MERGED:
            self.tally.merged += 1
        elif is_changed or kind == Kind.SETTLED:
            self.tally.modified += 1
        else:
            self.tally.unchanged += 1

    # Removal

    def _withdrawn(self) -> list[Record]:
        """Current records that the feed takes back; those whose successor is held are kept."""
        awaited = {line.pending_id for line in self.delivery.unpostable if line.pending_id}
        taken_back = self.delivery.removed_ids - awaited
        return [
            record
            for name, record in self.records.items()
            if name in taken_back and record.is_current and record.id not in self.settled
        ]

    def _withdraw(self, withdrawn: list[Record]) -> None:
        rows = {record.row_id: self.rows[record.row_id] for record in withdrawn}
        unclaimed = {row_id: row for row_id, row in rows.items() if row_id not in self.claimed}
        for record in withdrawn:
            self.journal.set_record(record.id, State.WITHDRAWN)
        gone = {record.id for record in withdrawn}
        self.removed = withdrawal.let_go(self.journal, unclaimed, self.current, gone, self.now, self.books)


def _owns(feed: str, owner: str) -> bool:
    """Whether a feed may write the bank columns of a row that `owner` wrote last."""
    if feeds.kind(feed) == feeds.kind(owner) == feeds.PLAID:
        return True
    return feed == owner or feeds.rank(feed) < feeds.rank(owner)


def facts_of(line: StatementLine) -> dict[str, object]:
    """What a merged line said: its id and its bank facts, so that it can be a row of its own again."""
    return {"external_id": line.external_id, **dict(zip(BANK_COLUMNS, bank_facts(line), strict=True))}
