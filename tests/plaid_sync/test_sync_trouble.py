"""What the sync of an account does when the bank, the key or Plaid makes trouble."""

import datetime

import pytest
from django.utils import timezone

from accounts.models import Account, SyncLog
from accounts.proof import coverage_by_account, prove
from plaid_sync.emulator import errors as bank_errors
from plaid_sync.models import LinkedAccount, PlaidItem
from plaid_sync.pacing import Pace
from tests.plaid_sync.runs import MINUTE, SYNC, a_pace, calls, wait_after

pytestmark = pytest.mark.django_db
Status = SyncLog.Status


# Trouble at the bank


def test_a_bank_that_wants_a_sign_in_stops_all_its_accounts_with_one_call(linked_bank):
    linked_bank.sync("savings")
    item = linked_bank.links["checking"].item
    linked_bank.server.bank.reset_login(item.item_id)
    before = calls(linked_bank)
    outcome = linked_bank.sync("checking")
    assert (outcome.status, outcome.log.error_code) == (Status.ERROR, "ITEM_LOGIN_REQUIRED")
    assert calls(linked_bank) == before + 1
    item.refresh_from_db()
    assert (item.status, item.error_code) == (PlaidItem.Status.LOGIN_REQUIRED, "ITEM_LOGIN_REQUIRED")
    for role in linked_bank.links:
        account = linked_bank.account(role)
        assert account.connection_status == Account.ConnectionStatus.LOGIN_REQUIRED
        assert "sign in again" in account.last_sync_error
        assert linked_bank.link(role).next_sync_at is None
    assert linked_bank.rows("savings") == linked_bank.ledger("savings")


def test_after_the_sign_in_one_success_frees_all_accounts_of_the_login(linked_bank):
    item = linked_bank.links["checking"].item
    linked_bank.server.bank.reset_login(item.item_id)
    linked_bank.sync("checking")
    linked_bank.server.bank.repair_login(item.item_id)
    assert linked_bank.sync("checking").status == Status.SUCCESS
    item.refresh_from_db()
    assert (item.status, item.error_code) == (PlaidItem.Status.ACTIVE, "")
    for role in linked_bank.links:
        account = linked_bank.account(role)
        assert (account.connection_status, account.last_sync_error) == (Account.ConnectionStatus.CONNECTED, "")
        assert linked_bank.link(role).next_sync_at is not None


def test_a_bank_that_is_down_is_asked_again_after_a_growing_pause(linked_bank):
    linked_bank.server.bank.take_down("ins_109508")
    pace, waits = a_pace(), []
    for _ in range(4):
        assert linked_bank.sync(pace=pace).status == Status.ERROR
        waits.append(wait_after(linked_bank, pace) / MINUTE)
    assert waits == [1, 2, 4, 8]
    account = linked_bank.account()
    assert account.connection_status == Account.ConnectionStatus.CONNECTED
    assert "temporarily unavailable" in account.last_sync_error
    linked_bank.server.bank.bring_up("ins_109508")
    linked_bank.sync()
    assert linked_bank.account().last_sync_error == ""
    assert linked_bank.link().attempts == 0


@pytest.mark.parametrize(
    ("attempts", "retry_after", "seconds"),
    [(0, None, 60), (0, 5, 60), (0, 600, 600), (3, 60, 480), (50, None, 4 * 3600), (0, 10**6, 24 * 3600)],
)
def test_a_pause_is_at_least_what_plaid_asks_for(attempts, retry_after, seconds):
    pace = a_pace()
    assert pace.after_failure(attempts, retry_after) - pace.now() == datetime.timedelta(seconds=seconds)


def test_chance_only_lengthens_a_pause():
    moment = timezone.now()
    pace = Pace(now=lambda: moment, jitter=lambda: 0.999)
    assert datetime.timedelta(seconds=60) < pace.after_failure(0, None) - moment < datetime.timedelta(seconds=76)
    assert datetime.timedelta(hours=4) < pace.after_success() - moment < datetime.timedelta(hours=4.5)


def test_a_token_that_cannot_be_read_stops_this_bank_without_a_call(linked_bank):
    PlaidItem.objects.update(access_token="nonsense")
    outcome = linked_bank.sync()
    assert (outcome.status, outcome.log.error_code) == (Status.ERROR, "TOKEN_UNREADABLE")
    assert calls(linked_bank) == 0
    assert linked_bank.account("card").connection_status == Account.ConnectionStatus.ERROR


def test_a_bank_of_another_environment_is_not_asked(linked_bank):
    PlaidItem.objects.update(environment="production")
    outcome = linked_bank.sync()
    assert (outcome.status, outcome.log.error_code) == (Status.ERROR, "WRONG_ENVIRONMENT")
    assert calls(linked_bank) == 0
    assert linked_bank.account().connection_status == Account.ConnectionStatus.CONNECTED


def test_wrong_keys_put_no_account_in_error(linked_bank, settings):
    settings.PLAID_SECRET = "wrong"
    outcome = linked_bank.sync()
    assert (outcome.status, outcome.log.error_code) == (Status.ERROR, "INVALID_API_KEYS")
    assert linked_bank.account().connection_status == Account.ConnectionStatus.CONNECTED
    assert linked_bank.link().item.status == PlaidItem.Status.ACTIVE


def test_a_closed_account_needs_attention_and_its_siblings_do_not(linked_bank):
    LinkedAccount.objects.filter(pk=linked_bank.links["card"].pk).update(plaid_account_id="closed")
    outcome = linked_bank.sync("card")
    assert (outcome.status, outcome.log.error_code) == (Status.ERROR, "INVALID_ACCOUNT_ID")
    assert linked_bank.account("card").connection_status == Account.ConnectionStatus.ERROR
    assert linked_bank.link("card").next_sync_at is None
    assert linked_bank.account("checking").connection_status == Account.ConnectionStatus.CONNECTED
    assert linked_bank.sync("checking").status == Status.SUCCESS


# A cursor that Plaid no longer knows


def test_a_lost_cursor_starts_a_new_feed_without_a_double(linked_bank):
    linked_bank.sync("savings")
    linked_bank.sync("checking")
    gone = linked_bank.ledger()[0][0]
    linked_bank.server.bank.remove(gone)
    earlier = linked_bank.link().feed
    LinkedAccount.objects.filter(pk=linked_bank.links["checking"].pk).update(cursor=linked_bank.link("savings").cursor)
    assert linked_bank.sync().status == Status.SUCCESS
    assert linked_bank.link().feed != earlier
    assert linked_bank.rows() == linked_bank.ledger()
    account = linked_bank.account()
    assert account.transactions.live().count() == len(linked_bank.ledger())
    assert prove(account, coverage_by_account()[account.pk]).is_proven


def test_a_cursor_that_is_refused_again_ends_the_run(linked_bank):
    linked_bank.sync()
    feed = linked_bank.link().feed
    for call in (1, 2):
        linked_bank.server.script.refuse(SYNC, bank_errors.foreign_cursor(), call=call)
    outcome = linked_bank.sync()
    assert (outcome.status, outcome.log.error_code) == (Status.ERROR, "INVALID_FIELD")
    assert linked_bank.link().feed != feed
    assert linked_bank.sync().status == Status.SUCCESS
    assert linked_bank.rows() == linked_bank.ledger()
