"""The first day of an install, as its owner lives it; and how the pages of settings look in every state."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Account, AuditEvent, SavedSetting
from accounts.worker import beat
from budgetapp.owner import set_up_link
from plaid_sync.emulator.server import EmulatorServer
from plaid_sync.models import LinkedAccount, PlaidItem
from plaid_sync.vault import encrypt_token
from tests.browser.test_connect import connect
from tests.browser.test_look import LOOKS, assert_well_made

PASSWORD = "correct horse battery"
SAVED = "It holds from now on, in the worker too."
SECRET = "a1b2c3d4e5f60718293a4b5c6d7e9f2c"


@pytest.fixture(autouse=True)
def bank(settings, tmp_path: Path, live_server: LiveServer, transactional_db: None) -> Iterator[EmulatorServer]:
    """A simulated bank that nobody has told the app to use."""
    settings.DATA_DIR, settings.SITE_URL = tmp_path, live_server.url
    settings.PLAID_TOKEN_ENCRYPTION_KEY, settings.HAS_DATABASE_SERVER, settings.HOUSEHOLD_TIME_ZONE = "", False, ""
    with EmulatorServer() as server:
        settings.PLAID_EMULATOR_URL = server.url
        yield server


@pytest.fixture
def owner_page(context, live_server: LiveServer) -> Page:
    """A page of the owner olga."""
    client = Client()
    client.force_login(User.objects.create_superuser("olga", password=PASSWORD))
    context.add_cookies(
        [{"name": name, "value": morsel.value, "url": live_server.url} for name, morsel in client.cookies.items()]
    )
    return context.new_page()


def save_plaid(page: Page) -> None:
    form = page.locator("#plaid .setting-form")
    form.get_by_label("Your BudgetApp password").fill(PASSWORD)
    form.get_by_role("button", name="Save").click()


def test_a_new_install_gets_an_owner_and_a_bank_without_a_restart(page: Page, complaints):
    page.goto("/")
    expect(page.get_by_text("Nobody can sign in yet")).to_be_visible()
    page.goto(set_up_link())
    page.get_by_label("Username").fill("olga")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("The same again").fill(PASSWORD)
    page.get_by_role("button", name="Create and sign in").click()
    expect(page.get_by_role("heading", name="How would you like to begin?")).to_be_visible()
    page.goto("/settings/?environment=emulator")
    expect(page.get_by_label("Simulated bank")).to_be_checked()
    save_plaid(page)
    expect(page.get_by_text(SAVED)).to_be_visible()
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text("The simulated bank answers. Connect works now.")).to_be_visible()
    connect(page)
    page.get_by_role("button", name="Add 3 accounts").click()
    expect(page.get_by_text("3 accounts synced.")).to_be_visible()
    assert Account.objects.filter(connection_status="connected").count() == 3


def test_a_secret_is_saved_and_never_comes_back(owner_page: Page):
    seen: list[str] = []
    owner_page.on("response", lambda answer: seen.append(answer.url))
    owner_page.goto("/settings/")
    owner_page.get_by_label("Sandbox").check()
    owner_page.get_by_label("Client id").fill("5f0c0f6e7d3c4e0e9a530d9a")
    owner_page.get_by_label("Secret").fill(SECRET)
    save_plaid(owner_page)
    expect(owner_page.get_by_text("Sandbox secret: ends 9f2c, set just now")).to_be_visible()
    expect(owner_page.get_by_label("Secret", exact=False).first).to_have_value("")
    assert SECRET not in owner_page.content()
    assert all(SECRET not in address for address in seen)
    assert SECRET not in str(list(SavedSetting.objects.values_list()))
    assert AuditEvent.objects.filter(kind="setting_changed", user__username="olga").count() == 3


def test_a_wrong_password_keeps_everything_and_says_so(owner_page: Page, complaints):
    owner_page.goto("/settings/")
    owner_page.get_by_label("Simulated bank").check()
    form = owner_page.locator("#plaid .setting-form")
    form.get_by_label("Your BudgetApp password").fill("wrong")
    form.get_by_role("button", name="Save").click()
    expect(owner_page.get_by_text("This is not your password. Nothing was changed.")).to_be_visible()
    assert not SavedSetting.objects.exists()
    complaints.clear()  # Chromium reports the answer 422


@pytest.mark.parametrize("context", [{"java_script_enabled": False}], indirect=True)
def test_everything_is_set_without_scripts(owner_page: Page):
    owner_page.goto("/settings/")
    owner_page.get_by_label("Sync linked accounts").select_option("Once a day")
    owner_page.get_by_label("Time zone").select_option("Europe/Vienna")
    owner_page.locator("#household").get_by_role("button", name="Save").click()
    expect(owner_page.get_by_text(SAVED)).to_be_visible()
    expect(owner_page.get_by_label("Sync linked accounts")).to_have_value("24")
    expect(owner_page.get_by_label("Time zone")).to_have_value("Europe/Vienna")


def a_linked_bank(name: str) -> LinkedAccount:
    token = encrypt_token("access-emulator-0001", item_id=name)
    item = PlaidItem.objects.create(item_id=name, institution=name, access_token=token, environment="sandbox")
    account = Account.objects.create(name="Checking", institution=name, connection_status="connected")
    return LinkedAccount.objects.create(account=account, item=item, plaid_account_id="a", feed=f"plaid:{name}")


@pytest.mark.parametrize("context", LOOKS, indirect=True)
def test_every_state_is_well_made(owner_page: Page, settings, tmp_path: Path):
    for name, address in {"empty": "/settings/", "welcome": "/welcome/", "health": "/settings/health/"}.items():
        owner_page.goto(address)
        assert_well_made(owner_page, name)
    a_linked_bank("First Platypus Bank")
    a_linked_bank("A credit union with a rather long name in the state of Oregon")
    beat()
    settings.PLAID_ENV, settings.PLAID_CLIENT_ID, settings.PLAID_SECRET = "production", "5f0c0f6e7d3c", SECRET
    settings.SYNC_INTERVAL_HOURS, settings.HOUSEHOLD_TIME_ZONE = "6", "Europe/Vienna"
    for name, address in {"locked": "/settings/", "with banks": "/settings/health/", "chosen": "/welcome/"}.items():
        owner_page.goto(address)
        assert_well_made(owner_page, name)
    (tmp_path / "keys" / "token.key").unlink()
    for name, address in {"key lost": "/settings/", "key lost, health": "/settings/health/"}.items():
        owner_page.goto(address)
        expect(owner_page.get_by_text("The key of the stored bank connections is gone").first).to_be_visible()
        assert_well_made(owner_page, name)


@pytest.mark.parametrize("context", LOOKS, indirect=True)
def test_the_pages_before_anybody_is_there_are_well_made(page: Page, complaints):
    for name, address in {"sign-in": "/sign-in/", "set up": set_up_link()}.items():
        page.goto(address)
        assert_well_made(page, name)
    page.goto("/set-up/forged/")
    assert_well_made(page, "ended")
    complaints.clear()  # Chromium reports the answer 410


def test_a_changed_key_is_no_interruption(owner_page: Page):
    owner_page.goto("/settings/?environment=emulator")
    save_plaid(owner_page)
    expect(owner_page.get_by_text(SAVED)).to_be_visible()
    connect(owner_page)
    owner_page.get_by_role("button", name="Add 3 accounts").click()
    expect(owner_page.get_by_text("3 accounts synced.")).to_be_visible()
    call_command("rotate_keys")
    account = Account.objects.get(name="Everyday Checking")
    owner_page.goto("/settings/")
    expect(owner_page.get_by_text("Fits what is stored")).to_be_visible()
    owner_page.goto(f"/accounts/{account.pk}/")
    owner_page.get_by_role("button", name="Sync", exact=True).first.click()
    expect(owner_page.get_by_text("Synced Everyday Checking")).to_be_visible()
