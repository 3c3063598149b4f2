"""What follows some work is swapped while a person uses it: the focus stays, and what stands open stays open."""

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Account, SyncLog
from investments.models import PriceRun
from plaid_sync import attach
from plaid_sync.emulator.server import EmulatorServer
from plaid_sync.mapping import NEW
from tests.budgetapp.test_prices_page import make_run as make_price_run
from tests.household import make_linked_account, make_run
from tests.plaid_sync.visits import OAUTH, visit


@pytest.fixture
def account(transactional_db: None) -> Account:
    return make_linked_account()


@pytest.fixture
def run(account: Account) -> SyncLog:
    return make_run(account, "running", pages=1, started_at=timezone.now())


def go_on(run: SyncLog) -> None:
    run.pages += 1
    run.save(update_fields=["pages"])


def test_the_name_of_an_account_keeps_the_focus_while_it_is_synced(signed_in_page: Page, run: SyncLog) -> None:
    signed_in_page.goto("/accounts/")
    name = signed_in_page.get_by_role("link", name="Everyday Checking", exact=True)
    name.focus()
    go_on(run)
    expect(signed_in_page.get_by_text("Syncing · page 2")).to_be_visible()
    expect(name).to_be_focused()


def test_an_open_menu_is_not_swapped_away(signed_in_page: Page, run: SyncLog) -> None:
    signed_in_page.goto("/accounts/")
    more = signed_in_page.get_by_label("More for Everyday Checking")
    more.press("Enter")
    signed_in_page.keyboard.press("Tab")
    go_on(run)
    for _round in range(2):
        with signed_in_page.expect_response(f"**/accounts/{run.account_id}/row/"):
            pass
    expect(signed_in_page.locator(".account .menu-item").first).to_be_focused()
    signed_in_page.keyboard.press("Escape")
    expect(signed_in_page.get_by_text("Syncing · page 2")).to_be_visible()
    expect(more).to_be_focused()


def test_a_run_in_the_history_keeps_the_focus(signed_in_page: Page, run: SyncLog) -> None:
    signed_in_page.goto("/sync-history/")
    link = signed_in_page.locator(".runs .quiet-link")
    link.focus()
    go_on(run)
    expect(
        signed_in_page.get_by_role("row", name="Everyday Checking").get_by_role("cell", name="2", exact=True)
    ).to_be_visible()
    expect(link).to_be_focused()


def test_the_way_on_from_the_first_sync_keeps_the_focus(signed_in_page: Page, bank: EmulatorServer) -> None:
    session = visit(bank, User.objects.get(), OAUTH)
    attach.attach(session, {offer.id: NEW for offer in attach.offered(session)})
    for account in Account.objects.order_by("pk"):
        make_run(account, "running", trigger="initial", started_at=timezone.now())
    signed_in_page.goto(f"/connect/{session.pk}/progress/")
    signed_in_page.get_by_role("link", name="To your accounts").focus()
    SyncLog.objects.update(status="success", finished_at=timezone.now())
    expect(signed_in_page.get_by_text("2 accounts synced.")).to_be_visible()
    expect(signed_in_page.get_by_role("link", name="To your accounts")).to_be_focused()


def test_what_a_run_of_prices_lacked_stays_open(signed_in_page: Page, bank: EmulatorServer) -> None:
    make_price_run(minutes_ago=30, failures={"T": "Quoted in EUR, but kept in USD."})
    running = make_price_run("running", minutes_ago=0, priced=0)
    signed_in_page.goto("/investments/prices/")
    summary = signed_in_page.get_by_text("1 without a price")
    summary.press("Enter")
    expect(signed_in_page.get_by_text("Quoted in EUR")).to_be_visible()
    PriceRun.objects.filter(pk=running.pk).update(status=PriceRun.Status.SUCCESS, priced=3)
    expect(signed_in_page.get_by_text("Running")).to_have_count(0)
    expect(signed_in_page.get_by_text("Quoted in EUR")).to_be_visible()
    expect(summary).to_be_focused()
