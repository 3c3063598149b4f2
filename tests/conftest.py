from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client

from plaid_sync.emulator.server import EmulatorServer


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
    with EmulatorServer() as server:
        settings.PLAID_ENV = settings.PLAID_CLIENT_ID = settings.PLAID_SECRET = "emulator"
        settings.PLAID_EMULATOR_URL = settings.PLAID_LINK_ORIGIN = server.url
        yield server
