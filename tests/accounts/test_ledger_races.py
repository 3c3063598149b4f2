"""Several sources posting into one account at the same time."""

import threading
from decimal import Decimal

import pytest
from django.db import connections, transaction

from accounts import decisions
from accounts.merging import CannotMerge
from accounts.models import Account, HeldLine, SourceRecord, Transaction
from tests.accounts.conftest import Books, line

pytestmark = pytest.mark.django_db(transaction=True)


def at_the_same_time(*works) -> None:
    gate = threading.Barrier(len(works))
    failures = []

    def run(work):
        try:
            gate.wait()
            work()
        except BaseException as error:  # noqa: BLE001  reported by the test below
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_bank_and_files_posted_together_are_one_set_of_purchases():
    account = Account.objects.create(name="Everyday Checking")
    purchases = [(1 + number % 28, f"{number}.10") for number in range(40)]
    feeds = ["plaid:link", "ofx", "csv:chase", "qif"]

    def poster(feed: str):
        lines = [line(f"{feed}-{day}-{amount}", day, amount) for day, amount in purchases]
        return lambda: Books(account).post(lines, feed=feed)

    at_the_same_time(*(poster(feed) for feed in feeds))
    assert Books(account).rows() == sorted(purchases, key=lambda row: (row[0], Decimal(row[1])))
    assert SourceRecord.objects.filter(state="current").count() == 4 * len(purchases)
    assert set(Transaction.objects.values_list("source", flat=True)) == {"plaid:link"}


def test_the_same_delivery_posted_twice_at_once_counts_once():
    account = Account.objects.create(name="Everyday Checking")
    lines = [line(str(number), 1 + number % 28, "4.50") for number in range(60)]
    at_the_same_time(*[lambda: Books(account).post(lines)] * 4)
    assert Transaction.objects.count() == 60


def test_an_edit_in_the_moment_of_a_merge_goes_along():
    books = Books(Account.objects.create(name="Everyday Checking"))
    books.post([line("p", 1, "50.00", is_pending=True)])
    books.import_file(line("", 2, "60.00"))

    def settle() -> None:
        try:
            books.post([line("x", 2, "60.00", pending_id="p")], removed=["p"])
        finally:
            connections.close_all()

    settling = threading.Thread(target=settle)
    with transaction.atomic():
        Transaction.objects.get(source="csv:chase").edit(notes="team dinner")
        settling.start()
        settling.join(timeout=1)  # it waits for the row, or, on SQLite, for all of this
    settling.join()
    assert [row.notes for row in Transaction.objects.all()] == ["team dinner"]


def test_two_people_who_decide_about_one_pair_at_once_make_one_row():
    books = Books(Account.objects.create(name="Everyday Checking"))
    books.import_file(line("", 1, "5.00"))
    books.post([line("a", 4, "5.00")])
    held = HeldLine.objects.get()
    refusals = []

    def decide():
        try:
            decisions.same_purchase(HeldLine.objects.get(pk=held.pk), now=books.now)
        except CannotMerge as refusal:
            refusals.append(refusal)

    at_the_same_time(*[decide] * 4)
    assert (books.rows(), len(refusals)) == ([(4, "5.00")], 3)
    decisions.take_back(held, now=books.now)
    assert books.rows() == [(1, "5.00"), (4, "5.00")]
