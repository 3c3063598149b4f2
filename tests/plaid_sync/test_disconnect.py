from decimal import Decimal

import pytest
from django.db import connections
from django.urls import reverse
from django.utils import timezone

from accounts.models import Account, SourceRecord, SyncLog, Transaction
from plaid_sync import attach
from plaid_sync.disconnect import UNUSED_FOR, disconnect, retry_removals, siblings
from plaid_sync.emulator import errors as bank_errors
from plaid_sync.mapping import NEW
from plaid_sync.models import LinkedAccount, LinkSession, PlaidItem
from plaid_sync.tasks import tidy_connections
from plaid_sync.vault import encrypt_token
from tests.plaid_sync.visits import open_session, visit

pytestmark = pytest.mark.django_db
REMOVE = "/item/remove"


@pytest.fixture
def linked(bank, user) -> list[LinkedAccount]:
    session = visit(bank, user)
    return attach.attach(session, {offer.id: NEW for offer in attach.offered(session)})


def disconnect_all(linked: list[LinkedAccount]) -> PlaidItem:
    for link in linked:
        last = disconnect(link.account)
    assert last.item is not None
    last.item.refresh_from_db()
    return last.item


def test_keeps_every_transaction_and_clears_the_balances(bank, linked):
    account, feed = linked[0].account, linked[0].feed
    row = Transaction.objects.create(
        account=account, date=timezone.localdate(), amount=Decimal("5.00"), currency="USD", source=feed
    )
    SourceRecord.objects.create(account=account, transaction=row, feed=feed, external_id="a")
    Account.objects.filter(pk=account.pk).update(balance_current=Decimal("9.00"), balance_updated_at=timezone.now())
    disconnect(account)
    account.refresh_from_db()
    assert account.connection_status == Account.ConnectionStatus.DISCONNECTED
    assert (account.balance_current, account.balance_updated_at) == (None, None)
    assert account.transactions.get() == row
    assert row.records.get().feed == feed
    assert not LinkedAccount.objects.filter(account=account).exists()


def test_of_one_account_leaves_its_siblings_connected(bank, linked):
    gone, *others = (link.account for link in linked)
    assert {account.name for account in siblings(gone)} == {account.name for account in others}
    disconnect(gone)
    assert bank.calls[REMOVE] == 0
    assert Account.objects.filter(connection_status="connected").count() == 2
    assert linked[0].item.status == PlaidItem.Status.ACTIVE


def test_of_the_last_account_gives_the_access_back(bank, linked):
    item = disconnect_all(linked)
    assert (item.status, item.access_token) == (PlaidItem.Status.REMOVED, "")
    assert bank.calls[REMOVE] == 1


def test_while_plaid_is_down_keeps_the_token_until_it_could_be_told(bank, linked):
    bank.script.refuse(REMOVE, bank_errors.institution_down())
    item = disconnect_all(linked)
    assert item.status == PlaidItem.Status.REMOVAL_PENDING
    assert item.access_token != ""
    assert retry_removals() == 0
    item.refresh_from_db()
    assert (item.status, item.access_token) == (PlaidItem.Status.REMOVED, "")


def test_that_waits_is_shown_until_it_is_done(bank, linked, signed_in):
    bank.script.refuse(REMOVE, bank_errors.institution_down())
    disconnect_all(linked)
    page = signed_in.get(reverse("connections")).content.decode()
    assert "Being ended" in page
    assert "INSTITUTION_DOWN" in page
    retry_removals()
    assert "No connections yet" in signed_in.get(reverse("connections")).content.decode()


def test_without_credentials_waits_for_them(bank, linked, settings):
    settings.PLAID_CLIENT_ID = ""
    assert disconnect_all(linked).status == PlaidItem.Status.REMOVAL_PENDING
    assert retry_removals() == 1
    settings.PLAID_CLIENT_ID = "emulator"
    assert retry_removals() == 0


def test_of_an_access_that_plaid_no_longer_knows_is_done(bank, linked):
    item = linked[0].item
    item.access_token = encrypt_token("access-sandbox-00000000-0000-0000-0000-000000000000", item_id=item.item_id)
    item.save()
    assert disconnect_all(linked).status == PlaidItem.Status.REMOVED


