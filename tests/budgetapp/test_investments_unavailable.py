"""The investments database is missing, damaged, locked or out of reach for real; the rest of the app works."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.utils.html import escape

from tests.household import make_account
from tests.investments.books import make_account as make_investment_account
from tests.investments.unavailable import WORDS, Fault, damaged, each, missing, out_of_reach, seized

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=each(missing, damaged, seized, out_of_reach))
def spoiled(request: pytest.FixtureRequest) -> Iterator[Fault]:
    with request.param():
        yield request.param


@pytest.mark.parametrize(
    "address",
    [
        "/investments/",
        "/investments/accounts/1/",
        "/investments/activity/",
        "/investments/income/",
        "/investments/accounts/new/",
        "/investments/accounts/1/edit/",
        "/investments/accounts/1/delete/",
        "/investments/prices/",
    ],
)
def test_pages_of_the_investments_say_that_they_are_not_available(
    signed_in: Client, spoiled: Fault, address: str
) -> None:
    response = signed_in.get(address) if "new" not in address else signed_in.post(address, NEW)
    page = response.content.decode()
    assert response.status_code == 503
    assert escape(WORDS[spoiled]) in page
    assert "work as always" in page


NEW = {"name": "Wallet", "account_type": "crypto", "currency": "USD"}


def test_the_accounts_overview_works_and_says_that_investments_are_not_counted(
    signed_in: Client, spoiled: Fault
) -> None:
    make_account("Wallet", balance_current="85.00")
    response = signed_in.get("/accounts/")
    page = response.content.decode()
    assert response.status_code == 200
    assert "Investments are not counted now" in page
    assert escape(WORDS[spoiled]) in page
    assert 'value="85.00"' in page
    assert "Net, without investments" in page


@pytest.mark.parametrize("address", ["/transactions/", "/sync-history/", "/needs-you/", "/imports/", "/accounts/new/"])
def test_pages_of_the_books_work_without_the_investments(signed_in: Client, spoiled: Fault, address: str) -> None:
    assert signed_in.get(address).status_code == 200


@pytest.mark.parametrize("fault", each(missing, damaged, seized, out_of_reach))
def test_the_pages_are_back_when_the_database_is(signed_in: Client, fault: Fault) -> None:
    make_investment_account("Wallet")
    with fault():
        assert signed_in.get("/investments/").status_code == 503
    response = signed_in.get("/investments/")
    assert response.status_code == 200
    assert "Wallet" in response.content.decode()
