"""Balances of this moment, asked for by hand."""

import datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import Account
from plaid_sync import errors
from plaid_sync.balances import refresh_balances
from plaid_sync.gateway import gateway_from_settings
from plaid_sync.models import LinkedAccount, PlaidItem

pytestmark = pytest.mark.django_db
BALANCE = "/accounts/balance/get"


def refresh(account: Account, now: datetime.datetime | None = None) -> bool:
    return refresh_balances(account, gateway=gateway_from_settings(), now=now or timezone.now())


def test_one_call_brings_the_balances_of_all_accounts_of_the_login(linked_bank):
    linked_bank.server.bank.add(linked_bank.links["checking"].plaid_account_id, "100.00")
    assert refresh(linked_bank.account())
    assert linked_bank.server.calls[BALANCE] == 1
    world = linked_bank.server.world
    truth = {each.account_id: each for item in world.items.values() for each in item.accounts.values()}
    for role, link in linked_bank.links.items():
        account = linked_bank.account(role)
        assert account.balance_current == Decimal(truth[link.plaid_account_id].current) / 100
        assert account.balance_updated_at is not None


def test_a_second_click_within_a_minute_costs_nothing(linked_bank):
    refresh(linked_bank.account())
    assert not refresh(linked_bank.account())
    assert linked_bank.server.calls[BALANCE] == 1
    assert refresh(linked_bank.account(), timezone.now() + datetime.timedelta(seconds=61))


def test_a_bank_that_wants_a_sign_in_puts_its_accounts_in_that_state(linked_bank):
    linked_bank.server.bank.reset_login(linked_bank.links["checking"].item.item_id)
    with pytest.raises(errors.LoginRequired):
        refresh(linked_bank.account())
    assert PlaidItem.objects.get().status == PlaidItem.Status.LOGIN_REQUIRED
    assert linked_bank.account("card").connection_status == Account.ConnectionStatus.LOGIN_REQUIRED


def test_a_bank_that_is_down_changes_nothing(linked_bank):
    linked_bank.server.bank.take_down("ins_109508")
    with pytest.raises(errors.TemporarilyUnavailable):
        refresh(linked_bank.account())
    assert linked_bank.account().connection_status == Account.ConnectionStatus.CONNECTED


def test_an_account_that_is_not_linked_has_nobody_to_ask(bank):
    with pytest.raises(LinkedAccount.DoesNotExist):
        refresh(Account.objects.create(name="Cash"))


def test_a_bank_of_another_environment_is_not_asked_and_stays_connected(linked_bank):
    PlaidItem.objects.update(environment="production")
    with pytest.raises(errors.OtherEnvironment, match="was connected in Plaid's production environment"):
        refresh(linked_bank.account())
    assert linked_bank.server.calls[BALANCE] == 0
    assert linked_bank.link().item.status == PlaidItem.Status.ACTIVE
