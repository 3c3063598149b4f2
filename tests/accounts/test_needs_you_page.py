import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Account, HeldLine, Transaction
from accounts.waiting import LISTED_FOR, PAGE
from tests.household import make_account, make_linked_account, make_pair, make_row, make_unread, make_withdrawn

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def account() -> Account:
    return make_linked_account()


def shown(client: Client, address: str = "/needs-you/") -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def answer(client: Client, held: HeldLine, said: str) -> str:
    """The page after the answer, as a browser without scripts shows it."""
    response = client.post(f"/needs-you/{held.pk}/", {"answer": said}, follow=True)
    assert response.redirect_chain == [(f"/needs-you/?line={held.pk}&answered=1", 302)]
    return response.content.decode()


def live() -> list[str]:
    return [row.bank_description for row in Transaction.objects.live().order_by("pk")]


# Pairs


def test_both_rows_of_a_pair_are_shown_with_the_reason(signed_in: Client, account: Account) -> None:
    make_pair(account)
    page = shown(signed_in)
    for told in (
        "Same amount, 4 days apart",
        "From a CSV file",
        "From the bank",
        "BLUE BOTTLE OAKLAND",
        "SQ *BLUE BOTTLE",
    ):
        assert told in page


def test_same_purchase_makes_one_row_and_can_be_undone(signed_in: Client, account: Account) -> None:
    held = make_pair(account)
    page = answer(signed_in, held, "same")
    assert live() == ["SQ *BLUE BOTTLE 0042"]
    assert "the two are one row now" in page
    assert 'value="undo"' in page
    page = answer(signed_in, held, "undo")
    assert live() == ["BLUE BOTTLE OAKLAND", "SQ *BLUE BOTTLE 0042"]
    assert 'value="same"' in page


def test_two_purchases_stay_two_and_can_be_undone(signed_in: Client, account: Account) -> None:
    held = make_pair(account)
    assert "both count" in answer(signed_in, held, "two")
    assert len(live()) == 2
    assert "Nothing needs you" in shown(signed_in)
    answer(signed_in, held, "undo")
    assert HeldLine.objects.pairs().get() == held


def test_within_the_page_the_answer_comes_back_where_the_pair_stood(signed_in: Client, account: Account) -> None:
    held = make_pair(account)
    response = signed_in.post(f"/needs-you/{held.pk}/", {"answer": "two"}, headers=HTMX)
    page = response.content.decode()
    assert page.strip().startswith("<li")
    assert f'id="held-{held.pk}"' in page
    assert 'value="undo"' in page
    assert 'id="undecided" hx-swap-oob="true"></span>' in page


def test_a_pair_of_one_source_is_refused_in_words(signed_in: Client, account: Account) -> None:
    held = make_pair(account)
    held.candidate.records.update(feed="plaid:first", external_id="b")
    page = answer(signed_in, held, "same")
    assert "The same source lists both, so they are two purchases." in page
    assert len(live()) == 2
    response = signed_in.post(f"/needs-you/{held.pk}/", {"answer": "same"}, headers=HTMX)
    assert response.status_code == 422
    assert "The same source lists both" in response.content.decode()


def test_a_second_answer_is_refused_in_words(signed_in: Client, account: Account) -> None:
    held = make_pair(account)
    answer(signed_in, held, "same")
    assert "decided already" in answer(signed_in, held, "two")
    assert len(live()) == 1


def test_a_pair_whose_rows_are_one_by_now_is_not_listed(signed_in: Client, account: Account) -> None:
    held = make_pair(account)
    Transaction.objects.filter(pk=held.candidate_id).update(removed_at=timezone.now(), removal_reason="bank")
    assert "Out of the books" in shown(signed_in)
    Transaction.objects.update(removed_at=timezone.now(), removal_reason="bank")
    assert "Nothing needs you" in shown(signed_in)


# Withdrawn rows and unread lines


def test_a_withdrawn_row_is_restored_and_that_is_undone(signed_in: Client, account: Account) -> None:
    held = make_withdrawn(account)
    assert "Lunch with Tom" in shown(signed_in)
    assert "counts again" in answer(signed_in, held, "restore")
    assert len(live()) == 1
    assert 'value="restore"' in answer(signed_in, held, "undo")
    assert live() == []


