"""The investments database is missing, damaged or locked for real; the rest of the app works."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connections
from django.test import Client

from tests.household import make_account
from tests.investments.books import make_account as make_investment_account

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def database() -> Iterator[Path]:
    """The file of the investments, which the test may spoil."""
    connection = connections["investments"]
    if connection.vendor != "sqlite":
        pytest.skip("a server's database is no file")
    path = Path(connection.settings_dict["NAME"])
    connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    kept = path.read_bytes()
    yield path
    connection.close()
    for leftover in path.parent.glob(f"{path.name}*"):
        leftover.unlink()
    path.write_bytes(kept)


@pytest.fixture(params=["missing", "damaged", "locked"])
def spoiled(request: pytest.FixtureRequest, database: Path) -> Iterator[str]:
    options = connections["investments"].settings_dict["OPTIONS"]
    before, options["timeout"] = options["timeout"], 0.1
    holder = None
    if request.param == "missing":
        database.unlink()
    elif request.param == "damaged":
        database.write_bytes(b"this is no database" * 400)
    else:
        holder = sqlite3.connect(database, isolation_level=None)
        holder.execute("PRAGMA locking_mode=EXCLUSIVE")
        holder.execute("BEGIN EXCLUSIVE")
    yield request.param
    if holder:
        holder.close()
    options["timeout"] = before


WORDS = {"missing": "has no tables", "damaged": "is damaged", "locked": "is in use by another program"}


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
    signed_in: Client, spoiled: str, address: str
) -> None:
    response = signed_in.get(address) if "new" not in address else signed_in.post(address, NEW)
    page = response.content.decode()
    assert response.status_code == 503
    assert WORDS[spoiled] in page
    assert "work as always" in page


NEW = {"name": "Wallet", "account_type": "crypto", "currency": "USD"}


def test_the_accounts_overview_works_and_says_that_investments_are_not_counted(signed_in: Client, spoiled: str) -> None:
    make_account("Wallet", balance_current="85.00")
    response = signed_in.get("/accounts/")
    page = response.content.decode()
    assert response.status_code == 200
    assert "Investments are not counted now" in page
    assert WORDS[spoiled] in page
    assert 'value="85.00"' in page
    assert "Net, without investments" in page


@pytest.mark.parametrize("address", ["/transactions/", "/sync-history/", "/needs-you/", "/imports/", "/accounts/new/"])
def test_pages_of_the_books_work_without_the_investments(signed_in: Client, spoiled: str, address: str) -> None:
    assert signed_in.get(address).status_code == 200


def test_the_pages_are_back_when_the_database_is(signed_in: Client, database: Path) -> None:
    make_investment_account("Wallet")
    connections["investments"].close()
    kept = database.read_bytes()
    database.write_bytes(b"this is no database" * 400)
    assert signed_in.get("/investments/").status_code == 503
    connections["investments"].close()
    database.write_bytes(kept)
    assert signed_in.get("/investments/").status_code == 200
