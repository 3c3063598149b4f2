"""The state machine: everything that can happen to a linked account, in any order, and what must hold afterwards."""

import sys
from collections.abc import Callable
from functools import partial

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from accounts.models import SyncLog, Transaction
from plaid_sync.emulator.bank import Row
from plaid_sync.emulator.faults import PlannedFault
from plaid_sync.models import PlaidItem
from plaid_sync.stream_run import Outcome
from plaid_sync.vault import decrypt_token
from tests.prove import invariants
from tests.prove.household import SYNC, Household
from tests.prove.interruptions import dying_after

AMOUNTS = st.sampled_from(["4.50", "4.50", "4.50", "12.00", "-4.50", "19.99", "7.25", "0.00", "101.10", "55.01"])
TEXTS = st.sampled_from(["BLUE BOTTLE", "Blue  Bottle #42", "SAFEWAY 0042"])
SETTLED = st.sampled_from(["plain", "plain", "tip", "late", "split", "unlinked", "removed first"])
SHIFTS = st.sampled_from([0, 0, 0, 1, -1, 2, 4])
NUMBERS = st.integers(0, 10_000)
MUTATION = "TRANSACTIONS_ERROR/TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION"
KINDS: list[tuple[str, object]] = [
    ("error", MUTATION),
    ("error", "ITEM_ERROR/ITEM_LOGIN_REQUIRED"),
    ("error", "INSTITUTION_ERROR/INSTITUTION_DOWN"),
    ("error", "API_ERROR/INTERNAL_SERVER_ERROR"),
    ("error", "ITEM_ERROR/NEW_AND_UNHEARD_OF"),
    ("rate_limit", None),
    ("rate_limit", 90),
    ("page", 502),
    ("page", 503),
    ("hang_up", None),
    ("reset", None),
    ("cut", None),
    ("half_json", None),
    ("body", "<html>"),
    ("not_gzip", None),
    ("set", {"at": "next_cursor", "value": ""}),
    ("set", {"at": "added", "value": None}),
    ("set", {"at": "added.0.amount", "value": None}),
    ("set", {"at": "added.0.amount", "value": "4.50"}),
    ("set", {"at": "modified.0.date", "value": "yesterday"}),
    ("set", {"at": "added.1.pending", "value": None}),
    ("set", {"at": "added.0.account_id", "value": "of-somebody-else"}),
    ("drop", {"at": "added.0.transaction_id"}),
    ("set", {"at": "added.0.payment_channel", "value": "telepathy"}),
    ("copy", {"at": "added.0", "to": "added"}),
    ("copy", {"at": "added.0", "to": "modified"}),
]
FAULTS = st.lists(
    st.builds(
        lambda how, call, times: PlannedFault(SYNC, how[0], how[1], call, times),
        st.sampled_from(KINDS),
        st.integers(1, 4),
        st.integers(1, 4),
    ),
    min_size=1,
    max_size=3,
)


def machine_of(new_household: Callable[[], Household]) -> "type[Histories]":
    """The machine, with a household of its own for every history."""
    return type("Machine", (Histories,), {"new_household": staticmethod(new_household), "lived": 0})


CHECKS = (
    invariants.books_equal_the_bank,
    invariants.no_row_without_a_line,
    invariants.files_and_bank_agree,
    invariants.edits_survive,
    invariants.balances_agree,
    invariants.runs_are_finished,
    invariants.no_secret_is_stored,
    invariants.a_further_sync_writes_nothing,
)


