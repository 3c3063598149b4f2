"""Bank syncs killed at eight moments of one, two and three pages, and the sync that comes after each."""

import datetime

import pytest
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.functions import Now
from django.db.transaction import Atomic

from accounts.journal import Journal
from accounts.models import HeldLine, SourceRecord, SyncLog, Transaction
from accounts.proof import coverage_by_account, prove
from plaid_sync import staging
from plaid_sync.disconnect import disconnect
from plaid_sync.emulator.world import HISTORY
from plaid_sync.gateway import Gateway
from plaid_sync.lease import Lease
from plaid_sync.models import LinkedAccount, SyncPage
from plaid_sync.runs import finish
from plaid_sync.sync import _Run
from plaid_sync.tasks import tidy_connections
from tests.kills.points import Point, is_killed
from tests.plaid_sync.runs import here

pytestmark = pytest.mark.django_db(transaction=True)
SYNC = "/transactions/sync"
POST = _Run._post
COMMIT = BaseDatabaseWrapper.commit
ROWS = {1: 100, 2: 600, 3: 1100}  # how many fill so many pages

WHILE_FETCHING = [
    (Point(f"{name}, page {page} of 3", when, function, nth=page), 3, staged)
    for page in (1, 2, 3)
    for name, when, function, staged in (
        ("before the request", "before", Gateway.transactions_page, page - 1),
        ("after the answer", "after", Gateway.transactions_page, page - 1),
        ("page stored", "after", staging.store, page),
    )
]
WHILE_POSTING = [
    (Point(f"{name}, pages: {pages}", when, function, inside), pages, left * pages)
    for pages in (1, 2, 3)
    for name, when, function, inside, left in (
        ("before BEGIN", "before", Atomic.__enter__, POST, 1),
        ("amid the rows", "before", Journal._insert_rows, POST, 1),
        ("before the run is finished", "before", finish, POST, 1),
        ("before COMMIT", "before", COMMIT, POST, 1),
        ("after COMMIT", "after", COMMIT, POST, 0),
        ("before the lease is given back", "before", Lease.release, None, 0),
    )
]
POINTS = WHILE_FETCHING + WHILE_POSTING


@pytest.fixture
def history(linked_bank):
    """Savings that were synced once; two rows of it the user has edited."""
    account_id = linked_bank.links["savings"].plaid_account_id
    bank = linked_bank.server.bank
    bank.clear(account_id)
    names = [bank.add(account_id, amount) for amount in ("4.50", "4.50", "20.00", "31.40")]
    names.append(bank.add(account_id, "50.00", pending=True))
    bank.add(account_id, "1.00", date=linked_bank.server.world.today - HISTORY)  # no row to come is older
    assert linked_bank.sync("savings").status == "success"
    row_of(names[0]).edit(notes="with Ann")
    row_of(names[4]).edit(description="Dinner")
    return names


def row_of(external_id: str) -> Transaction:
    return SourceRecord.objects.get(external_id=external_id).transaction


def let_things_happen(linked_bank, names: list[str], pages: int) -> str:
    """A removal, a change, a tip on a pending row, a third twin, and rows for so many pages; returns the tip's id."""
    bank, account_id = linked_bank.server.bank, linked_bank.links["savings"].plaid_account_id
    bank.remove(names[3])
    bank.modify(names[2], amount="22.00")
    [posted] = bank.settle(names[4], "60.00")
    bank.add(account_id, "4.50")
    bank.fill(account_id, ROWS[pages])
    return posted


@pytest.mark.parametrize(("point", "pages", "staged"), POINTS, ids=[str(point) for point, _, _ in POINTS])
def test_a_sync_killed_at_any_moment_loses_nothing_and_doubles_nothing(
    linked_bank, history, toll, point, pages, staged
):
    posted = let_things_happen(linked_bank, history, pages)
    before, cursor = linked_bank.rows("savings"), linked_bank.link("savings").cursor

    toll("kills", "sync")
    assert is_killed(lambda: linked_bank.sync("savings"), point)

    was_committed = linked_bank.link("savings").cursor != cursor
    assert was_committed is (staged == 0 and "request" not in point.name and "answer" not in point.name)
    assert linked_bank.rows("savings") == (linked_bank.ledger("savings") if was_committed else before)
    assert SyncPage.objects.count() == (0 if was_committed else staged)
    assert linked_bank.sync("savings").status == "already_running"

    let_the_lease_run_out()
    calls = linked_bank.server.calls[SYNC]
    assert linked_bank.sync("savings").status == "success"
    assert linked_bank.server.calls[SYNC] - calls == (1 if was_committed else pages - staged)
    assert_whole(linked_bank, history, posted)


def let_the_lease_run_out() -> None:
    LinkedAccount.objects.exclude(lease_token="").update(lease_until=Now() - datetime.timedelta(seconds=1))


def assert_whole(linked_bank, names: list[str], posted: str) -> None:
    assert linked_bank.rows("savings") == linked_bank.ledger("savings")  # I1, I2
    account = linked_bank.account("savings")
    assert Transaction.objects.live().filter(account=account).count() == len(linked_bank.ledger("savings"))
    assert (row_of(names[0]).notes, row_of(posted).shown_description) == ("with Ann", "Dinner")  # I5
    assert not HeldLine.objects.open().filter(reason=HeldLine.Reason.MALFORMED).exists()  # I6
    assert prove(account, coverage_by_account()[account.pk]).is_proven  # I7
    runs = list(SyncLog.objects.order_by("pk"))
    assert all(run.finished_at and run.status in ("success", "interrupted") for run in runs)  # I8
    assert sum(run.added for run in runs) == Transaction.objects.filter(account=account).count()
    assert linked_bank.link("savings").lease_token == ""
    rows = list(Transaction.objects.order_by("pk").values())
    log = linked_bank.sync("savings").log
    assert (log.added, log.modified, log.removed, log.merged) == (0, 0, 0, 0)  # I3
    assert list(Transaction.objects.order_by("pk").values()) == rows


def test_a_run_that_was_killed_ends_though_its_account_is_disconnected_before_the_next(linked_bank):
    assert is_killed(lambda: linked_bank.sync("savings"), Point("", "before", Gateway.transactions_page))
    disconnect(linked_bank.account("savings"))
    tidy_connections()
    assert [run.status for run in SyncLog.objects.all()] == ["interrupted"]


def test_a_run_that_works_is_left_to_end_by_itself(linked_bank):
    linked_bank.server.script.before(SYNC, here(tidy_connections))
    assert linked_bank.sync("savings").status == "success"
    assert [run.status for run in SyncLog.objects.all()] == ["success"]
