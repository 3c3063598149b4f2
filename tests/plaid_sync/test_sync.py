"""The sync of one account, against the simulated bank over HTTP."""

import datetime
import itertools
import logging
import time

import pytest
from django.utils import timezone

from accounts.models import Account, SyncLog, Transaction
from accounts.proof import coverage_by_account, prove
from plaid_sync import lease
from plaid_sync.emulator import errors as bank_errors
from plaid_sync.emulator.bank import Phase
from plaid_sync.models import LinkedAccount, PlaidItem, SyncPage
from plaid_sync.pacing import Pace
from plaid_sync.vault import decrypt_token
from tests.plaid_sync.runs import MINUTE, SYNC, a_pace, calls, wait_after

pytestmark = pytest.mark.django_db
Status = SyncLog.Status


# The ordinary way


def test_first_sync_brings_the_whole_history_and_proves_it(linked_bank):
    outcome = linked_bank.sync(trigger="initial")
    assert outcome.status == Status.SUCCESS
    assert linked_bank.rows() == linked_bank.ledger()
    link, account = linked_bank.link(), linked_bank.account()
    assert link.history_status == LinkedAccount.History.HISTORICAL
    assert (link.lease_token, link.attempts) == ("", 0)
    assert link.next_sync_at > account.last_synced_at
    assert prove(account, coverage_by_account()[account.pk]).is_proven
    assert not SyncPage.objects.exists()
    log = SyncLog.objects.get()
    assert (log.source, log.trigger, log.status) == ("plaid", "initial", "success")
    assert (log.added, log.cursor_before, log.cursor_after) == (len(linked_bank.ledger()), "", link.cursor)
    assert log.request_id
    assert log.finished_at >= log.started_at


@pytest.mark.parametrize("role", ["checking", "savings", "card"])
def test_later_syncs_follow_the_bank_day_by_day(linked_bank, role):
    linked_bank.sync(role)
    for _ in range(4):
        linked_bank.server.bank.tick(days=3)
        linked_bank.sync(role)
        assert linked_bank.rows(role) == linked_bank.ledger(role)
    account = linked_bank.account(role)
    assert prove(account, coverage_by_account()[account.pk]).is_proven


def test_a_sync_without_news_writes_no_row(linked_bank):
    linked_bank.sync()
    before = list(Transaction.objects.order_by("pk").values())
    log = linked_bank.sync().log
    assert list(Transaction.objects.order_by("pk").values()) == before
    assert (log.added, log.modified, log.merged, log.removed, log.unchanged, log.held) == (0, 0, 0, 0, 0, 0)
    assert log.cursor_before == log.cursor_after == linked_bank.link().cursor


def test_the_next_sync_comes_after_the_interval(linked_bank, settings):
    settings.SYNC_INTERVAL_HOURS = 6
    pace = a_pace()
    linked_bank.sync(pace=pace)
    assert wait_after(linked_bank, pace) == datetime.timedelta(hours=6)


def test_one_account_is_synced_and_no_other(linked_bank):
    linked_bank.sync("savings")
    assert linked_bank.rows("checking") == []
    assert linked_bank.link("checking").cursor == ""


def test_balances_come_with_the_transactions(linked_bank):
    linked_bank.server.bank.add(linked_bank.links["card"].plaid_account_id, "12.34")
    linked_bank.sync("card")
    account = linked_bank.account("card")
    [truth] = [
        each for item in linked_bank.server.world.items.values() for each in item.accounts.values()
        if each.account_id == linked_bank.links["card"].plaid_account_id
    ]  # fmt: skip
    assert account.balance_current * 100 == truth.current
    assert account.balance_limit * 100 == truth.plan.limit
    assert account.balance_updated_at == account.last_synced_at


# Pages


@pytest.fixture
def long_history(linked_bank):
    """Savings with over a thousand rows: three pages."""
    linked_bank.server.bank.fill(linked_bank.links["savings"].plaid_account_id, 1200)
    return linked_bank


