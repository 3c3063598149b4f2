"""An investment account's page: its syncs, what stopped them, and what happened on it."""

import datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from django_q.tasks import async_task
from pytest_django import DjangoAssertNumQueries

from investments.models import InvestmentAccount, InvestmentTransaction
from money.formatting import plain_number
from plaid_sync import attach
from plaid_sync.brokerage import follow
from plaid_sync.brokerage.tasks import sync_investment_link
from plaid_sync.emulator.server import EmulatorServer
from plaid_sync.mapping import NEW
from plaid_sync.models import InvestmentLink, InvestmentRun, PlaidItem
from tests.investments.believable import Believable, believable_portfolio
from tests.plaid_sync.visits import TARTAN, visit, visit_brokerage

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
SYNC_JOB = "plaid_sync.brokerage.tasks.sync_investment_link"


def shown(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


@pytest.fixture
def believable() -> Believable:
    return believable_portfolio()


@pytest.fixture
def link(bank: EmulatorServer, user: User) -> InvestmentLink:
    """The first account of a simulated brokerage, followed and not synced yet."""
    session = visit_brokerage(bank, user)
    return follow.follow(session, {each.id: NEW for each in attach.offered(session)})[0]


def account_of(link: InvestmentLink) -> InvestmentAccount:
    return InvestmentAccount.objects.get(key=link.account_key)


def make_run(account: InvestmentAccount, status: str = "success", **facts: object) -> InvestmentRun:
    started_at = timezone.now() - datetime.timedelta(minutes=4)
    defaults = {"trigger": "scheduled", "started_at": started_at, "name": str(account)}
    return InvestmentRun.objects.create(account_key=account.key, status=status, **(defaults | facts))


def test_a_simulated_brokerage_is_shown_as_it_stands_there(
    signed_in: Client, bank: EmulatorServer, link: InvestmentLink
) -> None:
    sync_investment_link(link.pk, "initial")
    page = shown(signed_in, account_of(link).get_absolute_url())
    books = bank.bank.portfolio(link.plaid_account_id)
    values = [each.value for each in books.holdings()]
    quantities = [f"{each.quantity.normalize():,f}" for each in books.holdings() if each.security.type != "cash"]
    assert len(values) > 3
    assert page.count('class="position"') == len(values)
    assert all(f'<data class="money" value="{plain_number(value)}">' in page for value in [*values, books.value])
    assert all(f"Quantity </span>{quantity}</td>" in page for quantity in quantities)
    assert "just now</time>" in page
    assert "Last syncs" in page
    assert InvestmentRun.objects.get(account_key=link.account_key).story in page


def test_a_connected_account_can_be_synced_while_nothing_works_on_it(signed_in: Client, link: InvestmentLink) -> None:
    sync_investment_link(link.pk, "initial")
    account = account_of(link)
    page = shown(signed_in, account.get_absolute_url())
    assert f'action="/investments/accounts/{account.pk}/sync/"' in page
    assert '<button class="button primary"><svg' in page
    assert 'action="/investments/sync/"' in shown(signed_in, "/investments/")
    make_run(account, "running")
    assert '<button class="button primary" disabled>' in shown(signed_in, account.get_absolute_url())


def test_an_account_kept_by_hand_can_not_be_synced(signed_in: Client, believable: Believable) -> None:
    InvestmentAccount.objects.exclude(pk=believable.by_hand.pk).delete()
    assert "/sync/" not in shown(signed_in, believable.by_hand.get_absolute_url())
    assert "/investments/sync/" not in shown(signed_in, "/investments/")


def test_investments_of_a_connected_bank_are_offered(signed_in: Client, bank: EmulatorServer, user: User) -> None:
    session = visit(bank, user, TARTAN, ("transactions", "investments"))
    page = shown(signed_in, "/investments/")
    assert "Tartan Bank has 1 investment account that is not followed yet" in page
    assert f'href="/connect/{session.pk}/accounts/"' in page


def test_deleting_a_connected_account_says_that_its_connection_ends(signed_in: Client, link: InvestmentLink) -> None:
    account = account_of(link)
    page = shown(signed_in, f"/investments/accounts/{account.pk}/delete/")
    assert "Its connection to Gingham Brokerage" in page
    assert f'href="/investments/accounts/{account.pk}/disconnect/"' in page
    signed_in.post(f"/investments/accounts/{account.pk}/delete/", {"name": account.name})
    assert not InvestmentAccount.objects.filter(pk=account.pk).exists()
    assert not InvestmentLink.objects.filter(pk=link.pk).exists()


def test_the_newest_of_what_happened_is_listed(signed_in: Client, believable: Believable) -> None:
    page = shown(signed_in, believable.brokerage.get_absolute_url())
    assert page.count('class="trade"') == 7
    assert f'href="/investments/activity/?account={believable.brokerage.pk}"' in page


def test_an_account_on_which_nothing_happened_has_no_activity(signed_in: Client, believable: Believable) -> None:
    assert 'id="activity-title"' not in shown(signed_in, believable.by_hand.get_absolute_url())


def test_the_last_syncs_tell_what_came_and_what_failed(signed_in: Client, believable: Believable) -> None:
    make_run(believable.brokerage, positions=4, added=2, finished_at=timezone.now())
    make_run(believable.brokerage, "error", error_message="Platypus Invest does not answer.")
    make_run(believable.retirement, error_message="Of another account.")
    page = shown(signed_in, believable.brokerage.get_absolute_url())
    assert "4 held, 2 new" in page
    assert "Platypus Invest does not answer." in page
    assert "Of another account." not in page


def test_a_running_sync_is_followed_to_its_end(signed_in: Client, believable: Believable) -> None:
    account = believable.brokerage
    run = make_run(account, "running", pages=2)
    for address in ("/investments/", account.get_absolute_url()):
        assert "Syncing Brokerage ••4444 · page 2" in shown(signed_in, address)
    progress = f"/investments/progress/?account={account.pk}"
    assert "every 2s" in signed_in.get(progress, headers=HTMX).content.decode()
    InvestmentRun.objects.filter(pk=run.pk).update(status="success")
    assert signed_in.get(progress, headers=HTMX)["HX-Refresh"] == "true"
    assert signed_in.get("/investments/progress/", headers=HTMX)["HX-Refresh"] == "true"
    assert "every 2s" not in shown(signed_in, "/investments/")


def test_the_sync_of_another_account_is_not_followed_on_this_ones_page(
    signed_in: Client, believable: Believable
) -> None:
    make_run(believable.brokerage, "running")
    assert "every 2s" not in shown(signed_in, believable.retirement.get_absolute_url())


def test_a_run_that_was_left_behind_is_not_followed_for_ever(signed_in: Client, believable: Believable) -> None:
    make_run(believable.brokerage, "running", started_at=timezone.now() - datetime.timedelta(hours=1))
    assert "every 2s" not in shown(signed_in, "/investments/")


def test_a_first_sync_that_waits_for_the_worker_is_followed(signed_in: Client, link: InvestmentLink) -> None:
    async_task(SYNC_JOB, link.pk, "initial")
    page = shown(signed_in, account_of(link).get_absolute_url())
    assert f"{link} waits to be synced" in page
    assert "The holdings are being read" in page
    assert "The first sync is reading what your accounts hold" in shown(signed_in, "/investments/")


def test_progress_without_htmx_leads_to_the_page(signed_in: Client, believable: Believable) -> None:
    account = believable.brokerage
    assert signed_in.get("/investments/progress/")["Location"] == "/investments/"
    at_account = signed_in.get(f"/investments/progress/?account={account.pk}")
    assert at_account["Location"] == account.get_absolute_url()
    assert signed_in.get("/investments/progress/?account=99").status_code == 404


def test_an_account_in_trouble_offers_the_step_that_ends_it(signed_in: Client, link: InvestmentLink) -> None:
    PlaidItem.objects.update(next_step="sign_in", error_message="Gingham Brokerage asks you to sign in again.")
    account = account_of(link)
    account.connection_status = "login_required"
    account.last_sync_error = "Gingham Brokerage asks you to sign in again."
    account.save()
    page = shown(signed_in, account.get_absolute_url())
    assert "Gingham Brokerage asks you to sign in again." in page
    assert 'Sign in again<span class="visually-hidden"> at Gingham Brokerage</span></a>' in page[page.index("<h1>") :]


def test_a_disconnected_account_keeps_what_it_held(signed_in: Client, believable: Believable) -> None:
    InvestmentAccount.objects.filter(pk=believable.brokerage.pk).update(connection_status="disconnected")
    page = shown(signed_in, believable.brokerage.get_absolute_url())
    assert "is not connected any more" in page
    assert "is not connected any more" not in shown(signed_in, "/investments/")
    assert '<span class="title">PTM</span>' in page


@pytest.mark.parametrize("more", [0, 20])
def test_the_number_of_queries_does_not_grow(
    signed_in: Client, believable: Believable, django_assert_num_queries: DjangoAssertNumQueries, more: int
) -> None:
    for number in range(more):
        make_run(believable.brokerage)
        InvestmentTransaction.objects.create(
            investment_account=believable.brokerage,
            security=believable.share,
            date=believable.today - datetime.timedelta(days=number),
            kind="buy",
            amount=5,
        )
    with django_assert_num_queries(12, using="investments"):
        shown(signed_in, believable.brokerage.get_absolute_url())
