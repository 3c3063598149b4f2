"""Connecting a bank as a person does it: the app's own pages, the simulated Link, and the way back."""

import pytest
from playwright.sync_api import FrameLocator, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Account
from plaid_sync.emulator.server import EmulatorServer
from plaid_sync.models import LinkSession, PlaidItem
from tests.browser.conftest import press_at_once


@pytest.fixture
def page(bank: EmulatorServer, live_server: LiveServer, settings, signed_in_page: Page) -> Page:
    """A signed-in page of an app that is configured for the simulated bank."""
    settings.SITE_URL = live_server.url
    settings.PLAID_REDIRECT_URI = f"{live_server.url}/oauth-callback"
    return signed_in_page


def open_link(page: Page) -> FrameLocator:
    page.goto("/connect/")
    page.get_by_role("button", name="Choose your bank").click()
    return page.frame_locator("iframe")


def sign_in(place: Page | FrameLocator) -> None:
    place.get_by_label("User name").fill("user_good")
    place.get_by_label("Password").fill("pass_good")
    place.get_by_role("button", name="Sign in").click()


def connect(page: Page) -> None:
    """Connects First Platypus with all its accounts, up to the table of accounts."""
    frame = open_link(page)
    frame.get_by_role("button", name="First Platypus Bank").click()
    sign_in(frame)
    frame.get_by_role("button", name="Share selected accounts").click()
    page.wait_for_url("**/connect/*/accounts/")


def test_a_bank_is_connected_with_user_name_and_password(page):
    connect(page)
    expect(page.get_by_role("heading", name="Your accounts at First Platypus Bank")).to_be_visible()
    page.get_by_role("button", name="Add 3 accounts").click()
    page.wait_for_url("**/connect/*/progress/")
    expect(page.get_by_text("3 accounts synced.")).to_be_visible()
    page.get_by_role("link", name="To your accounts").click()
    for name in ("Everyday Checking", "Rainy Day Savings", "Platypus Visa"):
        expect(page.get_by_role("link", name=name, exact=True)).to_be_visible()
    assert Account.objects.filter(connection_status="connected").count() == 3


def test_a_bank_with_its_own_sign_in_page_leads_back_to_the_app(page, live_server):
    frame = open_link(page)
    frame.get_by_role("button", name="Platypus OAuth Bank").click()
    frame.get_by_role("link", name="Continue to Platypus OAuth Bank").click()
    page.wait_for_url("**/bank")
    sign_in(page)
    page.wait_for_url(f"{live_server.url}/oauth-callback?oauth_state_id=*")
    page.frame_locator("iframe").get_by_role("button", name="Share selected accounts").click()
    page.wait_for_url("**/connect/*/accounts/")
    page.get_by_role("button", name="Add 2 accounts").click()
    expect(page.get_by_text("2 accounts synced.")).to_be_visible()
    assert PlaidItem.objects.get().institution == "Platypus OAuth Bank"


def test_leaving_the_banks_page_can_be_tried_again(page):
    frame = open_link(page)
    frame.get_by_role("button", name="Platypus OAuth Bank").click()
    frame.get_by_role("link", name="Continue to Platypus OAuth Bank").click()
    page.get_by_role("button", name="Cancel").click()
    page.wait_for_url("**/oauth-callback?oauth_state_id=*")
    page.frame_locator("iframe").get_by_role("button", name="Close").click()
    expect(page.get_by_text("Nothing was connected.")).to_be_visible()
    page.get_by_role("link", name="Start again").click()
    expect(page.get_by_role("heading", name="Connect a bank")).to_be_visible()


def test_the_way_to_the_banks_page_is_taken_by_a_press_before_the_page_is_complete(page):
    press_at_once(page, "[data-action=leave]")
    open_link(page).get_by_role("button", name="Platypus OAuth Bank").click()
    page.wait_for_url("**/bank")
    expect(page.get_by_role("heading", name="Platypus OAuth Bank")).to_be_visible()


def test_link_is_closed_by_a_press_before_its_page_is_complete(page):
    press_at_once(page, "[data-action=exit]")
    open_link(page)
    expect(page.get_by_text("Nothing was connected.")).to_be_visible()
    expect(page.locator("iframe")).to_have_count(0)


