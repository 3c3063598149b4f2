import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from tests.security.furnished import Furnished, furnish


@pytest.fixture
def plaid(settings: Settings) -> None:
    """Bank syncing is set up; nobody answers at the other end."""
    settings.PLAID_ENV = "emulator"
    settings.PLAID_CLIENT_ID = settings.PLAID_SECRET = "emulator"
    settings.PLAID_EMULATOR_URL = "http://127.0.0.1:9"


@pytest.fixture
def furnished(user: User, plaid: None) -> Furnished:
    return furnish(user)