class Histories(RuleBasedStateMachine):
    """Each rule is one thing that happens; `end` and `all_is_well` make one clean sync and look at everything."""

    new_household: Callable[[], Household]
    lived = 0  # histories, those that Hypothesis repeats included

    @initialize()
    def begin(self) -> None:
        type(self).lived += 1
        self.household, self.neighbour = self.new_household(), self.new_household()
        self.household.add("4.50", 3, "SAFEWAY 0042", pending=False)
        self.household.add("19.99", 1, "BLUE BOTTLE", pending=True)
        self.neighbour.add("12.00", 1, "BLUE BOTTLE", pending=False)
        self.neighbour.sync()
        self.neighbours_books = invariants.dump(self.neighbour)

    def teardown(self) -> None:
        if not hasattr(self, "household"):
            return
        try:
            if sys.exception() is None:
                self.all_is_well()
        finally:
            self.household.end()

    def _pick(self, rows: list[Row], number: int) -> Row | None:
        return rows[number % len(rows)] if rows else None

    # The bank

    @rule(amount=AMOUNTS, days=st.integers(0, 8), text=TEXTS, pending=st.booleans())
    def add(self, amount: str, days: int, text: str, pending: bool) -> None:
        self.household.add(amount, days, text, pending=pending)

    @rule(number=NUMBERS, pending=st.booleans())
    def add_a_twin(self, number: int, pending: bool) -> None:
        if row := self._pick(self.household.rows(), number):
            days = (self.household.server.world.today - row.date).days
            amount = f"{row.cents / 100:.2f}"
            self.household.add(amount, max(days, 0), row.description, pending=pending)

    @rule(number=NUMBERS, how=SETTLED)
    def settle(self, number: int, how: str) -> None:
        if row := self._pick(self.household.rows(pending=True), number):
            self.household.settle(row, how)

    @rule(number=NUMBERS)
    def post_late(self, number: int) -> None:
        if self.household.late:
            self.household.post_late(*self.household.late[number % len(self.household.late)])

    @rule(number=NUMBERS, amount=AMOUNTS)
    def modify(self, number: int, amount: str) -> None:
        if row := self._pick(self.household.rows(), number):
            self.household.modify(row, amount)

    @rule(number=NUMBERS)
    def remove(self, number: int) -> None:
        if row := self._pick(self.household.rows(), number):
            self.household.remove(row)

    @rule(number=NUMBERS)
    def restore(self, number: int) -> None:
        if row := self._pick(self.household.gone, number):
            self.household.restore(row)

    @rule(number=NUMBERS)
    def churn(self, number: int) -> None:
        if row := self._pick(self.household.rows(), number):
            self.household.churn(row)

    @rule()
    def pass_a_day(self) -> None:
        self.household.pass_a_day()

    # The books

    @rule()
    def sync(self) -> None:
        self._watched(self.household.sync)

    @rule()
    def sync_again(self) -> None:
        self._watched(self.household.sync)

    @rule()
    def sync_with_little_time(self) -> None:
        self._watched(partial(self.household.sync, work_seconds=0.5))

    @rule(faults=FAULTS)
    def sync_with_faults(self, faults: list[PlannedFault]) -> None:
        self.household.order(faults)
        self._watched(self.household.sync)
        self.household.order([])

    @rule(statements=st.integers(0, 70))
    def sync_and_die(self, statements: int) -> None:
        with dying_after(statements):
            self.household.sync()
        invariants.the_cursor_is_never_ahead(self.household)

    @rule(faults=FAULTS, statements=st.integers(0, 70))
    def sync_with_faults_and_die(self, faults: list[PlannedFault], statements: int) -> None:
        self.household.order(faults)
        self.sync_and_die(statements)
        self.household.order([])

    @rule(call=st.integers(1, 3))
    def sync_with_a_second_run_inside(self, call: int) -> None:
        seen: list[Outcome | None] = []
        self.household.sync_meanwhile(call, lambda: seen.append(self.household.sync()))
        assert all(each is None or each.log is None for each in seen), "two runs at once"

    @rule(call=st.integers(1, 3))
    def sync_that_is_overtaken(self, call: int) -> None:
        def overtake() -> None:
            self.household.lease_runs_out()
            self._watched(self.household.sync)

        before = self.household.sync_meanwhile(call, overtake)
        invariants.the_cursor_is_never_ahead(self.household)
        assert before is None or before.status != "running"

    @rule(call=st.integers(2, 3), number=NUMBERS, amount=AMOUNTS)
    def sync_while_the_bank_changes(self, call: int, number: int, amount: str) -> None:
        self.household.sync_meanwhile(call, partial(self.modify, number=number, amount=amount))
        invariants.the_cursor_is_never_ahead(self.household)

    @rule(call=st.integers(1, 3))
    def sync_while_the_account_is_disconnected(self, call: int) -> None:
        live = Transaction.objects.filter(account=self.household.account_id).count()
        self.household.sync_meanwhile(call, self.household.disconnect)
        if self.household.linked is None:
            assert Transaction.objects.filter(account=self.household.account_id).count() == live
        self.household.relink()

    @rule(call=st.integers(1, 3))
    def sync_while_the_account_is_relinked(self, call: int) -> None:
        self.household.sync_meanwhile(call, self.household.relink)
        invariants.the_cursor_is_never_ahead(self.household)

    @rule(call=st.integers(1, 3))
    def sync_while_the_keys_change(self, call: int) -> None:
        self.household.sync_meanwhile(call, self.household.rotate_keys)

    @rule(call=st.integers(1, 2))
    def sync_while_the_account_is_deleted(self, call: int) -> None:
        former = self.household.account_id
        self.household.sync_meanwhile(call, self.household.delete)
        self.household.delete()
        invariants.nothing_is_left_of(former)
        self.household.connect()

    @rule(call=st.integers(1, 3), chosen=st.lists(NUMBERS, min_size=1, max_size=4), feed=st.sampled_from(["csv:x"]))
    def sync_while_a_file_is_imported(self, call: int, chosen: list[int], feed: str) -> None:
        self.household.sync_meanwhile(call, partial(self._import, chosen, feed, 0))

    @rule()
    def lease_runs_out(self) -> None:
        self.household.lease_runs_out()

    @rule()
    def lose_the_cursor(self) -> None:
        self.household.lose_cursor()

    @rule()
    def relink(self) -> None:
        self.household.relink()

    @rule()
    def disconnect(self) -> None:
        """Every row stays; until the account is connected again, syncs find nothing to do."""
        before = invariants.dump(self.household)
        self.household.disconnect()
        assert invariants.dump(self.household) == before
        assert self.household.sync() is None

    @rule()
    def lose_access_and_connect_anew(self) -> None:
        """The new connection takes the account from the one that has ended."""
        before = invariants.dump(self.household)
        self.household.lose_access()
        self.household.lease_runs_out()
        outcome = self.household.sync()
        if outcome is None or outcome.status == SyncLog.Status.ERROR:
            assert invariants.dump(self.household) == before
            self.household.connect()
            assert invariants.dump(self.household) == before
        else:  # posted what an earlier run had staged, without a call
            self.household.relink()

    @rule(chosen=st.lists(NUMBERS, min_size=1, max_size=6), feed=st.sampled_from(["csv:x", "ofx"]), shift=SHIFTS)
    def import_file(self, chosen: list[int], feed: str, shift: int) -> None:
        self._import(chosen, feed, shift)

    def _import(self, chosen: list[int], feed: str, shift: int) -> None:
        rows = self.household.rows(pending=False)
        picked = {number % len(rows) for number in chosen} if rows else set()
        if picked:
            self.household.import_file([rows[number] for number in sorted(picked)], feed, shift)

    @rule(number=NUMBERS)
    def undo_import(self, number: int) -> None:
        if self.household.imports:
            self.household.undo_import(self.household.imports[number % len(self.household.imports)])

    @rule(number=NUMBERS)
    def edit(self, number: int) -> None:
        linked = self.household.linked
        rows = list(invariants.current_rows(linked).items()) if linked else []
        rows.sort(key=lambda named: named[1].pk)
        rows = [(name, row) for name, row in rows if name in self.household.purchases]
        if rows:
            name, row = rows[number % len(rows)]
            self.household.edit(row, self.household.purchases[name])

    @rule()
    def rotate_keys(self) -> None:
        self.household.rotate_keys()
        for item in PlaidItem.objects.exclude(access_token=""):
            assert decrypt_token(item)

    def _watched(self, run: Callable[[], Outcome | None]) -> None:
        """A run that ends: its log is true, its calls are bounded, and the cursor is not ahead."""
        calls = self.household.transport.calls
        outcome = run()
        pages = len(self.household.rows()) + 8
        assert self.household.transport.calls - calls <= 4 * pages + 4
        if outcome and isinstance(outcome.log, SyncLog):
            invariants.the_log_tells_the_truth(self.household, outcome.log)
        self.household.look_around()
        invariants.the_cursor_is_never_ahead(self.household)

    @rule()
    def all_is_well(self) -> None:
        """Faults stop; two runs later at most everything is as it should be."""
        household = self.household
        household.order([])
        household.lease_runs_out()
        if household.linked is None:
            household.connect()
        outcome = household.sync("scheduled")
        if household.is_due:
            outcome = household.sync("scheduled")
        assert outcome
        assert outcome.status == SyncLog.Status.SUCCESS, outcome.error
        household.look_around()
        for check in CHECKS:
            check(household)
        assert invariants.dump(self.neighbour) == self.neighbours_books, "another account has changed"
