from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client

from accounts.saved_settings import read_anew
from plaid_sync.emulator.server import EmulatorServer

BOTH_DATABASES = ["default", "investments"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that may use the database may use both, as the app does: the accounts page reads the investments."""
    for item in items:
        mark = item.get_closest_marker("django_db")
        if mark or {"db", "transactional_db"} & set(getattr(item, "fixturenames", ())):
            chosen = {"databases": BOTH_DATABASES} | (mark.kwargs if mark else {})
            item.add_marker(pytest.mark.django_db(**chosen), append=False)


@pytest.fixture(autouse=True)
def _settings_are_read_anew() -> None:
    """What an earlier test saved is rolled back; nobody may remember it."""
    read_anew()


@pytest.fixture
def user(db: None) -> User:
    return User.objects.create_user("alice", password="a long enough password")


@pytest.fixture
def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def bank(settings, tmp_path: Path) -> Iterator[EmulatorServer]:
    """A simulated bank that the app is configured for, and a data folder of the test's own."""
    settings.DATA_DIR = tmp_path
    settings.PLAID_TOKEN_ENCRYPTION_KEY = ""
    settings.HAS_DATABASE_SERVER = False
    settings.PLAID_WEBHOOK_URL = "http://nobody.invalid/"  # a test that wants webhooks says where to
    with EmulatorServer() as server:
        settings.PLAID_ENV = settings.PLAID_CLIENT_ID = settings.PLAID_SECRET = "emulator"
        settings.PLAID_EMULATOR_URL = server.url
        yield server
