import pytest
from django.test import Client

from accounts.models import Account, Transaction
from plaid_sync.models import LinkedAccount, PlaidItem
from tests.household import make_account, make_linked_account, make_row, make_run

pytestmark = pytest.mark.django_db


def test_the_page_says_what_is_deleted(signed_in: Client) -> None:
    account = make_linked_account()
    make_row(account)
    make_row(account, removed_at=account.last_synced_at, removal_reason="bank")
    make_run(account)
    page = signed_in.get(f"/accounts/{account.pk}/delete/").content.decode()
    for words in ("1 transaction,", "1 removed transaction", "1 entry", "connection to First Platypus Bank"):
        assert words in page


@pytest.mark.parametrize("typed", ["", "Everyday", "Savings"])
def test_another_name_deletes_nothing(signed_in: Client, typed: str) -> None:
    account = make_account("Everyday Checking")
    response = signed_in.post(f"/accounts/{account.pk}/delete/", {"name": typed})
    assert response.status_code == 422
    assert Account.objects.filter(pk=account.pk).exists()


def test_the_typed_name_deletes_the_account_and_all_that_hangs_on_it(signed_in: Client) -> None:
    account, other = make_account("Everyday Checking"), make_account("Savings")
    make_row(account)
    kept = make_row(other)
    assert signed_in.post(f"/accounts/{account.pk}/delete/", {"name": " everyday checking "}).status_code == 302
    assert list(Account.objects.all()) == [other]
    assert list(Transaction.objects.all()) == [kept]


def test_a_linked_account_is_disconnected_first(signed_in: Client) -> None:
    account = make_linked_account()
    item = PlaidItem.objects.create(item_id="item", environment="sandbox")
    LinkedAccount.objects.create(account=account, item=item, plaid_account_id="a", feed="plaid:a")
    signed_in.post(f"/accounts/{account.pk}/delete/", {"name": account.name})
    item.refresh_from_db()
    assert not Account.objects.exists()
    assert item.status in (PlaidItem.Status.REMOVAL_PENDING, PlaidItem.Status.REMOVED)
