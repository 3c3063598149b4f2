"""Equal purchases of one day, from sources that name them differently, in any order and with imports undone."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.lines import StatementLine, identified
from accounts.models import Account, SyncLog
from accounts.undo import undo
from tests.accounts.conftest import Books, line

pytestmark = pytest.mark.django_db

COFFEE = (5, "4.50")
STEPS = st.one_of(
    st.tuples(st.just("sync"), st.integers(1, 3)),
    st.tuples(st.just("import_ofx"), st.sets(st.integers(1, 4), min_size=1, max_size=3)),
    st.tuples(st.just("import_csv"), st.integers(1, 3)),
    st.tuples(st.just("undo"), st.integers(0, 5)),
)


@dataclass
class Coffees:
    """Coffees of one day as a bank and files tell of them; `imports`: what is not undone, run -> (feed, names)."""

    books: Books
    at_the_bank: int = 0
    imports: dict[int, tuple[str, set[str]]] = field(default_factory=dict)

    def sync(self, count: int) -> None:
        self.at_the_bank = max(self.at_the_bank, count)
        self.books.post([line(f"bank-{number}", *COFFEE) for number in range(self.at_the_bank)])

    def import_ofx(self, ids: set[int]) -> None:
        """A file with an id for each coffee; another file may call the same coffee by another id."""
        self._import("ofx", [line(f"fit-{number}", *COFFEE) for number in sorted(ids)])

    def import_csv(self, count: int) -> None:
        self._import("csv:chase", list(identified([line("", *COFFEE)] * count)))

    def _import(self, feed: str, lines: list[StatementLine]) -> None:
        self.books.post(lines, feed=feed)
        self.imports[SyncLog.objects.latest("id").pk] = (feed, {said.external_id for said in lines})

    def undo(self, number: int) -> None:
        if not self.imports:
            return
        run_id = sorted(self.imports)[number % len(self.imports)]
        feed, _names = self.imports.pop(run_id)
        vouchers = {name: other for other, (its, names) in self.imports.items() if its == feed for name in names}
        undo(SyncLog.objects.get(pk=run_id), vouchers=vouchers, now=self.books.now)

    def told_by(self, feed: str) -> int:
        return len(set().union(*(names for its, names in self.imports.values() if its == feed)))


@settings(max_examples=60)
@given(st.lists(STEPS, min_size=2, max_size=8))
def test_there_are_as_many_as_one_source_knows_and_any_more_are_listed(db, steps):
    coffees = Coffees(Books(Account.objects.create(name="Everyday Checking")))
    for step, what in steps:
        getattr(coffees, step)(what)
    known = max(coffees.at_the_bank, coffees.told_by("ofx"), coffees.told_by("csv:chase"))
    surplus = len(coffees.books.rows()) - known
    assert 0 <= surplus <= len(coffees.books.held("possible_duplicate"))
