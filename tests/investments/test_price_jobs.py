import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.utils import timezone

from investments import tasks
from investments.by_hand import security_by_ticker, set_position
from investments.market_hours import market_day
from investments.market_state import market_state
from investments.models import Holding, InvestmentAccount, PriceRun, Security
from plaid_sync.emulator.errors import Fault
from plaid_sync.emulator.server import EmulatorServer
from tests.budgetapp.processes import ROOT

pytestmark = pytest.mark.django_db


def hold(ticker: str, quantity: str = "2") -> Security:
    account, _ = InvestmentAccount.objects.get_or_create(name="Savings plan")
    security = security_by_ticker(ticker, currency="USD")
    today = market_day(timezone.now())
    set_position(account, security, quantity=Decimal(quantity), cost_basis=None, today=today)
    return security


def prices(*arguments: str) -> tuple[int, str]:
    out, code = StringIO(), 0
    try:
        call_command("prices", *arguments, stdout=out)
    except SystemExit as end:
        code = int(str(end.code))
    return code, out.getvalue()


def test_the_job_prices_what_is_held_and_values_positions_by_hand(bank: EmulatorServer) -> None:
    security = hold("XPLT")
    assert tasks.refresh_prices() == PriceRun.Status.SUCCESS
    security.refresh_from_db()
    assert security.close_price is not None
    assert Holding.objects.get().value == 2 * security.close_price


def test_the_job_asks_again_only_when_it_is_due_and_the_button_at_once(bank: EmulatorServer) -> None:
    hold("XPLT")
    tasks.refresh_prices()
    assert tasks.refresh_prices() == tasks.NOTHING_DUE
    assert tasks.refresh_all_prices() == PriceRun.Status.SUCCESS
    assert bank.calls["/simulated/quotes/XPLT"] == 2


def test_the_job_notes_when_new_york_trades_even_if_no_price_is_due(bank: EmulatorServer) -> None:
    InvestmentAccount.objects.create(name="Still empty")
    assert tasks.refresh_prices() == tasks.NOTHING_DUE
    assert market_state(timezone.now()) is not None


def test_with_quotes_switched_off_nobody_is_asked(settings) -> None:
    assert settings.PRICE_QUOTES == "off"
    hold("XPLT")
    assert tasks.refresh_all_prices() == tasks.OFF
    assert PriceRun.objects.count() == 0


def test_the_daily_job_carries_positions_forward_without_any_source() -> None:
    hold("XPLT")
    Holding.objects.update(as_of_date="2026-01-02")
    assert tasks.carry_positions_forward() == 1
    assert Holding.objects.filter(as_of_date=market_day(timezone.now())).count() == 1


@contextmanager
def investments_at(path: Path) -> Iterator[None]:
    """The app finds this file where its investments should be."""
    connection = connections["investments"]
    connection.close()
    usual = connection.settings_dict
    options = usual["OPTIONS"] | {"timeout": 0.1}
    connection.settings_dict = usual | {"NAME": str(path), "OPTIONS": options}
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict = usual


def corrupt(path: Path) -> Path:
    path.write_bytes(b"no database at all, however long one looks at it" * 100)
    return path


@pytest.mark.django_db(transaction=True)
@pytest.mark.sqlite  # a server's database is no file
@pytest.mark.parametrize("trouble", ["missing", "corrupt"])
def test_a_missing_or_corrupt_database_is_said_and_tried_again(
    bank: EmulatorServer, tmp_path: Path, caplog: pytest.LogCaptureFixture, trouble: str
) -> None:
    hold("XPLT")
    path = tmp_path / "no-folder" / "file" if trouble == "missing" else corrupt(tmp_path / "corrupt.sqlite3")
    with investments_at(path):
        assert tasks.refresh_all_prices().startswith("The investments database")
        assert str(tasks.carry_positions_forward()).startswith("The investments database")
        with pytest.raises(CommandError, match="The investments database"):
            prices()
    assert "The investments database can't be used" in caplog.text
    assert tasks.refresh_all_prices() == PriceRun.Status.SUCCESS


@pytest.mark.django_db(transaction=True)
@pytest.mark.sqlite  # no write locks a whole database on a server
def test_a_locked_database_is_said_and_tried_again(bank: EmulatorServer) -> None:
    hold("XPLT")
    path = connections["investments"].settings_dict["NAME"]
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with investments_at(Path(path)):
        assert "in use by another program" in tasks.refresh_all_prices()
    other.rollback()
    other.close()
    assert tasks.refresh_all_prices() == PriceRun.Status.SUCCESS


def test_the_command_says_how_it_went(bank: EmulatorServer) -> None:
    hold("XPLT")
    assert prices() == (0, "Done: 2 of 2 prices from simulated.\n")
    hold("GONE")
    assert prices() == (3, "Done: 2 of 3 prices from simulated.\nGONE: The source knows no price.\n")


def test_the_command_speaks_json(bank: EmulatorServer) -> None:
    hold("GONE")
    refused = Fault("API_ERROR", "INTERNAL_SERVER_ERROR", "broken", status=500)
    bank.script.refuse("/simulated/quotes/GONE", refused)
    bank.script.refuse("/simulated/quotes/SPY", refused)
    code, text = prices("--json")
    answer = json.loads(text)
    assert (code, answer["status"], answer["priced"], answer["exit_code"]) == (1, "unreachable", 0, 1)
    assert answer["failures"]["GONE"] == "The source did not answer (HTTP 500)."


def test_the_command_has_nothing_to_do_without_holdings_or_with_quotes_off(bank: EmulatorServer, settings) -> None:
    assert prices() == (0, "Nothing is held that has a price.\n")
    settings.PLAID_ENV = ""
    assert prices() == (0, "Price quotes are off: PRICE_QUOTES=off.\n")
    assert json.loads(prices("--json")[1])["exit_code"] == 0


SERVING = """
import sys, django
from django.conf import settings
django.setup()
from django.test import Client
from django.core.management import CommandError, call_command
import investments.tasks, budgetapp.wsgi
for alias in ("default", "investments"):
    call_command("migrate", database=alias, verbosity=0)
from django.contrib.auth.models import User
client = Client(headers={"host": "127.0.0.1"})
client.force_login(User.objects.create_user("alice"))
answers = {page: client.get(page).status_code for page in sys.argv[1:]}
assert set(answers.values()) == {200}, answers
settings.PRICE_QUOTES = "yahoo"
assert investments.tasks.refresh_prices() == investments.tasks.NOTHING_DUE
print(sorted({"yfinance", "pandas", "numpy", "exchange_calendars", "curl_cffi"} & set(sys.modules)))
"""


def test_neither_pages_nor_a_job_with_nothing_to_do_load_a_heavy_library() -> None:
    command = [sys.executable, "-c", SERVING, "/accounts/", "/transactions/", "/investments/", "/investments/prices/"]
    environment = {"DJANGO_SETTINGS_MODULE": "tests.settings", "PATH": ""}
    served = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert served.stdout.strip() == "[]", served.stderr