def test_a_withdrawn_row_is_let_go_and_that_is_undone(signed_in: Client, account: Account) -> None:
    held = make_withdrawn(account)
    assert "stays out of the books" in answer(signed_in, held, "let_go")
    assert live() == []
    assert 'value="restore"' in answer(signed_in, held, "undo")


def test_an_unread_line_is_shown_in_plain_words_without_account_numbers(signed_in: Client, account: Account) -> None:
    make_unread(account)
    page = shown(signed_in)
    for told in ("It has no date", "TRANSFER ••1111", "12.5", "Every sync tries by itself to read it again."):
        assert told in page
    assert "tx-9" not in page
    assert "41111111" not in page


def test_an_unread_line_is_taken_off_the_list_and_put_back(signed_in: Client, account: Account) -> None:
    held = make_unread(account)
    assert "Off the list" in answer(signed_in, held, "let_go")
    assert not HeldLine.objects.open().exists()
    answer(signed_in, held, "undo")
    assert HeldLine.objects.unread().get() == held


# The page


def test_an_empty_page_says_what_would_be_here(signed_in: Client) -> None:
    page = shown(signed_in)
    assert "Nothing needs you" in page
    assert 'id="undecided"></span>' in page


def test_the_sidebar_counts_what_waits_for_a_decision(signed_in: Client, account: Account) -> None:
    make_pair(account)
    make_withdrawn(account)
    make_unread(account)
    assert 'id="undecided">2<span' in shown(signed_in, "/transactions/")


def test_what_was_decided_is_listed_for_thirty_days(signed_in: Client, account: Account) -> None:
    held = make_pair(account)
    answer(signed_in, held, "two")
    assert "Decided in the last 30 days" in shown(signed_in)
    HeldLine.objects.update(resolved_at=timezone.now() - LISTED_FOR)
    assert "Decided in the last 30 days" not in shown(signed_in)


def test_a_long_list_has_pages_and_a_fixed_number_of_queries(
    signed_in: Client, account: Account, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(PAGE + 2):
        make_pair(account, name=f"pair-{number}")
        make_withdrawn(account)
        make_unread(account)
    HeldLine.objects.filter(external_id="pair-0").update(decision="different", resolved_at=timezone.now())
    # Session, user, health, key, worker, badge; pairs, withdrawn, unread and decided lines; the rows of two of them.
    with django_assert_num_queries(13):
        page = shown(signed_in)
    assert page.count('value="same"') == PAGE
    [older] = [part.split("#")[0] for part in page.split('href="') if part.startswith("/needs-you/?pairs=")]
    assert shown(signed_in, older).count('value="same"') == 1


@pytest.mark.parametrize(
    "key", ["nonsense", "2026-01-01", "0001-01-01T00:00:00+14:00_1", f"2026-01-01T00:00:00Z_{9**40}"]
)
def test_a_key_that_is_none_shows_a_page(signed_in: Client, account: Account, key: str) -> None:
    make_pair(account)
    shown(signed_in, f"/needs-you/?pairs={key}&line={9**40}")


def test_what_is_no_answer_changes_nothing(signed_in: Client, account: Account) -> None:
    held = make_pair(account)
    for said in ("restore", "let_go", "", "delete"):
        assert signed_in.post(f"/needs-you/{held.pk}/", {"answer": said}).status_code == 400
    assert signed_in.post("/needs-you/4711/", {"answer": "same"}).status_code == 404
    assert signed_in.get(f"/needs-you/{held.pk}/").status_code == 302
    assert HeldLine.objects.pairs().get() == held


def test_a_stranger_decides_nothing(client: Client, account: Account) -> None:
    held = make_pair(account)
    assert client.post(f"/needs-you/{held.pk}/", {"answer": "same"})["Location"].startswith("/sign-in/")
    assert Client(enforce_csrf_checks=True).post(f"/needs-you/{held.pk}/").status_code == 403
    assert len(live()) == 2


def test_words_of_a_bank_are_never_markup(signed_in: Client) -> None:
    account = make_account("<b>Wallet</b>")
    held = make_unread(account)
    held.raw = {"<script>alert(1)</script>": "<script>alert(2)</script>"}
    held.save()
    make_row(account)
    assert "<script>alert" not in shown(signed_in)
    assert "<b>Wallet" not in shown(signed_in)
