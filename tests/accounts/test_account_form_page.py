from decimal import Decimal

import pytest
from django.test import Client

from accounts.forms import ManualAccountForm
from accounts.models import Account
from tests.household import make_account, make_linked_account

pytestmark = pytest.mark.django_db

WALLET = {
    "name": "Wallet",
    "account_type": "cash",
    "institution": "",
    "mask": "",
    "currency": "eur",
    "balance_current": "85.20",
}


def test_an_account_is_added_by_hand(signed_in: Client) -> None:
    response = signed_in.post("/accounts/new/", WALLET)
    account = Account.objects.get()
    assert response["Location"] == account.get_absolute_url()
    assert (account.currency, account.balance_current, account.is_linked) == ("EUR", Decimal("85.20"), False)
    assert account.balance_updated_at is not None


@pytest.mark.parametrize("currency", ["euro", "E1R", "€"])
def test_a_currency_that_is_no_code_is_refused(signed_in: Client, currency: str) -> None:
    response = signed_in.post("/accounts/new/", WALLET | {"currency": currency})
    assert response.status_code == 422
    assert "three letters" in response.content.decode()
    assert not Account.objects.exists()


def test_a_manual_account_is_edited(signed_in: Client) -> None:
    account = make_account("Walet", account_type="cash")
    signed_in.post(f"/accounts/{account.pk}/edit/", WALLET)
    account.refresh_from_db()
    assert account.name == "Wallet"


def test_what_the_bank_says_of_a_linked_account_can_not_be_edited(signed_in: Client) -> None:
    account = make_linked_account()
    signed_in.post(
        f"/accounts/{account.pk}/edit/", {"name": "Daily", "account_type": "savings", "balance_current": "1"}
    )
    account.refresh_from_db()
    assert (account.name, account.account_type, account.balance_current) == ("Daily", "savings", Decimal("4218.07"))


def test_a_card_of_the_bank_does_not_become_an_account_with_money(signed_in: Client) -> None:
    account = make_linked_account(account_type="credit")
    response = signed_in.post(f"/accounts/{account.pk}/edit/", {"name": "Visa", "account_type": "savings"})
    assert response.status_code == 422
    assert "money owed" in response.content.decode()


def test_saving_writes_no_column_that_was_not_changed(signed_in: Client) -> None:
    account = make_account("Wallet", account_type="cash", balance_current=Decimal(5))
    form = ManualAccountForm(WALLET | {"balance_current": "5"}, instance=Account.objects.get(pk=account.pk))
    Account.objects.filter(pk=account.pk).update(balance_current=Decimal(9))
    assert form.is_valid()
    form.save()
    account.refresh_from_db()
    assert account.balance_current == Decimal(9)
