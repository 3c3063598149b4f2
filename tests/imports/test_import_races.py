"""Imports and syncs that work at the same time, on one account."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import SourceRecord, SyncLog, Transaction
from imports import posting, steps, tasks
from imports.models import ImportBatch
from tests.accounts.conftest import Books, line
from tests.accounts.test_ledger_races import at_the_same_time
from tests.household import make_account
from tests.imports.conftest import Desk, card_file

pytestmark = pytest.mark.django_db(transaction=True)

PURCHASES = [(1 + number % 28, f"{number + 1}.10") for number in range(40)]
FILE = card_file(*((day, f"SHOP {amount}", f"-{amount}") for day, amount in PURCHASES))


@pytest.fixture
def desk(transactional_db: None) -> Desk:
    return Desk(make_account("Sapphire"))


def confirm(batch: ImportBatch) -> Callable[[], object]:
    return lambda: steps.begin_posting(ImportBatch.objects.get(pk=batch.pk), now=timezone.now())


def test_an_import_beside_a_sync_finds_one_set_of_purchases(desk: Desk) -> None:
    batch = desk.stage(FILE)
    lines = [line(f"bank-{day}-{amount}", day, amount) for day, amount in PURCHASES]
    at_the_same_time(confirm(batch), lambda: Books(desk.account).post(lines))
    assert desk.rows() == sorted(PURCHASES, key=lambda row: (row[0], Decimal(row[1])))
    assert set(Transaction.objects.values_list("source", flat=True)) == {"plaid:first-link"}
    assert SourceRecord.objects.filter(state="current").count() == 2 * len(PURCHASES)


def test_two_clicks_at_once_import_once(desk: Desk) -> None:
    batch = desk.stage(FILE)
    at_the_same_time(*[confirm(batch)] * 4)
    assert len(desk.rows()) == len(PURCHASES)
    assert SyncLog.objects.count() == 1


def test_a_job_that_is_delivered_four_times_at_once_posts_once(desk: Desk) -> None:
    batch = desk.stage(FILE)
    posting.start(batch, now=timezone.now())
    at_the_same_time(*[lambda: tasks.post_batch(batch.pk)] * 4)
    assert len(desk.rows()) == len(PURCHASES)
    assert ImportBatch.objects.get().run.added == len(PURCHASES)


def test_two_uploads_of_one_file_confirmed_at_once_are_one_set_of_purchases(desk: Desk) -> None:
    first, second = desk.stage(FILE), desk.stage(FILE)
    at_the_same_time(confirm(first), confirm(second))
    assert len(desk.rows()) == len(PURCHASES)


def test_an_undo_beside_a_sync_keeps_what_the_bank_has(desk: Desk) -> None:
    batch = desk.bring_in(FILE)
    lines = [line(f"bank-{day}-{amount}", day, amount) for day, amount in PURCHASES]
    at_the_same_time(
        lambda: posting.undo(ImportBatch.objects.get(pk=batch.pk), now=timezone.now()),
        lambda: Books(desk.account).post(lines),
    )
    assert len(desk.rows()) == len(PURCHASES)
    assert set(SourceRecord.objects.values_list("feed", flat=True)) == {"plaid:first-link"}


@settings(max_examples=8)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(-1, 1)), min_size=1, max_size=10))
def test_whoever_comes_first_import_and_sync_leave_one_row_for_each_purchase(
    transactional_db: None, slots: list[tuple[int, int]]
) -> None:
    """As one after the other, in either order, wherever no two equal amounts lie within four days."""
    purchases = [(5 + 5 * day, f"{number + 100}.00", shift) for number, (day, shift) in enumerate(slots)]
    bank = [line(f"bank-{amount}", day, amount) for day, amount, _shift in purchases]
    file = card_file(*((day + shift, f"SHOP {amount}", f"-{amount}") for day, amount, shift in purchases))
    outcomes = []
    for order in (at_the_same_time, in_turn, lambda *works: in_turn(*reversed(works))):
        desk = Desk(make_account("Sapphire"))
        order(confirm(desk.stage(file)), lambda desk=desk: Books(desk.account).post(bank))
        outcomes.append(desk.rows())
    assert outcomes == [sorted((day, amount) for day, amount, _shift in purchases)] * 3


def in_turn(*works: Callable[[], object]) -> None:
    for work in works:
        work()
