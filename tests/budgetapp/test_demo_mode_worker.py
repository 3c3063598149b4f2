"""The demo with a real worker: its banks outlive each of their deaths, and end with the demo."""

import os
import signal
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path

from tests.kills.installation import MANAGE, Installation, install, wait_until

LOG = "worker.log"
SETUP = """
import django
django.setup()
from django.contrib.auth.models import User
from django.utils import timezone
from budgetapp.demo_mode.beginning import begin
from budgetapp.demo_mode.ending import begin_ending
owner, _ = User.objects.get_or_create(username="olga", is_superuser=True)
"""
READ = """
SELECT (SELECT count(*) FROM accounts_synclog WHERE status = 'success')
     + (SELECT count(*) FROM plaid_sync_investmentrun WHERE status = 'success')
"""
LEFT = "SELECT (SELECT count(*) FROM accounts_account) + (SELECT count(*) FROM plaid_sync_plaiditem)"


def tell(installation: Installation, code: str) -> None:
    subprocess.run([sys.executable, "-c", SETUP + code], env=installation.environment, check=True)


def ask(installation: Installation, query: str) -> object:
    with closing(sqlite3.connect(installation.folder / "budgetapp.sqlite3", timeout=20)) as connection:
        row = connection.execute(query).fetchone()
        return row[0] if row else None


def address(installation: Installation) -> object:
    return ask(installation, "SELECT value FROM accounts_savedsetting WHERE name = 'DEMO_BANK'")


def answers(installation: Installation) -> bool:
    try:
        with urllib.request.urlopen(f"{address(installation)}/emulator/ledger", timeout=10) as ledger:
            return ledger.status == 200
    except (urllib.error.URLError, ConnectionError, ValueError):
        return False


def banks(installation: Installation) -> list[int]:
    """The processes of the banks, without their tether."""
    return [
        each.pid
        for each in installation.processes()
        if "plaid_emulator" in each.command.split("manage.py")[-1] and "tether" not in each.command
    ]


def test_the_banks_come_back_after_every_death_and_go_with_the_demo(tmp_path: Path) -> None:
    installation = install(tmp_path)
    with installation.running(*MANAGE, "worker", log=LOG) as keeper:
        installation.manage("worker_health", "--ping", "60")
        assert banks(installation) == []
        tell(installation, "begin(by=owner, now=timezone.now())")
        wait_until(lambda: ask(installation, READ) == 9, "every account is read")
        before, [bank] = address(installation), banks(installation)
        os.kill(bank, signal.SIGKILL)
        wait_until(lambda: address(installation) != before and answers(installation), "it is started again")
        keeper.kill()
        keeper.wait(30)
        wait_until(lambda: installation.processes() == [], "nobody is left")
    assert not answers(installation)
    with installation.running(*MANAGE, "worker", log=LOG):
        wait_until(lambda: answers(installation), "the banks are back")
        installation.manage("sync_all")
        [state] = tmp_path.glob("demo-banks-*.json")
        tell(installation, "begin_ending(by=owner, now=timezone.now())")
        wait_until(lambda: address(installation) is None, "the demo is removed")
        assert ask(installation, LEFT) == 0
        wait_until(lambda: not state.exists() and banks(installation) == [], "its banks are gone")
    assert installation.processes() == []


def test_an_ending_that_was_interrupted_is_finished_by_the_next_worker(tmp_path: Path) -> None:
    installation = install(tmp_path)
    tell(installation, "from accounts.worker import beat; beat(); begin(by=owner, now=timezone.now())")
    tell(installation, "from plaid_sync import demo; demo.go_to(demo.Stage.ENDING, now=timezone.now())")
    with installation.running(*MANAGE, "worker", log=LOG):
        wait_until(
            lambda: (
                address(installation) is None
                and ask(installation, "SELECT count(*) FROM accounts_savedsetting WHERE name = 'DEMO'") == 0
            ),
            "it is finished",
        )