def test_of_another_clients_access_waits_for_that_client(bank, linked, signed_in):
    item = linked[0].item
    assert item.client_id == "emulator"
    token = encrypt_token("access-sandbox-00000000-0000-0000-0000-000000000000", item_id=item.item_id)
    PlaidItem.objects.update(client_id="5f0c0f6e7d3c4e0e9a530d9a", access_token=token)
    item = disconnect_all(linked)
    assert (item.status, item.error_code, item.access_token) == ("removal_pending", "OTHER_CLIENT", token)
    assert bank.calls[REMOVE] == 0
    page = signed_in.get(reverse("connections")).content.decode()
    assert "another client id at Plaid (ending in 0d9a)" in page
    assert "Enter that one and its secret again under Settings" in page
    assert retry_removals() == 1
    PlaidItem.objects.update(client_id="emulator")  # the settings are that client's again
    assert retry_removals() == 0
    item.refresh_from_db()
    assert (item.status, item.access_token) == (PlaidItem.Status.REMOVED, "")
    assert bank.calls[REMOVE] == 1


def test_of_an_access_whose_client_is_not_known_asks_the_present_one(bank, linked):
    PlaidItem.objects.update(client_id="")
    assert disconnect_all(linked).status == PlaidItem.Status.REMOVED
    assert bank.calls[REMOVE] == 1


def test_with_an_unreadable_token_forgets_it_so_that_the_bank_can_be_connected_again(bank, linked):
    PlaidItem.objects.update(access_token="gAAAAA-of-a-lost-key")
    item = disconnect_all(linked)
    assert (item.status, item.error_code, item.access_token) == ("removed", "TOKEN_UNREADABLE", "")
    assert bank.calls[REMOVE] == 0


def test_does_not_show_a_real_token_to_another_environment(bank, linked):
    PlaidItem.objects.update(environment="production")
    item = disconnect_all(linked)
    assert (item.status, item.error_code) == (PlaidItem.Status.REMOVAL_PENDING, "OTHER_ENVIRONMENT")
    assert bank.calls[REMOVE] == 0


def test_forgets_a_simulated_login_when_the_bank_is_a_real_one(bank, linked, settings):
    settings.PLAID_ENV = "sandbox"
    assert disconnect_all(linked).status == PlaidItem.Status.REMOVED
    assert bank.calls[REMOVE] == 0


def test_of_an_account_that_was_not_connected_does_nothing(bank):
    account = Account.objects.create(name="Cash", account_type="cash", balance_current=Decimal("85.00"))
    assert disconnect(account).item is None
    account.refresh_from_db()
    assert account.balance_current == Decimal("85.00")


def test_a_login_that_nobody_uses_is_given_back_after_a_day(bank, user):
    item = visit(bank, user).item
    retry_removals()
    assert bank.calls[REMOVE] == 0
    PlaidItem.objects.update(created_at=timezone.now() - UNUSED_FOR)
    retry_removals()
    item.refresh_from_db()
    assert item.status == PlaidItem.Status.REMOVED
    assert bank.calls[REMOVE] == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("roles", [["checking"], ["savings", "card", "checking"]])
def test_during_a_sync_ends_it_without_a_row(linked_bank, roles):
    """The last account's access is ended while its page is on the way."""
    account, bank = linked_bank.account(), linked_bank.server

    def disconnect_now() -> None:
        try:
            for role in roles:
                disconnect(linked_bank.account(role))
        finally:
            connections.close_all()  # this is the bank's thread

    bank.script.after("/transactions/sync", disconnect_now)
    assert linked_bank.sync().status == SyncLog.Status.CANCELLED
    account.refresh_from_db()
    assert not account.is_linked
    assert not Transaction.objects.exists()
    assert not LinkedAccount.objects.filter(account=account).exists()
    assert bank.calls[REMOVE] == (1 if len(roles) == 3 else 0)
    assert SyncLog.objects.get().status == SyncLog.Status.CANCELLED


def test_what_waits_is_tidied_up_by_the_scheduled_job(bank, user, linked):
    PlaidItem.objects.update(status=PlaidItem.Status.REMOVAL_PENDING)
    session = open_session(user, link_token="encrypted")
    LinkSession.objects.filter(pk=session.pk).update(expires_at=timezone.now())
    assert tidy_connections() == 0
    session.refresh_from_db()
    assert (session.outcome, session.link_token) == (LinkSession.Outcome.EXITED, "")
    assert PlaidItem.objects.get().status == PlaidItem.Status.REMOVED
