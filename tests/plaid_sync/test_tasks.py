"""What the worker does by itself."""

import datetime
import uuid

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from accounts import saved_settings
from accounts.models import Account, SyncLog
from accounts.worker import beat
from plaid_sync.models import InvestmentLink, InvestmentRun, LinkedAccount, PlaidItem
from plaid_sync.pacing import SYNC_INTERVAL
from plaid_sync.schedule import due_investments
from plaid_sync.stream_run import ALREADY_RUNNING
from plaid_sync.tasks import (
    NOT_CONFIGURED,
    NOT_LINKED,
    SKIPPED,
    ask_for_sync,
    sync_due_accounts,
    sync_linked_account,
)

pytestmark = pytest.mark.django_db
SYNC = "/transactions/sync"
LATER = datetime.timedelta(hours=1)


@pytest.fixture
def due_bank(linked_bank):
    """A linked bank all of whose accounts are due."""
    LinkedAccount.objects.update(next_sync_at=timezone.now())
    return linked_bank


def test_nothing_is_configured(db, django_assert_num_queries):
    with django_assert_num_queries(1):  # what the Settings page saved
        assert sync_due_accounts() == 0
    account = Account.objects.create(name="A")
    item = PlaidItem.objects.create(item_id="i", environment="emulator")
    linked = LinkedAccount.objects.create(account=account, item=item, plaid_account_id="a", feed="plaid:1")
    assert sync_linked_account(linked.pk, "scheduled") == NOT_CONFIGURED


def test_nothing_is_connected(bank, django_assert_num_queries):
    with django_assert_num_queries(2):  # the saved interval, the accounts
        assert sync_due_accounts() == 0


def test_accounts_whose_time_has_come_are_synced(due_bank):
    LinkedAccount.objects.filter(pk=due_bank.links["card"].pk).update(next_sync_at=timezone.now() + LATER)
    assert sync_due_accounts() == 2
    assert due_bank.rows("checking") == due_bank.ledger("checking")
    assert due_bank.rows("savings") == due_bank.ledger("savings")
    assert due_bank.rows("card") == []
    assert set(SyncLog.objects.values_list("trigger", flat=True)) == {"scheduled"}
    assert sync_due_accounts() == 0


def set_interval(user, hours: int) -> None:
    saved_settings.save(SYNC_INTERVAL, str(hours), by=user, now=timezone.now())


def test_regular_syncs_that_are_off_wait_until_they_are_on_again(user, due_bank):
    LinkedAccount.objects.update(history_status=LinkedAccount.History.HISTORICAL)
    set_interval(user, 0)
    assert sync_due_accounts() == 0
    set_interval(user, 4)
    assert sync_due_accounts() == 3


def test_a_history_that_is_still_loading_is_loaded_with_regular_syncs_off(user, due_bank):
    set_interval(user, 0)
    assert sync_due_accounts() == 3


def test_a_failed_sync_is_tried_again_with_regular_syncs_off(user, due_bank):
    LinkedAccount.objects.update(history_status=LinkedAccount.History.HISTORICAL, attempts=1)
    set_interval(user, 0)
    assert sync_due_accounts() == 3


def test_an_account_without_a_time_is_left_alone(due_bank):
    LinkedAccount.objects.update(next_sync_at=None)
    assert sync_due_accounts() == 0


def test_a_failing_account_does_not_stop_the_others(due_bank):
    LinkedAccount.objects.filter(pk=due_bank.links["checking"].pk).update(plaid_account_id="closed")
    assert sync_due_accounts() == 3
    assert due_bank.rows("savings") == due_bank.ledger("savings")
    assert due_bank.rows("card") == due_bank.ledger("card")


def test_a_login_in_error_is_asked_once(due_bank):
    due_bank.server.bank.reset_login(due_bank.links["checking"].item.item_id)
    sync_due_accounts()
    assert due_bank.server.calls[SYNC] == 1
    assert sync_due_accounts() == 0


def test_a_login_in_error_is_tried_by_hand_only(due_bank):
    PlaidItem.objects.update(status=PlaidItem.Status.LOGIN_REQUIRED)
    pk = due_bank.links["checking"].pk
    assert sync_linked_account(pk, "scheduled") == SKIPPED
    assert sync_linked_account(pk, "manual") == SyncLog.Status.SUCCESS


def test_a_bank_of_another_environment_waits_for_it(due_bank):
    PlaidItem.objects.update(environment="production")
    assert sync_due_accounts() == 0


def test_a_living_worker_gets_one_job_per_account_once(due_bank):
    beat()
    assert sync_due_accounts() == 3
    assert sync_due_accounts() == 0
    assert OrmQ.objects.count() == 3
    assert due_bank.server.calls[SYNC] == 0
    jobs = [queued.task for queued in OrmQ.objects.order_by("pk")]
    assert {job["func"] for job in jobs} == {"plaid_sync.tasks.sync_linked_account"}
    assert sorted(job["args"] for job in jobs) == sorted((link.pk, "scheduled") for link in due_bank.links.values())


def test_a_job_does_nothing_when_another_run_has_begun_since_it_was_queued(due_bank):
    beat()
    pk = due_bank.links["checking"].pk
    assert ask_for_sync(pk, SyncLog.Trigger.MANUAL)
    assert due_bank.sync().status == SyncLog.Status.SUCCESS
    assert sync_linked_account(pk, "manual") == ALREADY_RUNNING
    assert SyncLog.objects.count() == 1


def test_a_job_that_got_lost_is_queued_again_later(due_bank):
    beat()
    sync_due_accounts()
    waits = LinkedAccount.objects.values_list("next_sync_at", flat=True)
    assert all(timezone.now() < due < timezone.now() + LATER for due in waits)


def test_an_account_that_is_not_linked_any_more_is_no_error(bank):
    assert sync_linked_account(12345, "manual") == NOT_LINKED


def test_investments_wait_too_with_regular_syncs_off_unless_they_were_never_read(user, db, settings):
    settings.PLAID_ENV = "sandbox"
    item = PlaidItem.objects.create(item_id="i", environment="sandbox")
    now, keys = timezone.now(), [uuid.uuid4() for _ in range(3)]
    facts = {"item": item, "state": InvestmentLink.State.ACTIVE, "next_sync_at": now}
    for number, key in enumerate(keys):
        InvestmentLink.objects.create(plaid_account_id=str(number), account_key=key, name=str(number), **facts)
    InvestmentLink.objects.filter(name="2").update(attempts=1)
    for key in keys[1:]:
        InvestmentRun.objects.create(account_key=key, name="x", trigger="scheduled", status="success", started_at=now)
    assert [link.name for link in due_investments(now)] == ["0", "1", "2"]
    set_interval(user, 0)
    assert [link.name for link in due_investments(now)] == ["0", "2"]