def test_the_time_of_a_run_contains_its_posting(long_history):
    began = timezone.now()
    moments = (began + MINUTE * minute for minute in itertools.count())
    log = long_history.sync("savings", pace=Pace(now=lambda: next(moments), jitter=lambda: 0.0)).log
    assert log.finished_at > long_history.account("savings").last_synced_at


def test_pages_are_posted_together(long_history):
    log = long_history.sync("savings").log
    assert long_history.rows("savings") == long_history.ledger("savings")
    assert log.pages == calls(long_history) == 3


def test_a_run_goes_on_where_an_earlier_one_broke_off(long_history):
    long_history.server.script.refuse(SYNC, bank_errors.institution_down(), call=3)
    broken = long_history.sync("savings")
    assert (broken.status, broken.log.pages) == (Status.ERROR, 2)
    assert long_history.rows("savings") == []
    assert long_history.link("savings").cursor == ""
    assert SyncPage.objects.count() == 2
    long_history.sync("savings")
    assert calls(long_history) == 4
    assert long_history.rows("savings") == long_history.ledger("savings")


def test_pages_of_more_than_an_hour_ago_are_fetched_again(long_history):
    long_history.server.script.refuse(SYNC, bank_errors.institution_down(), call=3)
    long_history.sync("savings")
    later = a_pace(timezone.now() + 61 * MINUTE)
    long_history.sync("savings", pace=later)
    assert calls(long_history) == 3 + 3
    assert long_history.rows("savings") == long_history.ledger("savings")


def test_pages_of_another_feed_are_not_posted(long_history):
    long_history.server.script.refuse(SYNC, bank_errors.institution_down(), call=3)
    long_history.sync("savings")
    LinkedAccount.objects.filter(pk=long_history.links["savings"].pk).update(feed="plaid:another")
    long_history.sync("savings")
    assert calls(long_history) == 3 + 3


def test_when_the_time_is_up_the_rest_is_left_to_the_next_run(long_history):
    hours = itertools.count()
    pace = a_pace(elapsed=lambda: float(next(hours)), work_seconds=2)
    first = long_history.sync("savings", pace=pace)
    assert (first.status, first.log.pages) == (Status.PARTIAL, 2)
    assert long_history.rows("savings") == []
    assert long_history.link("savings").next_sync_at == pace.now()
    assert long_history.sync("savings").status == Status.SUCCESS
    assert calls(long_history) == 3
    assert long_history.rows("savings") == long_history.ledger("savings")


def test_even_without_time_each_run_gets_a_page_further(long_history):
    pace = a_pace(work_seconds=0)
    endings = [long_history.sync("savings", pace=pace).status for _ in range(3)]
    assert endings == [Status.PARTIAL, Status.PARTIAL, Status.SUCCESS]


# Mutation in mid-pagination


def test_changes_between_two_pages_start_the_loop_again(long_history):
    bank, account = long_history.server.bank, long_history.links["savings"].plaid_account_id
    long_history.server.script.before(SYNC, lambda: bank.add(account, "77.77"), call=2)
    log = long_history.sync("savings").log
    assert log.status == Status.SUCCESS
    assert long_history.rows("savings") == long_history.ledger("savings")


def test_a_removal_is_not_lost_when_the_loop_starts_again(long_history):
    """Only from the stored cursor on does Plaid tell of it again: from the very beginning it never does."""
    bank, account = long_history.server.bank, long_history.links["savings"].plaid_account_id
    long_history.sync("savings")
    bank.remove(bank.rows(account)[0].transaction_id)
    bank.fill(account, 700)
    long_history.server.script.before(SYNC, lambda: bank.add(account, "77.77"), call=2)
    assert long_history.sync("savings").status == Status.SUCCESS
    assert long_history.rows("savings") == long_history.ledger("savings")


