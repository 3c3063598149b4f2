"""The demo as the owner of a new install lives it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Account, WorkerHeartbeat
from accounts.worker import beat
from budgetapp.demo_mode.connecting import connect_banks
from plaid_sync import demo
from plaid_sync.emulator.server import EmulatorServer
from tests.browser.test_look import LOOKS, assert_well_made


@pytest.fixture(autouse=True)
def banks(settings, tmp_path: Path, live_server: LiveServer, transactional_db: None) -> Iterator[EmulatorServer]:
    """The banks as the worker runs them; nothing is configured."""
    settings.DATA_DIR, settings.SITE_URL = tmp_path, live_server.url
    settings.PLAID_TOKEN_ENCRYPTION_KEY, settings.HAS_DATABASE_SERVER = "", False
    with EmulatorServer() as server:
        yield server


@pytest.fixture
def owner_page(context, live_server: LiveServer) -> Page:
    client = Client()
    client.force_login(User.objects.create_superuser("olga"))
    context.add_cookies(
        [{"name": name, "value": morsel.value, "url": live_server.url} for name, morsel in client.cookies.items()]
    )
    return context.new_page()


def connect_all(banks: EmulatorServer) -> None:
    """What the worker does."""
    demo.note_bank(banks.url, now=timezone.now())
    WorkerHeartbeat.objects.all().delete()  # what is asked for is done here and now
    connect_banks(demo.name())


def test_one_click_begins_it_one_ends_it_and_the_page_follows_by_itself(owner_page: Page, banks: EmulatorServer):
    beat()
    owner_page.goto("/")
    owner_page.get_by_role("button", name="Try the demo").click()
    expect(owner_page.get_by_text("Starting the simulated banks.")).to_be_visible()
    connect_all(banks)
    expect(owner_page.get_by_text("The demo is ready: 9 accounts at 4 simulated banks.")).to_be_visible()
    owner_page.get_by_role("link", name="To the accounts").click()
    expect(owner_page.get_by_role("link", name="Everyday Checking").first).to_be_visible()
    expect(owner_page.get_by_text("These banks are made up.")).to_be_visible()
    owner_page.get_by_role("link", name="End the demo").click()
    expect(owner_page.get_by_text("5 accounts of simulated banks with")).to_be_visible()
    owner_page.get_by_role("button", name="End the demo").click()
    expect(owner_page.get_by_text("The demo has ended; nothing of it is left.")).to_be_visible()
    expect(owner_page.get_by_text("made up.")).to_have_count(0)
    assert not Account.objects.exists()


@pytest.mark.parametrize("context", [{"java_script_enabled": False}], indirect=True)
def test_it_begins_and_ends_without_scripts(owner_page: Page, banks: EmulatorServer):
    beat()
    owner_page.goto("/welcome/")
    owner_page.get_by_role("button", name="Try the demo").click()
    connect_all(banks)
    owner_page.get_by_role("link", name="Reload").click()
    expect(owner_page.get_by_text("The demo is ready")).to_be_visible()
    owner_page.goto("/demo/end/")
    owner_page.get_by_role("button", name="End the demo").click()
    expect(owner_page.get_by_text("nothing of it is left")).to_be_visible()


@pytest.mark.parametrize("context", LOOKS, indirect=True)
def test_every_state_is_well_made(owner_page: Page, banks: EmulatorServer, complaints):
    owner_page.goto("/welcome/")
    assert_well_made(owner_page, "no worker")
    beat()
    owner_page.goto("/welcome/")
    assert_well_made(owner_page, "to begin")
    owner_page.get_by_role("button", name="Try the demo").click()
    assert_well_made(owner_page, "begun")
    demo.go_to(demo.Stage.CONNECTING, now=timezone.now(), trouble="The simulated bank could not be reached.")
    owner_page.goto("/demo/")
    assert_well_made(owner_page, "in trouble")
    connect_all(banks)
    own = Account.objects.create(name="Wallet")
    for name, address in {
        "ready": "/demo/",
        "end": "/demo/end/",
        "connect": "/connect/",
        "settings": "/settings/",
    }.items():
        owner_page.goto(address)
        assert_well_made(owner_page, name)
    owner_page.goto(f"/connect/?account={own.pk}")
    assert_well_made(owner_page, "demo first")
    complaints.clear()  # Chromium reports the answer 409
