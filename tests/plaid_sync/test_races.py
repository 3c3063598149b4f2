"""Runs that meet: with real commits, threads and processes."""

import contextlib
import datetime
import itertools
import multiprocessing
import threading
import time
from functools import partial

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Account, SyncLog, Transaction
from plaid_sync import lease, staging
from plaid_sync.balances import access_token, store_balances
from plaid_sync.disconnect import disconnect, release, retry_removals
from plaid_sync.gateway import gateway_from_settings
from plaid_sync.models import LinkedAccount, LinkSession, PlaidItem, SyncPage
from plaid_sync.pacing import Pace
from plaid_sync.repair import complete
from plaid_sync.stream_run import Outcome
from plaid_sync.tasks import NOT_LINKED, sync_linked_account
from tests.forking import let_go
from tests.plaid_sync.runs import here, in_threads
from tests.plaid_sync.visits import repair, sign_in_again

pytestmark = pytest.mark.django_db(transaction=True)
SYNC = "/transactions/sync"
Status = SyncLog.Status


# The lease


def test_of_many_one_gets_the_lease(linked_bank):
    pk = linked_bank.links["checking"].pk
    leases = in_threads(*[lambda: lease.acquire(pk)] * 8)
    assert len([each for each in leases if each]) == 1


def test_a_lease_runs_out_by_the_databases_clock(linked_bank):
    link = linked_bank.links["checking"]
    dead = lease.acquire(link.pk)
    assert dead is not None
    assert lease.acquire(link.pk) is None
    left = LinkedAccount.objects.filter(pk=link.pk).values_list("lease_until", flat=True).get() - database_time()
    assert datetime.timedelta(seconds=290) < left <= datetime.timedelta(seconds=300)
    LinkedAccount.objects.filter(pk=link.pk).update(lease_until=database_time() - datetime.timedelta(seconds=1))
    heir = lease.acquire(link.pk)
    assert heir is not None
    with pytest.raises(lease.LostLease):
        dead.extend()
    dead.release()
    assert linked_bank.link().lease_token == heir.token
    heir.extend()
    heir.release()
    assert linked_bank.link().lease_token == ""


def test_a_lease_that_ran_out_is_still_good_while_nobody_took_it(linked_bank):
    link = linked_bank.links["checking"]
    held = lease.acquire(link.pk)
    assert held is not None
    LinkedAccount.objects.filter(pk=link.pk).update(lease_until=database_time() - datetime.timedelta(seconds=1))
    held.extend()
    assert lease.acquire(link.pk) is None


def database_time() -> datetime.datetime:
    return LinkedAccount.objects.annotate(clock=Now()).values_list("clock", flat=True)[0]


# Runs that are watched, and runs that meet


def test_a_run_tells_how_many_pages_it_has(linked_bank):
    seen: list[int] = []
    linked_bank.server.bank.fill(linked_bank.links["savings"].plaid_account_id, 1200)
    for call in (1, 2, 3):
        look = SyncLog.objects.filter(status=Status.RUNNING).values_list("pages", flat=True).get
        linked_bank.server.script.before(SYNC, here(lambda look=look: seen.append(look())), call=call)
    assert linked_bank.sync("savings").log.pages == 3
    assert seen == [0, 1, 2]


def test_while_one_run_fetches_others_are_told_so_at_once(linked_bank):
    gate = linked_bank.server.script.hold(SYNC)
    first: list[Outcome] = []

    def run() -> None:
        with contextlib.closing(connection):
            first.append(linked_bank.sync())

    thread = threading.Thread(target=run)
    thread.start()
    assert gate.arrived()
    started = time.monotonic()
    assert linked_bank.sync().status == "already_running"
    assert time.monotonic() - started < 5
    gate.open()
    thread.join()
    assert first[0].status == Status.SUCCESS
    assert linked_bank.rows() == linked_bank.ledger()
    assert SyncLog.objects.count() == 1


def test_all_accounts_of_a_login_can_be_synced_at_once(linked_bank):
    outcomes = in_threads(*[lambda role=role: linked_bank.sync(role).status for role in linked_bank.links])
    assert outcomes == [Status.SUCCESS] * 3
    for role in linked_bank.links:
        assert linked_bank.rows(role) == linked_bank.ledger(role)


def test_accounts_of_a_login_that_fail_at_once_do_not_wait_for_each_other(linked_bank):
    linked_bank.server.bank.reset_login(linked_bank.links["checking"].item.item_id)
    outcomes = in_threads(*[lambda role=role: linked_bank.sync(role).status for role in linked_bank.links])
    assert set(outcomes) == {Status.ERROR}
    assert PlaidItem.objects.get().status == PlaidItem.Status.LOGIN_REQUIRED
    assert not Account.objects.filter(connection_status="connected").exists()


def test_a_holder_that_wakes_up_after_another_has_taken_over_posts_nothing(linked_bank):
    link = linked_bank.links["checking"]

    def overtake() -> None:
        LinkedAccount.objects.filter(pk=link.pk).update(lease_until=database_time() - datetime.timedelta(seconds=1))
        assert linked_bank.sync().status == Status.SUCCESS

    linked_bank.server.script.after(SYNC, here(overtake))
    assert linked_bank.sync().status == Status.CANCELLED
    assert linked_bank.rows() == linked_bank.ledger()
    assert sorted(SyncLog.objects.values_list("status", flat=True)) == ["interrupted", "success"]