def test_a_row_deleted_between_two_pages_leaves_no_ghost(long_history):
    bank, account = long_history.server.bank, long_history.links["savings"].plaid_account_id
    long_history.sync("savings")
    bank.fill(account, 700)
    seen_on_page_one = bank.add(account, "1.00")

    def withdraw() -> None:
        bank.remove(seen_on_page_one)

    long_history.server.script.before(SYNC, withdraw, call=2)
    long_history.sync("savings")
    assert long_history.rows("savings") == long_history.ledger("savings")


def test_a_bank_that_never_stops_changing_is_left_for_later(long_history):
    for call in range(2, 20):
        long_history.server.script.refuse(SYNC, bank_errors.sync_mutation(), call=call)
    outcome = long_history.sync("savings")
    assert (outcome.status, outcome.log.error_code) == (Status.ERROR, "TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION")
    assert calls(long_history) <= 8
    assert long_history.link("savings").cursor == ""
    assert long_history.link("savings").next_sync_at > timezone.now()
    assert not SyncPage.objects.exists()
    long_history.server.script.clear()
    long_history.sync("savings")
    assert long_history.rows("savings") == long_history.ledger("savings")


def test_a_mutation_after_a_resume_starts_at_the_stored_cursor(long_history):
    bank, account = long_history.server.bank, long_history.links["savings"].plaid_account_id
    long_history.server.script.refuse(SYNC, bank_errors.institution_down(), call=3)
    long_history.sync("savings")
    bank.add(account, "5.00")
    long_history.sync("savings")
    assert long_history.rows("savings") == long_history.ledger("savings")


# History in phases


@pytest.fixture
def preparing_bank(bank, request):
    """A bank that has pulled nothing yet."""
    bank.bank.begin_items_at(Phase.NOT_READY)
    return request.getfixturevalue("linked_bank")


def test_a_bank_that_is_still_preparing_is_asked_after_1_5_and_15_minutes(preparing_bank):
    pace, waits = a_pace(), []
    for _ in range(4):
        outcome = preparing_bank.sync(pace=pace)
        assert outcome.status == Status.NOT_READY
        waits.append(wait_after(preparing_bank, pace) / MINUTE)
    assert waits == [1, 5, 15, 15]
    link, account = preparing_bank.link(), preparing_bank.account()
    assert (link.cursor, account.last_sync_error, account.last_synced_at) == ("", "", None)
    assert account.connection_status == Account.ConnectionStatus.CONNECTED


def test_the_opening_balance_waits_for_the_whole_history(preparing_bank):
    bank, item_id, pace = preparing_bank.server.bank, preparing_bank.links["checking"].item.item_id, a_pace()
    bank.advance(item_id, Phase.INITIAL)
    preparing_bank.sync(pace=pace)
    assert 0 < len(preparing_bank.rows()) < len(preparing_bank.ledger())
    assert preparing_bank.account().opening_balance is None
    assert wait_after(preparing_bank, pace) == MINUTE
    bank.advance(item_id, Phase.HISTORICAL)
    preparing_bank.sync(pace=pace)
    assert preparing_bank.rows() == preparing_bank.ledger()
    account = preparing_bank.account()
    assert prove(account, coverage_by_account()[account.pk]).is_proven
    assert wait_after(preparing_bank, pace) > 60 * MINUTE


def test_an_account_without_any_row_gets_its_balance_and_opening_all_the_same(linked_bank):
    linked_bank.server.bank.clear(linked_bank.links["savings"].plaid_account_id)
    linked_bank.sync("savings")
    account = linked_bank.account("savings")
    assert account.opening_balance == account.balance_current
    assert account.opening_balance is not None


# Runs that meet, and runs that break


def test_a_second_run_is_told_at_once_that_one_is_running(linked_bank):
    held = lease.acquire(linked_bank.links["checking"].pk)
    started = time.monotonic()
    assert linked_bank.sync().status == "already_running"
    assert time.monotonic() - started < 1
    assert not SyncLog.objects.exists()
    assert held is not None
    held.release()
    assert linked_bank.sync().status == Status.SUCCESS


