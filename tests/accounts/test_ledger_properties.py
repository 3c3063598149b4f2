"""Random histories of one account at a bank, with files and edits in between: nothing is lost or counted twice."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts import decisions, set_aside
from accounts.holding import CannotDecide
from accounts.lines import StatementLine, identified
from accounts.merging import CannotMerge, CannotUnmerge, is_undoable, unmerge
from accounts.models import Account, HeldLine, SourceRecord, SyncLog, Transaction, TransactionChange
from accounts.undo import foresee, undo
from tests.accounts.conftest import Books, line

days = st.integers(1, 12)
amounts = st.sampled_from(["4.50", "4.50", "12.00", "-4.50"])


class Bank:
    """What the bank holds, and what it will say at the next sync."""

    def __init__(self) -> None:
        self.numbers = count(1)
        self.lines: dict[str, StatementLine] = {}
        self.news: dict[str, StatementLine] = {}
        self.removed: set[str] = set()

    def new_id(self) -> str:
        return f"bank-{next(self.numbers)}"

    def say(self, said: StatementLine) -> None:
        self.lines[said.external_id] = self.news[said.external_id] = said

    def take_back(self, external_id: str) -> StatementLine:
        self.news.pop(external_id, None)
        self.removed.add(external_id)
        return self.lines.pop(external_id)


@dataclass
class History:
    draw: Callable
    books: Books
    bank: Bank
    feed: str = "plaid:1"
    edits: int = 0
    imports: dict[int, set[str]] = field(default_factory=dict)  # run -> the ids of its lines

    def pick(self, *, pending: bool | None = None) -> str | None:
        ids = sorted(name for name, said in self.bank.lines.items() if pending in (None, said.is_pending))
        return self.draw(st.sampled_from(ids)) if ids else None

    def add(self) -> None:
        is_pending = self.draw(st.booleans())
        self.bank.say(line(self.bank.new_id(), self.draw(days), self.draw(amounts), is_pending=is_pending))

    def settle(self) -> None:
        pending = self.pick(pending=True)
        if pending:
            tip, delay = self.draw(st.sampled_from([0, 0, 5])), self.draw(st.integers(0, 2))
            old = self.bank.take_back(pending)
            posted = replace(
                old,
                external_id=self.bank.new_id(),
                pending_id=pending,
                is_pending=False,
                amount=old.amount + Decimal(tip),
                date=old.date + timedelta(days=delay),
            )
            self.bank.say(posted)

    def modify(self) -> None:
        if name := self.pick():
            self.bank.say(replace(self.bank.lines[name], amount=Decimal(self.draw(amounts))))

    def remove(self) -> None:
        if name := self.pick():
            self.bank.take_back(name)

    def churn(self) -> None:
        if name := self.pick():
            self.bank.say(replace(self.bank.take_back(name), external_id=self.bank.new_id(), pending_id=""))

    def sync(self) -> None:
        self.books.post(list(self.bank.news.values()), feed=self.feed, removed=sorted(self.bank.removed))
        self.bank.news.clear()
        self.bank.removed.clear()

    def relink(self) -> None:
        renamed = [replace(said, external_id=self.bank.new_id(), pending_id="") for said in self.bank.lines.values()]
        self.bank.lines = {said.external_id: said for said in renamed}
        self.reset()

    def reset(self) -> None:
        self.bank.news.clear()
        self.bank.removed.clear()
        self.feed = f"plaid:{int(self.feed.partition(':')[2]) + 1}"
        self.books.post(list(self.bank.lines.values()), feed=self.feed, completes_history=True)

    def import_file(self) -> None:
        posted = [said for said in self.bank.lines.values() if not said.is_pending]
        chosen = [replace(said, external_id="", pending_id="") for said in posted if self.draw(st.booleans())]
        named = list(identified(chosen))
        self.books.post(named, feed="csv:chase")
        self.imports[SyncLog.objects.latest("id").pk] = {said.external_id for said in named}

    def undo_import(self) -> None:
        if self.imports:
            run_id = self.draw(st.sampled_from(sorted(self.imports)))
            del self.imports[run_id]
            vouchers = {name: other for other, names in self.imports.items() for name in names}
            run = SyncLog.objects.get(pk=run_id)
            foreseen = foresee(run, vouchers=vouchers)
            assert undo(run, vouchers=vouchers, now=self.books.now) == foreseen

    def take_apart(self) -> None:
        changes = TransactionChange.objects.filter(transaction__account=self.books.account, kind="merged").order_by(
            "id"
        )
        undoable = [change for change in changes if is_undoable(change)]
        if undoable:
            with suppress(CannotUnmerge):
                unmerge(self.draw(st.sampled_from(undoable)), now=self.books.now)

    def decide(self) -> None:
        held = self.books.held("possible_duplicate")
        if held:
            choice = self.draw(st.sampled_from([decisions.same_purchase, decisions.two_purchases]))
            with suppress(CannotMerge):
                choice(self.draw(st.sampled_from(held)), now=self.books.now)

    def decide_about_withdrawn(self) -> None:
        if held := self.books.held("withdrawn_but_edited"):
            choice = self.draw(st.sampled_from([set_aside.restore, set_aside.let_go]))
            with suppress(CannotDecide):
                choice(self.draw(st.sampled_from(held)), now=self.books.now)

    def take_decision_back(self) -> None:
        decided = HeldLine.objects.filter(account=self.books.account).exclude(decision="").order_by("id")
        if decided:
            held = self.draw(st.sampled_from(list(decided)))
            with suppress(CannotDecide, CannotUnmerge):
                if held.reason == HeldLine.Reason.POSSIBLE_DUPLICATE:
                    decisions.take_back(held, now=self.books.now)
                else:
                    set_aside.take_back(held)

    def edit(self) -> None:
        rows = list(Transaction.objects.live().filter(account=self.books.account).order_by("id"))
        if rows:
            self.edits += 1
            row = self.draw(st.sampled_from(rows))
            row.edit(notes=f"{row.notes} note-{self.edits}")


STEPS = [
    "add",
    "add",
    "add",
    "settle",
    "modify",
    "remove",
    "churn",
    "sync",
    "sync",
    "relink",
    "reset",
    "import_file",
    "edit",
    "undo_import",
    "take_apart",
    "decide",
    "decide_about_withdrawn",
    "take_decision_back",
]


def check_invariants(history: History) -> None:
    account = history.books.account
    records = SourceRecord.objects.filter(account=account, state="current").select_related("transaction")
    banks = {record.external_id: record.transaction for record in records if record.feed == history.feed}
    assert banks.keys() == history.bank.lines.keys()
    for name, said in history.bank.lines.items():
        row = banks[name]
        assert (row.date, row.amount, row.is_pending, row.removed_at) == (said.date, said.amount, said.is_pending, None)
    assert len({row.pk for row in banks.values()}) == len(banks)
    vouched = {record.transaction_id for record in records}
    live = set(Transaction.objects.live().filter(account=account).values_list("pk", flat=True))
    assert live == vouched
    every_note = " ".join(Transaction.objects.filter(account=account).values_list("notes", flat=True)).split()
    assert set(every_note) == {f"note-{number}" for number in range(1, history.edits + 1)}
    listed = HeldLine.objects.open() | HeldLine.objects.filter(decision=HeldLine.Decision.LET_GO)
    aside = listed.filter(account=account).values_list("candidate_id", flat=True)
    edited_and_gone = Transaction.objects.filter(account=account, removal_reason="bank").exclude(notes="")
    assert set(edited_and_gone.values_list("pk", flat=True)) <= set(aside)


@pytest.mark.django_db
@settings(max_examples=60)
@given(st.data())
def test_whatever_happens_the_books_equal_the_bank_and_edits_survive(db, data):
    books = Books(Account.objects.create(name="Everyday Checking"))
    history = History(data.draw, books, Bank())
    for step in data.draw(st.lists(st.sampled_from(STEPS), min_size=5, max_size=40)):
        getattr(history, step)()
    history.sync()
    check_invariants(history)


@pytest.mark.django_db
@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(-1, 1)), min_size=1, max_size=10), st.data())
def test_the_order_of_sources_does_not_change_the_books(db, slots, data):
    """Wherever no two equal amounts lie within four days."""
    purchases = [(1 + 5 * day, 100 + number, shift) for number, (day, shift) in enumerate(slots)]
    bank = [line(f"bank-{amount}", 5 + day, f"{amount}.00") for day, amount, _ in purchases]
    file = [line(f"file-{amount}", 5 + day + shift, f"{amount}.00") for day, amount, shift in purchases]
    cut = data.draw(st.integers(0, len(purchases)))
    orders = [
        [("plaid:1", bank), ("csv:x", file)],
        [("csv:x", file), ("plaid:1", bank)],
        [("csv:x", file[:cut]), ("plaid:1", bank), ("csv:x", file[cut:])],
        [("plaid:1", bank[:cut]), ("csv:x", file), ("plaid:1", bank[cut:])],
    ]
    outcomes = []
    for order in orders:
        books = Books(Account.objects.create(name="Everyday Checking"))
        for feed, lines in order:
            books.post(lines, feed=feed)
        outcomes.append(books.rows())
    assert outcomes == [outcomes[0]] * len(orders)
    assert len(outcomes[0]) == len(purchases)