def test_a_lease_that_is_lost_between_the_post_and_its_fence_stops_the_post(linked_bank):
    """The fence looks at the lease in the very statement that moves the cursor."""
    mine = LinkedAccount.objects.filter(pk=linked_bank.links["checking"].pk)
    overtaken = []

    def overtake(execute, sql, params, many, context):
        if sql.startswith("UPDATE") and '"cursor" = ' in sql and not overtaken:
            overtaken.append(sql)
            mine.update(lease_token="another")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(overtake):
        assert linked_bank.sync().status == Status.CANCELLED
    assert overtaken
    assert linked_bank.rows() == []


def test_an_account_that_is_disconnected_during_its_sync_stays_so(linked_bank):
    account = linked_bank.account()
    linked_bank.server.script.after(SYNC, here(lambda: disconnect(account)))
    assert linked_bank.sync().status == Status.CANCELLED
    account.refresh_from_db()
    assert account.connection_status == Account.ConnectionStatus.DISCONNECTED
    assert account.balance_current is None
    assert not account.transactions.exists()
    assert not SyncPage.objects.exists()


def test_an_account_that_is_deleted_during_its_sync_stays_so(linked_bank):
    account = linked_bank.account()

    def delete() -> None:
        disconnect(account)
        account.delete()

    linked_bank.server.script.after(SYNC, here(delete))
    assert linked_bank.sync().status == Status.CANCELLED
    assert not SyncLog.objects.exists()
    assert not Account.objects.filter(pk=account.pk).exists()


def test_an_account_whose_id_changes_during_its_sync_starts_anew(linked_bank, user):
    server, link = linked_bank.server, linked_bank.link()

    def renew() -> None:
        server.bank.renew_account(link.plaid_account_id)
        repair(server, user, link.item)

    server.script.after(SYNC, here(renew))
    assert linked_bank.sync().status == Status.CANCELLED
    linked_bank.links["checking"] = linked_bank.link()
    assert linked_bank.link().feed != link.feed
    assert linked_bank.rows() == []
    assert linked_bank.sync().status == Status.SUCCESS
    assert linked_bank.rows() == linked_bank.ledger()


def test_of_two_requests_that_report_one_repair_one_asks_the_bank(linked_bank, user):
    item = linked_bank.link().item
    session = sign_in_again(linked_bank.server, user, item)
    linked_bank.server.calls.clear()
    in_threads(*[lambda: complete(LinkSession.objects.get(pk=session.pk), item, link_session_id="")] * 4)
    session.refresh_from_db()
    assert session.outcome == LinkSession.Outcome.REPAIRED
    assert linked_bank.server.calls["/accounts/get"] == 1


def test_balances_that_arrive_during_a_disconnect_are_not_kept(linked_bank):
    account, item = linked_bank.account(), linked_bank.link().item
    told = gateway_from_settings().accounts_get(access_token(item))
    arriving = threading.Thread(target=here(lambda: store_balances(item, told, now=timezone.now())))
    with transaction.atomic():
        PlaidItem.objects.select_for_update().get(pk=item.pk)
        Account.objects.select_for_update().get(pk=account.pk)
        arriving.start()
        arriving.join(timeout=1)  # it waits for one of the rows, or, on SQLite, for all of this
        release(account)
    arriving.join()
    account.refresh_from_db()
    assert account.balance_current is None
    assert linked_bank.account("savings").balance_current is not None


def test_a_page_that_arrives_during_a_disconnect_is_dropped_with_the_link(linked_bank):
    account, linked = linked_bank.account(), linked_bank.link()
    held = lease.acquire(linked.pk)
    assert held is not None
    page = gateway_from_settings().transactions_page(
        access_token(linked.item), account_id=linked.plaid_account_id, cursor=""
    )
    left: list[PlaidItem | None] = []
    leaving = threading.Thread(target=here(lambda: left.append(disconnect(account).item)))
    with transaction.atomic():
        staging.store(held, linked, page, after=None, now=timezone.now())
        leaving.start()
        leaving.join(timeout=1)  # it waits for the link, or, on SQLite, for all of this
    leaving.join()
    assert left == [linked.item]
    assert not LinkedAccount.objects.filter(account=account).exists()
    assert not SyncPage.objects.exists()


def test_a_login_is_not_given_back_while_an_account_of_it_is_being_chosen(linked_bank):
    account, item = linked_bank.account(), linked_bank.link().item
    PlaidItem.objects.update(created_at=timezone.now() - datetime.timedelta(days=2))
    links = list(LinkedAccount.objects.all())
    LinkedAccount.objects.all().delete()
    tidying = threading.Thread(target=here(retry_removals))
    with transaction.atomic():
        PlaidItem.objects.select_for_update().get(pk=item.pk)
        tidying.start()
        tidying.join(timeout=1)
        LinkedAccount.objects.bulk_create(links)
    tidying.join()
    assert PlaidItem.objects.get().status == PlaidItem.Status.ACTIVE
    assert linked_bank.server.calls["/item/remove"] == 0
    assert LinkedAccount.objects.filter(account=account).exists()


