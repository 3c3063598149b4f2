"""Random histories of one account in memory: the ledger's own decisions, without a database or a server."""

import datetime
import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, timedelta
from decimal import Decimal
from itertools import count

from accounts.lines import Delivery, StatementLine, identified
from accounts.lookup import Row
from tests.prove.memory import Memory

STEPS = 40
_FIRST_DAY = datetime.date(2026, 3, 1)
_AMOUNTS = [Decimal(text) for text in ("4.50", "4.50", "12.00", "-4.50", "19.99", "7.25", "0.00", "101.10")]
_DOINGS = (
    *("add", "add", "add", "twin", "settle", "settle", "modify", "remove", "restore", "churn", "post_late"),
    *("sync", "sync", "sync", "sync_that_is_lost", "relink", "reset", "import_file", "edit", "edit"),
)


@dataclass
class History:
    """One account at a bank and in the books; `seed` says all that happens."""

    seed: int
    books: Memory = field(default_factory=Memory)
    lines: dict[str, StatementLine] = field(default_factory=dict)
    news: dict[str, StatementLine] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    gone: list[StatementLine] = field(default_factory=list)
    late: list[StatementLine] = field(default_factory=list)
    feed: str = "plaid:1"
    edits: int = 0
    is_swept: bool = True
    now: datetime.datetime = datetime.datetime(2026, 4, 1, tzinfo=UTC)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.numbers = count(1)

    def live_through(self) -> list[str]:
        """Everything happens, then one clean sync; gives the names of the invariants that do not hold."""
        for _ in range(STEPS):
            getattr(self, self.chance.choice(_DOINGS))()
        self.sync()
        return [*self._violations(), *self._not_idempotent()]

    # At the bank

    def add(self) -> None:
        day = _FIRST_DAY + timedelta(days=self.chance.randrange(12))
        is_pending = self.chance.random() < 0.4
        self._say(self._line(day, self.chance.choice(_AMOUNTS), is_pending=is_pending))

    def twin(self) -> None:
        if line := self._any(list(self.lines.values())):
            self._say(replace(line, external_id=self._id(), pending_id=""))

    def settle(self) -> None:
        line = self._any([line for line in self.lines.values() if line.is_pending])
        if line is None:
            return
        how = self.chance.choice(["plain", "plain", "tip", "late", "split", "unlinked", "removed first"])
        self._take_back(line)
        posted = replace(
            line,
            external_id=self._id(),
            pending_id="" if how == "unlinked" else line.external_id,
            is_pending=False,
            amount=line.amount + (5 if how == "tip" else 0),
            date=line.date + timedelta(days=4 if how == "late" else self.chance.randrange(3)),
        )
        if how == "removed first":
            self.late.append(posted)
            return
        self._say(posted)
        if how == "split":
            self._say(replace(posted, external_id=self._id(), amount=Decimal("1.00")))

    def post_late(self) -> None:
        if line := self._any(self.late):
            self.late.remove(line)
            self._say(line)

    def modify(self) -> None:
        if line := self._any(list(self.lines.values())):
            self._say(replace(line, amount=self.chance.choice(_AMOUNTS)))

    def remove(self) -> None:
        if line := self._any(list(self.lines.values())):
            self._take_back(line)
            self.gone.append(line)

    def restore(self) -> None:
        if line := self._any(self.gone):
            self.gone.remove(line)
            self._say(replace(line, external_id=self._id(), pending_id=""))

    def churn(self) -> None:
        if line := self._any(list(self.lines.values())):
            self._take_back(line)
            self._say(replace(line, external_id=self._id(), pending_id=""))

    # In the books

    def sync(self) -> None:
        self._post(Delivery(self.feed, list(self.news.values()), frozenset(self.removed)))
        self.news.clear()
        self.removed.clear()

    def sync_that_is_lost(self) -> None:
        """A run that dies before its commit: nothing is written, and the bank will tell everything again."""
        Memory.post(_copy(self.books), Delivery(self.feed, list(self.news.values()), frozenset(self.removed)), self.now)

    def relink(self) -> None:
        renamed = [replace(line, external_id=self._id(), pending_id="") for line in self.lines.values()]
        self.lines = {line.external_id: line for line in renamed}
        self.late = [replace(line, pending_id="") for line in self.late]
        self.reset()

    def reset(self) -> None:
        self.news.clear()
        self.removed.clear()
        self.feed = f"plaid:{int(self.feed.partition(':')[2]) + 1}"
        self._post(Delivery(self.feed, list(self.lines.values()), completes_history=True))
        self.is_swept = self.is_swept and not self._left_over()

    def import_file(self) -> None:
        posted = [line for line in self.lines.values() if not line.is_pending]
        shift = timedelta(days=self.chance.choice([0, 0, 0, 1, -1, 2, 4]))
        chosen = [
            replace(line, external_id="", pending_id="", date=line.date + shift)
            for line in posted
            if self.chance.random() < 0.6
        ]
        self._post(Delivery("csv:x", list(identified(chosen))))

    def edit(self) -> None:
        if row := self._any([row for row in self.books.rows.values() if row.removed_at is None]):
            self.edits += 1
            self.books.rows[row.id] = row._replace(notes=f"{row.notes} note-{self.edits}")

    def _post(self, delivery: Delivery) -> None:
        self.now += timedelta(hours=1)
        self.books.post(delivery, self.now)

    def _any(self, things: list):
        return self.chance.choice(things) if things else None

    def _id(self) -> str:
        return f"bank-{next(self.numbers)}"

    def _line(self, day: datetime.date, amount: Decimal, *, is_pending: bool) -> StatementLine:
        text = self.chance.choice(["BLUE BOTTLE", "SAFEWAY 0042"])
        return StatementLine(self._id(), day, amount, "USD", text, is_pending=is_pending)

    def _say(self, line: StatementLine) -> None:
        self.lines[line.external_id] = self.news[line.external_id] = line

    def _take_back(self, line: StatementLine) -> None:
        self.news.pop(line.external_id, None)
        self.removed.add(line.external_id)
        del self.lines[line.external_id]

    # What must hold

    def _violations(self) -> list[str]:
        current = [record for record in self.books.records.values() if record.is_current]
        rows = {record.external_id: self.books.rows[record.row_id] for record in current if record.feed == self.feed}
        live = {row.id for row in self.books.rows.values() if row.removed_at is None}
        found = []
        if self.lines.keys() - rows.keys():
            found.append("lost")
        if rows.keys() - self.lines.keys() or live != {record.row_id for record in current}:
            found.append("ghost")
        if any(_said(rows[name]) != _said(line) for name, line in self.lines.items() if name in rows):
            found.append("facts")
        if len({row.id for row in rows.values()}) != len(rows) or _named_twice(current):
            found.append("ids")
        if not self.is_swept:
            found.append("ghost of an earlier link")
        return found + ([] if self._edits_survive() else ["edit"])

    def _left_over(self) -> bool:
        """Whether a row that only an earlier link knows lies well inside what the present one has sent."""
        days = [line.date for line in self.lines.values()]
        known_now = {record.row_id for record in self.books.records.values() if record.feed == self.feed}
        rows = [row for row in self.books.rows.values() if row.source.startswith("plaid:") and row.removed_at is None]
        others = [row for row in rows if row.id not in known_now and not self._in_a_file(row)]
        border = timedelta(days=2)
        return any(row.is_pending or (days and min(days) + border <= row.date <= max(days) - border) for row in others)

    def _in_a_file(self, row: Row) -> bool:
        return any(each.row_id == row.id and each.feed == "csv:x" for each in self.books.records.values())

    def _edits_survive(self) -> bool:
        notes = {note for row in self.books.rows.values() for note in row.notes.split()}
        by_bank = [row for row in self.books.rows.values() if row.is_removed_by_bank and row.notes]
        is_listed = all(row.id in self.books.listed for row in by_bank)
        return is_listed and notes == {f"note-{number}" for number in range(1, self.edits + 1)}

    def _not_idempotent(self) -> list[str]:
        before = (dict(self.books.rows), dict(self.books.records))
        self._post(Delivery(self.feed, list(self.lines.values())))
        return [] if (self.books.rows, self.books.records) == before else ["idempotence"]


def _said(said: Row | StatementLine) -> tuple[object, ...]:
    return said.date, said.amount, said.is_pending


def _named_twice(current: list) -> bool:
    return any(times > 1 for times in Counter((each.row_id, each.feed) for each in current).values())


def _copy(books: Memory) -> Memory:
    return Memory(dict(books.rows), dict(books.records), set(books.listed), list(books.told))


def simulate(first: int, histories: int) -> Counter[str]:
    """Lives through the histories of these seeds; counts them, and for each violation its kind and its seed."""
    found: Counter[str] = Counter()
    for seed in range(first, first + histories):
        found["histories"] += 1
        try:
            kinds = History(seed).live_through()
        except (LookupError, AssertionError) as error:  # a decision that can't even be written
            kinds = [repr(error)]
        for kind in kinds:
            found[f"{kind} in {seed}"] += 1
    return found
