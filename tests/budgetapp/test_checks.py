from pathlib import Path

import pytest
from django.core.checks import run_checks
from pytest_django import Settings


def ids() -> set[str]:
    return {message.id or "" for message in run_checks() if (message.id or "").startswith("budgetapp.")}


@pytest.fixture
def install(settings: Settings, tmp_path: Path) -> Path:
    """The folder of an install where everything is as it should be."""
    folder = tmp_path / "data"
    (folder / "keys").mkdir(parents=True)
    for path in (folder, folder / "keys"):
        path.chmod(0o700)
    for name in ("budgetapp.sqlite3", "budgetapp.sqlite3-wal", "keys/secret.key"):
        (folder / name).write_text("")
        (folder / name).chmod(0o600)
    settings.DATA_DIR = folder
    settings.ENV_FILE = tmp_path / ".env"
    return folder


def test_a_tidy_install_passes(install: Path) -> None:
    assert ids() == set()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (".", "budgetapp.W001"),
        ("keys", "budgetapp.W001"),
        ("keys/secret.key", "budgetapp.E001"),
        ("budgetapp.sqlite3", "budgetapp.W002"),
        ("budgetapp.sqlite3-wal", "budgetapp.W002"),
    ],
)
def test_what_others_may_read_is_named(install: Path, name: str, expected: str) -> None:
    path = install / name
    path.chmod(0o755 if path.is_dir() else 0o640)
    assert ids() == {expected}


def test_an_env_file_that_others_may_read_is_an_error(install: Path, settings: Settings) -> None:
    settings.ENV_FILE.write_text("PLAID_SECRET=x")
    settings.ENV_FILE.chmod(0o644)
    assert ids() == {"budgetapp.E001"}


def test_oauth_with_https_is_fine(install: Path, settings: Settings) -> None:
    settings.PLAID_ENV = "production"
    settings.PLAID_CLIENT_ID = "id"
    settings.PLAID_PRODUCTION_SECRET = "secret"
    settings.PLAID_REDIRECT_URI = "https://money.example.org/oauth-callback"
    assert ids() == set()


def test_the_closed_development_environment_is_named(install: Path, settings: Settings) -> None:
    settings.PLAID_ENV_AS_GIVEN = "development"
    assert ids() == {"budgetapp.W004"}


def test_a_database_server_needs_a_given_token_key(install: Path, settings: Settings) -> None:
    settings.HAS_DATABASE_SERVER = True
    assert ids() == set()
    settings.PLAID_ENV = settings.PLAID_CLIENT_ID = settings.PLAID_SECRET = "sandbox"
    assert ids() == {"budgetapp.E002"}


def test_oauth_banks_need_https_in_production(install: Path, settings: Settings) -> None:
    settings.PLAID_ENV = "production"
    settings.PLAID_CLIENT_ID = settings.PLAID_SECRET = "x"
    settings.PLAID_REDIRECT_URI = ""
    assert ids() == {"budgetapp.W005"}


def test_plain_http_to_another_machine_is_named(install: Path, settings: Settings) -> None:
    settings.SITE_URL = "http://nas.example.org:8000"
    settings.IS_LOCAL = False
    assert ids() == {"budgetapp.W006"}
    settings.DEBUG = True
    assert ids() == {"budgetapp.W006", "budgetapp.E003"}


def test_a_retry_that_would_run_jobs_twice_is_an_error(install: Path, settings: Settings) -> None:
    settings.Q_CLUSTER = {**settings.Q_CLUSTER, "retry": 900}
    assert ids() == {"budgetapp.E004"}
    settings.Q_CLUSTER = {**settings.Q_CLUSTER, "retry": 901}
    assert ids() == set()


def test_every_message_says_what_to_do(install: Path, settings: Settings) -> None:
    settings.PLAID_ENV = "production"
    settings.IS_LOCAL = False
    install.chmod(0o755)
    messages = [message for message in run_checks() if (message.id or "").startswith("budgetapp.")]
    assert len(messages) >= 3
    assert all(message.hint for message in messages)
