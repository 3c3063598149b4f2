"""A connection that breaks and heals, as a person sees it: banner, Link for the same login, and the banner is gone."""

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import FrameLocator, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Account
from plaid_sync import attach
from plaid_sync.emulator.server import EmulatorServer
from plaid_sync.gateway import gateway_from_settings
from plaid_sync.mapping import NEW
from plaid_sync.models import LinkedAccount, LinkSession, PlaidItem
from plaid_sync.pacing import Pace
from plaid_sync.sync import sync
from tests.plaid_sync.visits import OAUTH, PLATYPUS, visit

EXCHANGE = "/item/public_token/exchange"


@pytest.fixture
def page(bank: EmulatorServer, live_server: LiveServer, settings, signed_in_page: Page) -> Page:
    """A signed-in page of an app that is configured for the simulated bank."""
    settings.SITE_URL = live_server.url
    settings.PLAID_REDIRECT_URI = f"{live_server.url}/oauth-callback"
    return signed_in_page


def link(bank: EmulatorServer, institution_id: str = PLATYPUS) -> PlaidItem:
    """A bank with all its accounts, linked and synced."""
    session = visit(bank, User.objects.get(), institution_id)
    attach.attach(session, {offer.id: NEW for offer in attach.offered(session)})
    sync_all()
    return session.item


def sync_all() -> None:
    for linked in LinkedAccount.objects.order_by("pk"):
        sync(linked.pk, "scheduled", gateway=gateway_from_settings(), pace=Pace())


def break_login(bank: EmulatorServer, item: PlaidItem) -> None:
    """The password is changed at the bank, and the next sync meets it."""
    bank.bank.reset_login(item.item_id)
    sync_all()


def sign_in(place: Page | FrameLocator, user: str = "user_good") -> None:
    place.get_by_label("User name").fill(user)
    place.get_by_label("Password").fill("pass_good")
    place.get_by_role("button", name="Sign in").click()


def facts() -> list[tuple[str, str, int]]:
    """What must not change: the bank's ids, the feeds, the number of rows."""
    links = LinkedAccount.objects.select_related("account").order_by("pk")
    return [(link.plaid_account_id, link.feed, link.account.transactions.live().count()) for link in links]


def test_a_changed_password_is_repaired_from_the_banner(page, bank):
    item = link(bank)
    before, exchanges = facts(), bank.calls[EXCHANGE]
    break_login(bank, item)
    page.goto("/transactions/")
    banner = page.locator(".banner", has_text="First Platypus Bank asks you to sign in again.")
    banner.get_by_role("link", name="Sign in again").click()
    expect(page.get_by_role("heading", name="Sign in to First Platypus Bank again")).to_be_visible()
    page.get_by_role("button", name="Sign in at First Platypus Bank").click()
    sign_in(page.frame_locator("iframe"))
    expect(page.get_by_role("heading", name="First Platypus Bank works again")).to_be_visible()
    expect(page.get_by_text("3 accounts synced.")).to_be_visible()
    page.goto("/transactions/")
    expect(page.locator(".banner", has_text="First Platypus Bank")).to_have_count(0)
    assert (facts(), bank.calls[EXCHANGE]) == (before, exchanges)
    assert PlaidItem.objects.get().status == PlaidItem.Status.ACTIVE


def test_connecting_a_bank_again_is_led_to_its_repair_before_the_exchange(page, bank):
    item = link(bank)
    break_login(bank, item)
    exchanges = bank.calls[EXCHANGE]
    page.goto("/connect/")
    page.get_by_role("button", name="Choose your bank").click()
    frame = page.frame_locator("iframe")
    frame.get_by_role("button", name="First Platypus Bank").click()
    sign_in(frame)
    frame.get_by_role("button", name="Share selected accounts").click()
    expect(page.get_by_role("heading", name="Already connected", exact=True)).to_be_visible()
    main = page.get_by_role("main")
    expect(main.get_by_text("The connection that you have needs you")).to_be_visible()
    main.get_by_role("link", name="Sign in again").click()
    expect(page.get_by_role("heading", name="Sign in to First Platypus Bank again")).to_be_visible()
    assert bank.calls[EXCHANGE] == exchanges
    assert PlaidItem.objects.count() == 1


def test_somebody_elses_sign_in_is_refused_and_changes_nothing(page, bank):
    item = link(bank)
    break_login(bank, item)
    page.goto(f"/connections/{item.pk}/sign-in/")
    page.get_by_role("button", name="Sign in at First Platypus Bank").click()
    frame = page.frame_locator("iframe")
    sign_in(frame, "user_other")
    expect(frame.get_by_role("alert")).to_contain_text("belongs to somebody else")
    frame.get_by_role("button", name="Close").click()
    expect(page.get_by_text("belongs to somebody else")).to_be_visible()
    assert LinkSession.objects.order_by("pk").last().outcome == LinkSession.Outcome.FAILED
    assert PlaidItem.objects.get().status == PlaidItem.Status.LOGIN_REQUIRED


def test_a_bank_with_its_own_sign_in_page_is_repaired_there(page, bank, live_server):
    item = link(bank, OAUTH)
    before = facts()
    break_login(bank, item)
    page.goto(f"/connections/{item.pk}/sign-in/")
    page.get_by_role("button", name="Sign in at Platypus OAuth Bank").click()
    page.frame_locator("iframe").get_by_role("link", name="Continue to Platypus OAuth Bank").click()
    page.wait_for_url("**/bank")
    sign_in(page)
    page.wait_for_url(f"{live_server.url}/connect/*/progress/")
    expect(page.get_by_text("2 accounts synced.")).to_be_visible()
    assert facts() == before
    assert PlaidItem.objects.get().status == PlaidItem.Status.ACTIVE


def test_an_account_that_was_not_shared_is_added_to_the_connection(page, bank):
    item = link(bank)
    card = Account.objects.get(name="Platypus Visa")
    count = card.transactions.live().count()
    page.goto("/connections/")
    page.get_by_role("link", name="Add accounts").click()
    page.get_by_role("button", name="Sign in at First Platypus Bank").click()
    frame = page.frame_locator("iframe")
    sign_in(frame)
    frame.get_by_label("Platypus Visa").uncheck()
    frame.get_by_role("button", name="Share selected accounts").click()
    expect(page.get_by_text("2 accounts synced.")).to_be_visible()
    banner = page.locator(".banner", has_text="no longer shares one of your accounts")
    banner.get_by_role("link", name="Choose accounts").click()
    page.get_by_role("button", name="Sign in at First Platypus Bank").click()
    sign_in(frame)
    frame.get_by_role("button", name="Share selected accounts").click()
    expect(page.get_by_text("3 accounts synced.")).to_be_visible()
    expect(page.locator(".banner", has_text="no longer shares")).to_have_count(0)
    assert card.transactions.live().count() == count
    assert PlaidItem.objects.get() == item
