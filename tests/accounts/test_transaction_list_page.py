import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import Account, Transaction
from paging.keyset import PAGE, Key
from tests.household import TODAY, make_linked_account, make_row

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> Account:
    return make_linked_account()


def shown(client: Client, address: str) -> str:
    response = client.get(address, headers={"HX-Request": "true"})
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("text", ["blue bottle", "SQ *BLUE", "birthday", "split with", "4.50", "$4.50", "-4.50"])
def test_the_search_finds_shown_words_bank_words_notes_and_amounts(
    signed_in: Client, account: Account, text: str
) -> None:
    make_row(account, "4.50", description="Birthday cake", notes="Split with Tom")
    make_row(account, "99.00", bank_description="SHELL OIL", bank_merchant="Shell")
    page = signed_in.get("/transactions/", {"q": text}, headers={"HX-Request": "true"}).content.decode()
    assert "Birthday cake" in page
    assert "Shell" not in page


def test_an_amount_that_only_begins_alike_is_not_found(signed_in: Client, account: Account) -> None:
    make_row(account, "4.50")
    assert "Nothing matches" in shown(signed_in, "/transactions/?q=4.5001")


def test_removed_rows_are_not_listed(signed_in: Client, account: Account) -> None:
    make_row(account, removed_at=account.last_synced_at, removal_reason="bank")
    assert "Blue Bottle" not in shown(signed_in, "/transactions/")


def test_pending_rows_are_marked_and_can_be_listed_alone(signed_in: Client, account: Account) -> None:
    make_row(account, is_pending=True)
    make_row(account, bank_merchant="Shell")
    page = shown(signed_in, "/transactions/?show=pending")
    assert "Pending</span>" in page
    assert "Shell" not in page


def test_a_settled_row_says_what_it_was(signed_in: Client, account: Account) -> None:
    row = make_row(account, "57.50")
    row.changes.create(kind="settled", before={"amount": "50.0000"}, after={"amount": "57.5000"}, reason="Posted")
    assert "was $50.00" in shown(signed_in, "/transactions/")


def test_a_row_that_settled_as_it_was_says_nothing(signed_in: Client, account: Account) -> None:
    row = make_row(account, "57.50")
    row.changes.create(kind="settled", before={"is_pending": True}, after={"is_pending": False}, reason="Posted")
    assert "settled" not in shown(signed_in, "/transactions/")


def test_a_merged_row_says_why(signed_in: Client, account: Account) -> None:
    row = make_row(account)
    row.changes.create(kind="merged", reason="Same purchase as known from your CSV file: same amount, same day")
    assert "Same purchase as known from your CSV file" in shown(signed_in, "/transactions/")


def test_every_row_is_on_exactly_one_page_in_both_directions(signed_in: Client, account: Account) -> None:
    for number in range(2 * PAGE + 5):
        make_row(account, days_ago=number // 7, bank_merchant=f"Shop {number:03}")
    order = list(Transaction.objects.newest_first())
    first, second, third = order[:PAGE], order[PAGE : 2 * PAGE], order[2 * PAGE :]
    newest = shown(signed_in, "/transactions/")
    assert all(row.bank_merchant in newest for row in first)
    assert second[0].bank_merchant not in newest
    older = shown(signed_in, f"/transactions/?before={Key.of(first[-1])}")
    assert [row.bank_merchant in older for row in (first[-1], second[0], second[-1], third[0])] == [0, 1, 1, 0]
    oldest = shown(signed_in, f"/transactions/?before={Key.of(second[-1])}")
    assert third[-1].bank_merchant in oldest
    assert 'rel="next"' not in oldest
    back = shown(signed_in, f"/transactions/?after={Key.of(third[0])}")
    assert [row.bank_merchant in back for row in (first[-1], second[0], second[-1], third[0])] == [0, 1, 1, 0]


@pytest.mark.parametrize("key", ["nonsense", "2026-11-20", "_5", "2026-13-40_1"])
def test_a_key_that_is_none_shows_the_newest_page(signed_in: Client, account: Account, key: str) -> None:
    make_row(account)
    assert "Blue Bottle" in shown(signed_in, f"/transactions/?before={key}")


@pytest.mark.parametrize(
    "address",
    [
        "/transactions/?account=99999999999999999999",
        "/transactions/?before=2026-01-01_99999999999999999999",
        "/transactions/?q=%00",
        "/transactions/?q=1e999999",
        "/transactions/?q=NaN",
        "/sync-history/?before=2026-01-01_5",
        "/sync-history/?before=2026-01-01T00:00:00_99999999999999999999&account=99999999999999999999",
    ],
)
def test_an_address_that_nobody_wrote_breaks_nothing(signed_in: Client, account: Account, address: str) -> None:
    make_row(account)
    shown(signed_in, address)


def test_the_number_of_queries_does_not_grow_with_the_rows(
    signed_in: Client, account: Account, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(PAGE + 10):
        row = make_row(account, days_ago=number)
        row.changes.create(kind="merged", reason="Same purchase")
    with django_assert_num_queries(5):  # session, user, accounts' rows, changes, count
        shown(signed_in, "/transactions/?q=blue")


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/transactions/", "No transactions yet"),
        ("/transactions/?q=coffee", "No transactions yet"),
    ],
)
def test_an_empty_list_says_what_will_be_here(signed_in: Client, address: str, words: str) -> None:
    assert words in shown(signed_in, address)


def test_the_page_stands_without_htmx(signed_in: Client, account: Account) -> None:
    make_row(account)
    response = signed_in.get("/transactions/?q=blue")
    assert "HX-Request" in response["Vary"]
    page = response.content.decode()
    assert "<h1>Transactions</h1>" in page
    assert 'value="blue"' in page
    assert TODAY.isoformat() in page


@pytest.mark.parametrize(
    "query", ["account=99999999999999999999", "before=2026-01-01_99999999999999999999", "q=1e999999", "q=%00"]
)
def test_an_address_that_nobody_wrote_is_no_failure(signed_in: Client, query: str) -> None:
    assert signed_in.get(f"/transactions/?{query}").status_code == 200