def test_a_second_click_on_delete_is_no_failure(linked_bank, signed_in):
    account = linked_bank.account()
    for sibling in ("savings", "card"):
        disconnect(linked_bank.account(sibling))
    linked_bank.server.script.after("/item/remove", here(Account.objects.filter(pk=account.pk).delete))
    answer = signed_in.post(reverse("account_delete", args=[account.pk]), {"name": account.name})
    assert answer.status_code == 302
    assert not Account.objects.filter(pk=account.pk).exists()


def test_disconnecting_and_posting_at_once_end_in_one_order_or_the_other(linked_bank):
    account = linked_bank.account()
    task = partial(sync_linked_account, linked_bank.links["checking"].pk, "manual")
    status, _ = in_threads(task, lambda: disconnect(account))
    assert status in {Status.SUCCESS, Status.CANCELLED, NOT_LINKED}
    assert account.transactions.exists() is (status == Status.SUCCESS)
    assert not LinkedAccount.objects.filter(account=account).exists()


@pytest.mark.parametrize("moment", range(12))
def test_disconnecting_at_any_moment_of_a_sync_leaves_all_rows_or_none(linked_bank, moment):
    account, passed = linked_bank.account(), itertools.count()

    def now() -> datetime.datetime:
        if next(passed) == moment:
            disconnect(account)
        return timezone.now()

    status = linked_bank.sync(pace=Pace(now=now)).status
    in_books = account.transactions.count()
    assert (status, in_books) in {(Status.CANCELLED, 0), (Status.SUCCESS, len(linked_bank.ledger()))}
    assert not SyncLog.objects.filter(status=Status.RUNNING).exists()
    assert SyncLog.objects.get().status == status
    if moment < next(passed):
        assert not LinkedAccount.objects.filter(account=account).exists()


@pytest.mark.parametrize("moment", range(12))
def test_deleting_at_any_moment_of_a_sync_leaves_nothing(linked_bank, signed_in, moment):
    account, passed = linked_bank.account(), itertools.count()

    def now() -> datetime.datetime:
        if next(passed) == moment:
            delete(signed_in, account)
        return timezone.now()

    with contextlib.suppress(LinkedAccount.DoesNotExist):
        assert linked_bank.sync(pace=Pace(now=now)).status in {Status.CANCELLED, Status.SUCCESS}
    if moment < next(passed):
        assert_forgotten(account)


@pytest.mark.parametrize("ending", ["disconnect", "delete"])
def test_another_process_that_syncs_brings_nothing_back(linked_bank, signed_in, ending):
    """All accounts of the login go while the sync of one waits for its answer, in a process of its own."""
    accounts = [linked_bank.account(role) for role in linked_bank.links]
    gate = linked_bank.server.script.hold(SYNC)
    let_go()
    child = multiprocessing.get_context("fork").Process(target=linked_bank.sync)
    child.start()
    assert gate.arrived()
    for account in accounts:
        if ending == "delete":
            delete(signed_in, account)
        else:
            disconnect(account)
    gate.open()
    child.join(30)
    assert child.exitcode == 0
    assert linked_bank.server.calls["/item/remove"] == 1
    assert (PlaidItem.objects.get().status, PlaidItem.objects.get().access_token) == (PlaidItem.Status.REMOVED, "")
    assert not LinkedAccount.objects.exists()
    assert not SyncPage.objects.exists()
    assert not Transaction.objects.exists()
    assert not Account.objects.exclude(connection_status=Account.ConnectionStatus.DISCONNECTED).exists()
    assert Account.objects.count() == (0 if ending == "delete" else 3)
    assert set(SyncLog.objects.values_list("status", flat=True)) <= {Status.CANCELLED}


def test_a_repair_that_meets_the_end_of_its_connection_revives_nothing(linked_bank, user):
    item, accounts = linked_bank.link().item, [linked_bank.account(role) for role in linked_bank.links]
    session = sign_in_again(linked_bank.server, user, item)
    in_threads(
        lambda: complete(session, PlaidItem.objects.get(pk=item.pk), link_session_id=""),
        lambda: [disconnect(account) for account in accounts],
    )
    assert not LinkedAccount.objects.exists()
    assert PlaidItem.objects.get().status == PlaidItem.Status.REMOVED
    assert not Account.objects.exclude(connection_status=Account.ConnectionStatus.DISCONNECTED).exists()


def delete(client: Client, account: Account) -> None:
    """As a person does, by the page."""
    answer = client.post(reverse("account_delete", args=[account.pk]), {"name": account.name})
    assert answer.status_code == 302


def assert_forgotten(account: Account) -> None:
    assert not Account.objects.filter(pk=account.pk).exists()
    assert not LinkedAccount.objects.filter(account_id=account.pk).exists()
    assert not SyncPage.objects.exists()
    assert not SyncLog.objects.filter(account_id=account.pk).exists()
    assert not Transaction.objects.filter(account_id=account.pk).exists()