def test_closing_link_connects_nothing_and_says_so(page):
    frame = open_link(page)
    expect(frame.get_by_role("heading", name="Choose your bank")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Nothing was connected.")).to_be_visible()
    button = page.get_by_role("button", name="Choose your bank")
    expect(button).to_be_focused()
    button.click()
    expect(frame.get_by_role("heading", name="Choose your bank")).to_be_visible()
    assert LinkSession.objects.order_by("pk").first().outcome == LinkSession.Outcome.EXITED


def test_a_bank_that_is_connected_is_refused_with_a_way_on(page):
    connect(page)
    page.get_by_label("Rainy Day Savings").select_option("Leave out")
    page.get_by_role("button", name="Add 3 accounts").click()
    expect(page.get_by_text("2 accounts synced.")).to_be_visible()
    connect(page)
    expect(page.get_by_text("First Platypus Bank Everyday Checking ••0000 is already connected.")).to_be_visible()
    page.get_by_role("link", name="Choose its accounts").click()
    expect(page.get_by_role("button", name="Add 1 account")).to_be_visible()
    expect(page.get_by_label("Rainy Day Savings")).to_be_visible()
    assert PlaidItem.objects.count() == 1


def test_what_is_not_unique_is_asked_and_can_be_chosen(page):
    one = Account.objects.create(name="One", account_type="checking", institution="first platypus bank")
    Account.objects.create(name="Two", account_type="checking", institution="First Platypus Bank")
    connect(page)
    expect(page.get_by_text("Several of your accounts could be this one")).to_be_visible()
    page.get_by_label("Everyday Checking").select_option("Link to One")
    page.get_by_label("Rainy Day Savings").select_option("Leave out")
    page.get_by_label("Platypus Visa").select_option("Leave out")
    page.get_by_role("button", name="Connect these accounts").click()
    expect(page.get_by_text("1 account synced.")).to_be_visible()
    one.refresh_from_db()
    assert (one.mask, one.connection_status) == ("0000", "connected")
    assert one.transactions.exists()
    assert Account.objects.count() == 2


def test_an_account_is_disconnected_after_a_look_at_what_happens(page):
    connect(page)
    page.get_by_role("button", name="Add 3 accounts").click()
    expect(page.get_by_text("3 accounts synced.")).to_be_visible()
    account = Account.objects.get(name="Everyday Checking")
    count = account.transactions.count()
    page.goto(f"/accounts/{account.pk}/disconnect/")
    expect(page.get_by_text("stay connected: the sign-in is shared")).to_be_visible()
    page.get_by_role("button", name="Disconnect Everyday Checking").click()
    expect(page.get_by_text("Its transactions stay.")).to_be_visible()
    account.refresh_from_db()
    assert (account.is_linked, account.balance_current, account.transactions.count()) == (False, None, count)


def test_a_blocked_script_is_explained(page, complaints):
    page.route("**/link-initialize.js", lambda route: route.abort())
    page.goto("/connect/")
    expect(page.get_by_text("The simulated bank does not answer.")).to_be_visible()
    expect(page.get_by_role("button", name="Choose your bank")).to_be_disabled()
    complaints.clear()  # the blocked script itself


def test_nothing_invites_to_open_link_before_it_can_be_opened(page, complaints):
    page.route("**/js/connect.js", lambda route: route.abort())
    page.goto("/connect/")
    expect(page.get_by_role("button", name="Choose your bank")).to_be_disabled()
    complaints.clear()  # the script that does not come


def test_a_server_error_is_said_in_words(page, complaints, settings):
    settings.PLAID_TOKEN_ENCRYPTION_KEY = "damaged"
    page.goto("/connect/")
    page.get_by_role("button", name="Choose your bank").click()
    expect(page.get_by_text("PLAID_TOKEN_ENCRYPTION_KEY does not hold an encryption key.")).to_be_visible()
    expect(page.get_by_role("button", name="Choose your bank")).to_be_enabled()
    complaints.clear()  # the answer 502 itself
