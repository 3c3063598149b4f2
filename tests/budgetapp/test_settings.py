import stat
from pathlib import Path

import pytest

from tests.budgetapp.processes import error_of, run, settings_with

LOAD = "from django.conf import settings; settings.DEBUG"
LONG_KEY = "k" * 60


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_no_variable_has_to_be_set(tmp_path: Path) -> None:
    values = settings_with("DEBUG", "SITE_URL", "PLAID_ENV", "PLAID_SECRET", DATA_DIR=str(tmp_path / "data"))
    assert values == [False, "http://127.0.0.1:8000", "", ""]


def test_an_empty_variable_counts_as_not_set(tmp_path: Path) -> None:
    names = ("SITE_URL", "DEBUG", "PLAID_ENV", "SYNC_INTERVAL_HOURS")
    values = settings_with(*names, DATA_DIR=str(tmp_path / "data"), **dict.fromkeys(names, ""))
    assert values == ["http://127.0.0.1:8000", False, "", ""]


def test_folder_databases_and_key_are_for_their_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    code = """
import django, json; django.setup()
from django.db import connections
for alias in connections:
    connections[alias].cursor().execute("create table t (a)")
from pathlib import Path
print(json.dumps(sorted(p.name for p in Path(connections["default"].settings_dict["NAME"]).parent.glob("*-wal"))))
"""
    assert run(code, DATA_DIR=str(folder)) == ["budgetapp.sqlite3-wal", "investments.sqlite3-wal"]
    assert {mode(folder), mode(folder / "keys")} == {0o700}
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"budgetapp.sqlite3", "investments.sqlite3", "secret.key"}
    assert {mode(path) for path in files} == {0o600}


def test_sqlite_keeps_writers_apart_and_checks_foreign_keys(tmp_path: Path) -> None:
    code = """
import django, json; django.setup()
from django.db import connections
def pragma(alias, name):
    with connections[alias].cursor() as cursor:
        return cursor.execute(f"PRAGMA {name}").fetchone()[0]
print(json.dumps([[pragma(a, n) for n in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")]
                  for a in ("default", "investments")]))
"""
    assert run(code, DATA_DIR=str(tmp_path)) == [["wal", 2, 1, 20000], ["wal", 1, 1, 5000]]


def test_either_database_can_move_to_postgresql(tmp_path: Path) -> None:
    code = """
import json; from django.conf import settings
print(json.dumps({alias: [database["ENGINE"], database.get("HOST"), database.get("CONN_HEALTH_CHECKS")]
                  for alias, database in settings.DATABASES.items()}))
"""
    address = "postgres://someone:word@db.example.org:5433/books"
    databases = run(code, DATABASE_URL=address, SECRET_KEY=LONG_KEY, DATA_DIR=str(tmp_path))
    assert databases == {
        "default": ["django.db.backends.postgresql", "db.example.org", True],
        "investments": ["django.db.backends.sqlite3", None, None],
    }


def test_a_database_server_needs_a_given_secret_key(tmp_path: Path) -> None:
    error = error_of(LOAD, DATABASE_URL="postgres://a@db/books", DATA_DIR=str(tmp_path / "data"))
    assert "SECRET_KEY must be set beside a database server" in error
    assert "secrets.token_urlsafe" in error


def test_secrets_can_come_from_files(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from-a-file\n")
    values = settings_with("PLAID_SECRET", PLAID_SECRET_FILE=str(tmp_path / "secret"), DATA_DIR=str(tmp_path))
    assert values == ["from-a-file"]


def test_the_env_file_is_read_and_the_process_wins_over_it(tmp_path: Path) -> None:
    (tmp_path / "env").write_text("PLAID_CLIENT_ID=from-the-file\nSITE_URL=https://file.example.org\n")
    values = settings_with(
        "PLAID_CLIENT_ID",
        "SITE_URL",
        ENV_FILE=str(tmp_path / "env"),
        SITE_URL="https://process.example.org",
        DATA_DIR=str(tmp_path),
    )
    assert values == ["from-the-file", "https://process.example.org"]


def test_everything_about_the_address_follows_from_site_url(tmp_path: Path) -> None:
    values = settings_with(
        "ALLOWED_HOSTS",
        "CSRF_TRUSTED_ORIGINS",
        "SESSION_COOKIE_NAME",
        "CSRF_COOKIE_NAME",
        "SESSION_COOKIE_SECURE",
        "SECURE_HSTS_SECONDS",
        SITE_URL="https://money.example.org/",
        DATA_DIR=str(tmp_path),
    )
    assert values == [
        ["money.example.org", "localhost", "127.0.0.1", "[::1]"],
        ["https://money.example.org"],
        "__Host-budgetapp-session",
        "__Host-budgetapp-csrf",
        True,
        31536000,
    ]


def test_the_simulated_bank_has_credentials_by_itself(tmp_path: Path) -> None:
    values = settings_with("PLAID_CLIENT_ID", "PLAID_SECRET", PLAID_ENV="emulator", DATA_DIR=str(tmp_path))
    assert values == ["emulator", "emulator"]


def test_plaids_closed_development_environment_is_read_as_production(tmp_path: Path) -> None:
    values = settings_with("PLAID_ENV", "PLAID_ENV_AS_GIVEN", PLAID_ENV="development", DATA_DIR=str(tmp_path))
    assert values == ["production", "development"]


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"DEBUG": "yes please"}, "DEBUG must be 1 or 0"),
        ({"SITE_URL": "money.example.org"}, "SITE_URL must look like"),
        ({"SITE_URL": "https://money.example.org/app"}, "without a path"),
        ({"PLAID_ENV": "live"}, "PLAID_ENV must be sandbox"),
        ({"DATABASE_URL": "mysql://a@b/c"}, "DATABASE_URL must be a PostgreSQL address"),
        ({"PLAID_ENV": "emulator", "PLAID_EMULATOR_URL": "https://bank.example.org"}, "the simulated bank is local"),
        ({"HOUSEHOLD_TIME_ZONE": "Mars/Base"}, "HOUSEHOLD_TIME_ZONE must be a zone"),
        ({"SYNC_INTERVAL_HOURS": "169"}, "SYNC_INTERVAL_HOURS must be"),
        ({"SYNC_INTERVAL_HOURS": "often"}, "SYNC_INTERVAL_HOURS must be"),
    ],
)
def test_a_wrong_value_stops_the_start_with_a_sentence(
    tmp_path: Path, variables: dict[str, str], sentence: str
) -> None:
    assert sentence in error_of(LOAD, DATA_DIR=str(tmp_path), **variables)


def test_starting_up_loads_no_heavy_package(tmp_path: Path) -> None:
    code = """
import django, json, sys; django.setup()
from django.urls import get_resolver
get_resolver().url_patterns
print(json.dumps(sorted({"plaid", "pandas", "yfinance"} & sys.modules.keys())))
"""
    assert run(code, DATA_DIR=str(tmp_path)) == []
