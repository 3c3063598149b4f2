import datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import HeldLine
from budgetapp.views.history import PAGE
from tests.household import make_account, make_linked_account, make_run

pytestmark = pytest.mark.django_db


def shown(client: Client, address: str = "/sync-history/") -> str:
    return client.get(address, headers={"HX-Request": "true"}).content.decode()


def test_a_run_says_what_came(signed_in: Client) -> None:
    make_run(make_linked_account(), added=1204, modified=2, merged=3, removed=1, held=4)
    page = shown(signed_in)
    for words in ("1,204 new", "2 changed", "3 merged", "1 removed", "4 held", "2.0 s", "12 minutes ago"):
        assert words in page


def test_a_run_that_brought_nothing_is_no_failure(signed_in: Client) -> None:
    make_run(make_linked_account())
    page = shown(signed_in)
    assert "Nothing new at the bank" in page
    assert "Synced" in page


def test_only_a_running_run_asks_again(signed_in: Client) -> None:
    account = make_linked_account()
    running, done = make_run(account, "running", pages=2), make_run(account)
    row = signed_in.get(f"/sync-history/{running.pk}/row/", headers={"HX-Request": "true"}).content.decode()
    assert "every 2s" in row
    assert "Reading page 2" in row
    row = signed_in.get(f"/sync-history/{done.pk}/row/", headers={"HX-Request": "true"}).content.decode()
    assert "hx-get" not in row


@pytest.mark.parametrize("chosen", ["status=error", "trigger=manual", "account={account}"])
def test_runs_are_filtered_by_the_address(signed_in: Client, chosen: str) -> None:
    wanted, other = make_account("Wanted"), make_account("Other")
    make_run(wanted, "error", trigger="manual", error_message="The bank is down.")
    make_run(other, error_message="Hidden.")
    page = shown(signed_in, f"/sync-history/?{chosen.format(account=wanted.pk)}")
    assert "Wanted" in page
    assert "Other" not in page


def test_older_runs_are_on_the_next_page(signed_in: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    account = make_linked_account()
    now = timezone.now()
    for number in range(PAGE + 1):
        make_run(account, started_at=now - datetime.timedelta(minutes=number), added=5000 + number, finished_at=None)
    with django_assert_num_queries(3):  # session, user, runs
        page = shown(signed_in)
    assert "5,000 new" in page
    assert f"5,0{PAGE} new" not in page
    older = page.split('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert f"5,0{PAGE} new" in shown(signed_in, older)


def test_a_failed_run_says_what_failed_what_is_safe_and_what_to_quote(signed_in: Client) -> None:
    account = make_linked_account(connection_status="login_required")
    run = make_run(
        account,
        "error",
        error_code="ITEM_LOGIN_REQUIRED",
        error_message="First Platypus Bank asks you to sign in again.",
        request_id="m8MDnv9okwxFNBV",
    )
    page = signed_in.get(run.get_absolute_url()).content.decode()
    for words in ("asks you to sign in again", "Nothing was changed", "m8MDnv9okwxFNBV", "ITEM_LOGIN_REQUIRED"):
        assert words in page


def test_held_lines_are_listed_with_their_run_and_lead_to_the_decision(signed_in: Client) -> None:
    account = make_linked_account()
    run = make_run(account, held=1)
    held = HeldLine.objects.create(account=account, run=run, feed="csv", reason="malformed", detail="No amount.")
    page = signed_in.get(run.get_absolute_url()).content.decode()
    assert "No amount." in page
    assert f"/needs-you/?line={held.pk}" in page


def test_an_empty_history_says_what_will_be_here(signed_in: Client) -> None:
    assert "Nothing has run yet" in shown(signed_in)
    make_run(make_account())
    assert "No run matches" in shown(signed_in, "/sync-history/?status=error")


@pytest.mark.parametrize("page", ["synclog", "heldline"])
def test_the_admin_shows_runs_and_held_lines_and_changes_none(client: Client, page: str) -> None:
    client.force_login(User.objects.create_superuser("root", password="a long enough password"))
    account = make_linked_account()
    run = make_run(account, cursor_after="SECRET-CURSOR")
    held = HeldLine.objects.create(account=account, run=run, feed="csv", reason="malformed")
    pk = run.pk if page == "synclog" else held.pk
    assert client.get(f"/admin/accounts/{page}/").status_code == 200
    detail = client.get(f"/admin/accounts/{page}/{pk}/change/")
    assert detail.status_code == 200
    assert "SECRET-CURSOR" not in detail.content.decode()
    assert client.get(f"/admin/accounts/{page}/add/").status_code == 403
    assert client.post(f"/admin/accounts/{page}/{pk}/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.parametrize(
    "query",
    [
        "account=99999999999999999999",
        "before=0001-01-01T00:00:00%2B14:00_1",
        "before=9999-12-31T23:59:59-14:00_1",
        "before=2026-01-01_1",
        "before=2026-01-01T00:00:00%2B00:00_99999999999999999999",
        "before=nonsense",
        "status=%00",
        "trigger=%00",
    ],
)
def test_an_address_that_nobody_wrote_is_no_failure(signed_in: Client, query: str) -> None:
    make_run(make_account())
    assert signed_in.get(f"/sync-history/?{query}").status_code == 200
