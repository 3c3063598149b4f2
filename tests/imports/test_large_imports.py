"""An import of many rows: how far it is, how long others have to wait for it, what it asks of database and memory."""

import re
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import User
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Account
from imports import posting
from imports.models import ImportBatch
from tests.household import make_account
from tests.imports.conftest import Desk, card_file

ROWS = 5_000
MANY = card_file(*((1 + number % 28, f"SHOP {number}", f"-{number % 90}.{number % 100:02}") for number in range(ROWS)))
UNDER_THE_LOCK = re.compile(r"BEGIN|COMMIT|SAVEPOINT|RELEASE")

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk(transactional_db: None) -> Desk:
    return Desk(make_account("Sapphire"))


@pytest.fixture
def started(desk: Desk) -> ImportBatch:
    batch = desk.stage(MANY)
    posting.start(batch, now=timezone.now())
    return batch


def elsewhere(work: Callable[[], object]) -> None:
    """Does the work on a connection of its own."""

    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(run).result()


def post(batch: ImportBatch, *, after_each_count: Callable[[], object]) -> None:
    """Posts the batch; what is given is done, on another connection, whenever the job has counted its rows."""

    def execute(run, sql, params, many, context):
        result = run(sql, params, many, context)
        if sql.startswith("UPDATE") and not connection.in_atomic_block:
            elsewhere(after_each_count)
        return result

    with connection.execute_wrapper(execute):
        assert posting.post(batch, now=timezone.now())


def test_the_page_counts_while_the_rows_are_made_ready(started: ImportBatch, user: User) -> None:
    visitor = Client()
    visitor.force_login(user)
    shown: list[str] = []

    def look() -> None:
        page = visitor.get(f"/import/{started.pk}/done/").content.decode()
        shown.append(re.search(r'<h2 role="status">(.+?)</h2>', page)[1])

    post(started, after_each_count=look)
    counted = [f"{done:,} of 5,000 rows made ready" for done in range(500, ROWS, 500)]
    assert shown == [*counted, "All 5,000 rows are ready and being written"]


def test_others_write_while_the_rows_are_made_ready(started: ImportBatch) -> None:
    account = Account.objects.filter(pk=started.account_id)
    renamed: list[int] = []
    post(started, after_each_count=lambda: renamed.append(account.update(name=f"Renamed {len(renamed)}")))
    assert renamed == [1] * (ROWS // 500)


def test_what_was_said_to_be_new_is_decided_anew_under_the_lock(desk: Desk, started: ImportBatch) -> None:
    """Another file brings the same purchases in the moment between making ready and writing."""
    same = desk.stage(MANY, is_archive=True)
    posting.start(same, now=timezone.now())

    def overtake() -> None:
        mine, other = ImportBatch.objects.get(pk=started.pk), ImportBatch.objects.get(pk=same.pk)
        if mine.prepared_count == ROWS:
            posting.post(other, now=timezone.now())

    post(started, after_each_count=overtake)
    run = ImportBatch.objects.get(pk=started.pk).run
    assert (run.added, run.merged, desk.account.transactions.count()) == (0, ROWS, ROWS)


def test_the_lock_is_held_for_few_statements(started: ImportBatch) -> None:
    statements: list[str] = []

    def execute(run, sql, params, many, context):
        if connection.in_atomic_block and not UNDER_THE_LOCK.match(sql):
            statements.append(sql)
        return run(sql, params, many, context)

    with connection.execute_wrapper(execute):
        posting.post(started, now=timezone.now())
    assert sum(sql.startswith("INSERT") for sql in statements) == 2
    assert len(statements) <= 3 * ROWS // 500 + 15


def test_an_undo_is_foreseen_by_a_few_reads(started: ImportBatch) -> None:
    posting.post(started, now=timezone.now())
    started.refresh_from_db()
    with CaptureQueriesContext(connection) as asked:
        foreseen = posting.foresee_undo(started)
    assert foreseen.removed == ROWS
    assert len(asked) <= 6
    assert all(query["sql"].startswith("SELECT") or "CURSOR" in query["sql"] for query in asked)


def test_memory_grows_by_little_for_each_row(started: ImportBatch) -> None:
    tracemalloc.start()
    try:
        posting.post(started, now=timezone.now())
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak / ROWS < 3_000
