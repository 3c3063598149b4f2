"""Imports and undos killed at every stage, and what is made of the batch afterwards."""

import datetime

import pytest
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.transaction import Atomic
from django.utils import timezone

from accounts import undo
from accounts.journal import Journal
from accounts.models import SourceRecord, SyncLog, Transaction
from imports import posting, staging, steps
from imports.models import ImportBatch, ImportedLine
from tests.accounts.conftest import Books, line
from tests.imports.conftest import card_file
from tests.kills.points import Point, is_killed

pytestmark = pytest.mark.django_db(transaction=True)
COMMIT = BaseDatabaseWrapper.commit
State = ImportBatch.State
PURCHASES = [(1 + number % 28, f"{number // 2 + 1}.10") for number in range(1200)]
FILE = card_file(*((day, f"SHOP {amount}", f"-{amount}") for day, amount in PURCHASES))
BANK = [line(f"bank-{amount}", day, amount) for day, amount in PURCHASES[:100:2]]

STAGING = [
    Point("begun", "after", staging.begin),
    Point("amid the lines", "before", ImportedLine.objects.bulk_create.__func__, nth=2),
    Point("all lines laid down", "before", ImportBatch.move, staging.stage),
]
POSTING = [
    Point("the start's COMMIT", "after", COMMIT, posting.start),
    Point("amid the preparation", "before", ImportedLine.as_line, posting._prepared, nth=700),
    Point("before BEGIN", "before", Atomic.__enter__, posting.post),
    Point("amid the rows", "before", Journal._insert_rows, posting.post),
    Point("before the run is finished", "before", posting._finish),
    Point("before COMMIT", "before", COMMIT, posting.post),
    Point("after COMMIT", "after", COMMIT, posting.post),
]
UNDOING = [
    Point("before BEGIN", "before", Atomic.__enter__, posting.undo),
    Point("before the rows are taken away", "before", undo._take_away),
    Point("before COMMIT", "before", COMMIT, posting.undo),
    Point("after COMMIT", "after", COMMIT, posting.undo),
]


@pytest.fixture
def household(desk):
    """An account whose bank has told some of the purchases of the file; one of them was edited."""
    Books(desk.account).post(BANK)
    Transaction.objects.order_by("pk")[0].edit(notes="with Ann")
    return desk


def books() -> list[list[tuple[object, ...]]]:
    rows = Transaction.objects.live().order_by("date", "amount", "pk")
    facts = rows.values_list("pk", "date", "amount", "source", "notes", "bank_description")
    records = SourceRecord.objects.filter(state="current").order_by("feed", "external_id")
    return [list(facts), list(records.values_list("feed", "external_id", "transaction_id"))]


def amounts() -> list[tuple[int, str]]:
    live = Transaction.objects.live().values_list("date", "amount")
    return sorted((day.day, f"{amount:.2f}") for day, amount in live)


def the_batch() -> ImportBatch:
    return ImportBatch.objects.select_related("file", "account", "run").get()


def resume() -> None:
    """Ten minutes later the page says that the job has stalled, and the user starts it again."""
    later = timezone.now() + datetime.timedelta(minutes=11)
    assert the_batch().is_stalled(later)
    steps.resume(the_batch(), now=later)


def assert_imported() -> None:
    assert amounts() == sorted(PURCHASES)
    assert the_batch().state == State.POSTED
    assert Transaction.objects.filter(notes="with Ann").count() == 1
    run = the_batch().run
    assert run
    assert (run.status, run.added + run.merged) == (SyncLog.Status.SUCCESS, len(PURCHASES))
    assert not SyncLog.objects.filter(trigger="import").exclude(pk=run.pk).exists()


@pytest.mark.parametrize("point", STAGING, ids=str)
def test_a_comparison_killed_at_any_moment_is_made_again(household, toll, point):
    household.receive(FILE)
    before = books()
    toll("kills", "compare a file")
    assert is_killed(lambda: steps.begin_comparison(the_batch(), now=timezone.now()), point)
    assert books() == before
    resume()
    assert ImportedLine.objects.count() == len(PURCHASES)
    steps.begin_posting(the_batch(), now=timezone.now())
    assert_imported()


@pytest.mark.parametrize("point", POSTING, ids=str)
def test_a_post_killed_at_any_moment_is_in_the_books_once(household, toll, point):
    household.stage(FILE)
    before = books()
    toll("kills", "import")
    assert is_killed(lambda: steps.begin_posting(the_batch(), now=timezone.now()), point)
    if point.name == "after COMMIT":
        assert_imported()
    else:
        assert books() == before
        assert the_batch().state == State.POSTING
        resume()
        assert_imported()
    posting.undo(the_batch(), now=timezone.now())
    assert books() == before


@pytest.mark.parametrize("point", UNDOING, ids=str)
def test_an_undo_killed_at_any_moment_is_whole_or_has_not_happened(household, toll, point):
    before = books()
    household.bring_in(FILE)
    imported = books()
    toll("kills", "undo an import")
    assert is_killed(lambda: posting.undo(the_batch(), now=timezone.now()), point)
    if point.name == "after COMMIT":
        assert the_batch().state == State.UNDONE
        assert posting.undo(the_batch(), now=timezone.now()) is None
    else:
        assert (the_batch().state, books()) == (State.POSTED, imported)
        assert posting.undo(the_batch(), now=timezone.now()) is not None
    assert books() == before
