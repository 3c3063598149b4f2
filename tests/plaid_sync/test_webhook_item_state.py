"""What the bank's webhooks tell of a connection: lost, repaired, revoked, near its end."""

from datetime import timedelta

import pytest

from accounts.models import Account, SyncLog
from plaid_sync.emulator import news
from plaid_sync.models import LinkedAccount, PlaidItem, WebhookEvent
from tests.plaid_sync.notices import body_of, item_id, send, settle, triggers, work

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_lost_sign_in_is_known_before_the_next_sync(told_bank):
    told_bank.server.bank.reset_login(item_id(told_bank))
    settle(told_bank)
    work()
    item = PlaidItem.objects.get()
    assert (item.status, item.error_code) == (PlaidItem.Status.LOGIN_REQUIRED, "ITEM_LOGIN_REQUIRED")
    assert set(Account.objects.values_list("connection_status", flat=True)) == {"login_required"}
    assert triggers() == []


def test_a_sign_in_that_was_repaired_elsewhere_goes_on_by_itself(told_bank):
    told_bank.server.bank.reset_login(item_id(told_bank))
    told_bank.sync()
    told_bank.server.bank.repair_login(item_id(told_bank))
    settle(told_bank)
    SyncLog.objects.all().delete()
    work()
    assert PlaidItem.objects.get().status == PlaidItem.Status.ACTIVE
    assert triggers() == ["webhook"] * 3


def test_news_of_a_connection_in_error_mean_that_it_works_again(told_bank):
    told_bank.server.bank.reset_login(item_id(told_bank))
    told_bank.sync()
    told_bank.server.world.items[item_id(told_bank)].needs_login = False
    told_bank.server.bank.add(told_bank.links["card"].plaid_account_id, "4.50")
    told_bank.server.bank.refresh(item_id(told_bank))
    settle(told_bank)
    work()
    assert PlaidItem.objects.get().status == PlaidItem.Status.ACTIVE
    assert told_bank.rows("card") == told_bank.ledger("card")


@pytest.mark.parametrize("told", [news.login_required(), news.permission_revoked()])
def test_an_error_that_is_over_or_never_was_changes_nothing(told_bank, told):
    told_bank.server.bank.notify(item_id(told_bank), news=told)
    settle(told_bank)
    work()
    assert PlaidItem.objects.get().status == PlaidItem.Status.ACTIVE
    assert told_bank.server.calls["/item/get"] >= 1
    assert set(Account.objects.values_list("connection_status", flat=True)) == {"connected"}


def test_a_revoked_access_is_said_at_once(told_bank):
    told_bank.server.bank.revoke(item_id(told_bank))
    settle(told_bank)
    work()
    item = PlaidItem.objects.get()
    assert (item.status, item.error_code) == (PlaidItem.Status.ERROR, "USER_PERMISSION_REVOKED")
    assert not LinkedAccount.objects.exclude(next_sync_at=None).exists()


def test_a_revoked_account_stops_alone(told_bank):
    told_bank.server.bank.revoke_account(told_bank.links["card"].plaid_account_id)
    settle(told_bank)
    work()
    assert told_bank.account("card").connection_status == "error"
    assert told_bank.account().connection_status == "connected"
    assert triggers() == ["webhook"]


@pytest.mark.parametrize("announce", [news.pending_disconnect, news.pending_expiration])
def test_an_end_that_is_near_is_kept(told_bank, announce):
    now = told_bank.server.world.now
    ends_at = now + timedelta(days=7)
    told_bank.server.bank.notify(
        item_id(told_bank), news=announce(now if announce is news.pending_disconnect else ends_at)
    )
    settle(told_bank)
    work()
    assert PlaidItem.objects.get().consent_expires_at == ends_at.replace(microsecond=0)
    assert PlaidItem.objects.get().status == PlaidItem.Status.ACTIVE


def test_an_end_that_is_nearer_than_the_consents_counts(told_bank):
    now = told_bank.server.world.now
    for days, kept in ((90, 7), (3, 3)):
        PlaidItem.objects.update(consent_expires_at=now + timedelta(days=days))
        told_bank.server.bank.notify(item_id(told_bank), news=news.pending_disconnect(now))
        settle(told_bank)
        work()
        assert abs(PlaidItem.objects.get().consent_expires_at - now - timedelta(days=kept)) < timedelta(seconds=2)
        WebhookEvent.objects.all().delete()


@pytest.mark.parametrize("said", ["2026-13-45T00:00:00Z", "2026-12-24", "soon", ""])
def test_an_end_that_is_no_moment_does_not_keep_later_events_waiting(told_bank, said):
    key = told_bank.server.world.keys.current
    send(key, body_of(item_id(told_bank), "PENDING_DISCONNECT", "ITEM", disconnect_time=said))
    send(key, body_of(item_id(told_bank), "NEW_ACCOUNTS_AVAILABLE", "ITEM"))
    work()
    assert PlaidItem.objects.get().consent_expires_at is None
    assert PlaidItem.objects.get().has_new_accounts


def test_new_accounts_at_the_bank_are_noted(told_bank):
    told_bank.server.bank.notify(item_id(told_bank), news=news.News("ITEM", "NEW_ACCOUNTS_AVAILABLE"))
    settle(told_bank)
    work()
    assert PlaidItem.objects.get().has_new_accounts