def test_a_run_that_lost_its_lease_posts_nothing(linked_bank):
    """It wakes up between its last page and its post; another run has the account by then."""
    moments = itertools.count()

    def now() -> datetime.datetime:
        if SyncPage.objects.exists() and next(moments) == 0:
            LinkedAccount.objects.filter(pk=linked_bank.links["checking"].pk).update(lease_token="another")
        return timezone.now()

    outcome = linked_bank.sync(pace=Pace(now=now))
    assert outcome.status == Status.CANCELLED
    assert SyncLog.objects.get().status == Status.CANCELLED
    assert linked_bank.rows() == []
    assert linked_bank.link().lease_token == "another"
    assert (linked_bank.link().cursor, linked_bank.account().last_synced_at) == ("", None)


def test_a_cursor_that_moved_meanwhile_stops_the_post(linked_bank):
    def now() -> datetime.datetime:
        if SyncPage.objects.exists():
            LinkedAccount.objects.filter(pk=linked_bank.links["checking"].pk).update(cursor="elsewhere")
        return timezone.now()

    assert linked_bank.sync(pace=Pace(now=now)).status == Status.CANCELLED
    assert linked_bank.rows() == []


def test_an_item_that_is_being_removed_gets_no_more_rows(linked_bank):
    def now() -> datetime.datetime:
        if SyncPage.objects.exists():
            PlaidItem.objects.update(status=PlaidItem.Status.REMOVAL_PENDING)
        return timezone.now()

    assert linked_bank.sync(pace=Pace(now=now)).status == Status.CANCELLED
    assert linked_bank.rows() == []


class Broken(Exception):
    """Stands for whatever nobody thought of."""


def test_a_run_that_breaks_in_an_unforeseen_way_leaves_no_trace_but_its_log(linked_bank):
    moments = itertools.count()

    def now() -> datetime.datetime:
        if SyncPage.objects.exists() and next(moments) == 0:
            raise Broken
        return timezone.now()

    with pytest.raises(Broken):
        linked_bank.sync(pace=Pace(now=now))
    assert SyncLog.objects.get().status == Status.INTERRUPTED
    assert (linked_bank.rows(), linked_bank.link().cursor, linked_bank.link().lease_token) == ([], "", "")
    before = calls(linked_bank)
    assert linked_bank.sync().status == Status.SUCCESS
    assert calls(linked_bank) == before  # the staged page was enough
    assert linked_bank.rows() == linked_bank.ledger()


def test_a_run_that_never_ended_is_marked_as_interrupted_by_the_next(linked_bank):
    account = linked_bank.account()
    dead = SyncLog.objects.create(account=account, source="plaid", trigger="manual", started_at=timezone.now())
    importing = SyncLog.objects.create(account=account, source="csv", trigger="import", started_at=timezone.now())
    linked_bank.sync()
    dead.refresh_from_db()
    importing.refresh_from_db()
    assert (dead.status, importing.status) == (Status.INTERRUPTED, Status.RUNNING)
    assert dead.finished_at is not None


# Cost and secrets


def test_a_sync_costs_a_fixed_number_of_queries(linked_bank, django_assert_num_queries):
    """Six of them are the savepoints that a test's transaction makes of the real ones."""
    linked_bank.sync()
    with django_assert_num_queries(28):
        linked_bank.sync()
    linked_bank.server.bank.add(linked_bank.links["checking"].plaid_account_id, "5.00")
    with django_assert_num_queries(35):
        linked_bank.sync()


def test_no_secret_is_kept_or_logged(linked_bank, caplog):
    caplog.set_level(logging.DEBUG)
    token = decrypt_token(linked_bank.links["checking"].item)
    linked_bank.sync()
    linked_bank.server.bank.reset_login(linked_bank.links["checking"].item.item_id)
    linked_bank.sync()
    stored = [str(list(model.objects.values())) for model in (SyncLog, SyncPage, Account, LinkedAccount, PlaidItem)]
    cursor = SyncLog.objects.earliest("pk").cursor_after
    assert token not in caplog.text + "".join(stored)
    info = "".join(record.getMessage() for record in caplog.records if record.levelno >= logging.INFO)
    assert cursor not in info
