"""Where credentials and addresses come from: the environment first, then what the Settings page saved."""

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from accounts import saved_settings
from accounts.models import SavedSetting
from plaid_sync import errors
from plaid_sync.addresses import link_origin, redirect_uri
from plaid_sync.credentials import credentials, is_configured
from plaid_sync.gateway import gateway_from_settings
from plaid_sync.vault import SECRET_NAMES, encrypt_secret

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _data_dir(settings, tmp_path) -> None:
    settings.DATA_DIR = tmp_path
    settings.PLAID_TOKEN_ENCRYPTION_KEY, settings.HAS_DATABASE_SERVER = "", False


def save(user: User, name: str, value: str) -> None:
    saved_settings.save(name, value, by=user, now=timezone.now())


def save_secret(user: User, environment: str, secret: str) -> None:
    save(user, SECRET_NAMES[environment], encrypt_secret(secret, environment=environment))


@pytest.mark.parametrize(
    ("environment", "secret", "production_secret", "expected"),
    [
        ("production", "s", "p", ("https://production.plaid.com", "p")),
        ("production", "s", "", ("https://production.plaid.com", "s")),
        ("sandbox", "s", "p", ("https://sandbox.plaid.com", "s")),
        ("sandbox", "", "p", None),
        ("", "s", "p", None),
    ],
)
def test_credentials_are_those_of_the_environment(settings, environment, secret, production_secret, expected):
    settings.PLAID_ENV, settings.PLAID_CLIENT_ID = environment, "client"
    settings.PLAID_SECRET, settings.PLAID_PRODUCTION_SECRET = secret, production_secret
    known_as = credentials()
    assert (known_as and (known_as.host, known_as.secret)) == expected
    assert is_configured() is (expected is not None)


def test_without_credentials_there_is_no_gateway():
    with pytest.raises(errors.NotConfigured, match="Bank syncing is off"):
        gateway_from_settings()


def test_saved_credentials_are_used_with_the_secret_of_their_environment(user):
    save(user, "PLAID_CLIENT_ID", "the-client-id")
    save_secret(user, "sandbox", "secret-of-the-sandbox")
    save_secret(user, "production", "secret-of-production")
    for environment in ("sandbox", "production"):
        save(user, "PLAID_ENV", environment)
        found = credentials()
        assert found is not None
        assert (found.client_id, found.host) == ("the-client-id", f"https://{environment}.plaid.com")
        assert found.secret.endswith(environment)


def test_the_environment_wins_over_what_was_saved(user, settings):
    save(user, "PLAID_ENV", "sandbox")
    save(user, "PLAID_CLIENT_ID", "saved-client-id")
    save_secret(user, "sandbox", "saved-secret")
    settings.PLAID_CLIENT_ID, settings.PLAID_SECRET = "given-client-id", "given-secret"
    found = credentials()
    assert found is not None
    assert (found.environment, found.client_id, found.secret) == ("sandbox", "given-client-id", "given-secret")


def test_a_simulated_bank_that_was_chosen_on_the_page_needs_no_credentials(user, settings):
    settings.PLAID_EMULATOR_URL = "http://127.0.0.1:8010"
    save(user, "PLAID_CLIENT_ID", "the-client-id-of-plaid")
    save(user, "PLAID_ENV", "emulator")
    found = credentials()
    assert found is not None
    assert (found.client_id, found.secret, found.host) == ("emulator", "emulator", "http://127.0.0.1:8010")


def test_a_secret_moved_to_the_other_environment_is_refused(user):
    save(user, "PLAID_CLIENT_ID", "the-client-id")
    save(user, "PLAID_ENV", "production")
    save(user, SECRET_NAMES["production"], encrypt_secret("secret-of-sandbox", environment="sandbox"))
    assert credentials() is None


def test_a_saved_secret_whose_key_is_gone_switches_syncing_off(user, tmp_path):
    save(user, "PLAID_CLIENT_ID", "the-client-id")
    save(user, "PLAID_ENV", "sandbox")
    save_secret(user, "sandbox", "secret-of-the-sandbox")
    assert is_configured()
    (tmp_path / "keys" / "token.key").unlink()
    assert not is_configured()


def test_a_secret_is_never_stored_in_the_clear(user):
    save_secret(user, "sandbox", "secret-of-the-sandbox")
    assert "secret-of-the-sandbox" not in SavedSetting.objects.get().value


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ("sandbox", "http://127.0.0.1:8000/oauth-callback"),
        ("emulator", "http://127.0.0.1:8000/oauth-callback"),
        ("production", ""),
        ("", ""),
    ],
)
def test_oauth_returns_to_this_machine_only_outside_production(settings, environment, expected):
    settings.PLAID_ENV = environment
    assert redirect_uri() == expected


def test_oauth_returns_to_https_addresses_everywhere_and_to_the_one_that_is_given(settings):
    settings.SITE_URL, settings.IS_HTTPS, settings.IS_LOCAL = "https://money.example.org", True, False
    settings.PLAID_ENV = "production"
    assert redirect_uri() == "https://money.example.org/oauth-callback"
    settings.PLAID_REDIRECT_URI = "https://proxy.example.org/oauth-callback"
    assert redirect_uri() == "https://proxy.example.org/oauth-callback"


def test_the_simulated_bank_serves_link_itself(settings):
    settings.PLAID_EMULATOR_URL = "http://127.0.0.1:4321"
    assert link_origin() == "https://cdn.plaid.com"
    settings.PLAID_ENV = "emulator"
    assert link_origin() == "http://127.0.0.1:4321"
