"""The visitor's way through the demo: sign in, link a bank by credentials and one by OAuth, wait for their news."""

import json
import sqlite3
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field

from budgetapp.demo.household import Household, wait_for
from budgetapp.demo.link import connect
from budgetapp.demo.visitor import Visitor

BANKS = {"ins_109508": "by user name and password", "ins_127287": "by OAuth"}
BROKERAGES = ("ins_900101", "ins_900102")
SYNC_PATIENCE = 150.0
STILL_TO_SYNC = """
SELECT count(*) FROM plaid_sync_linkedaccount AS linked WHERE NOT EXISTS (
  SELECT 1 FROM accounts_synclog AS run WHERE run.account_id = linked.account_id
  AND run.status NOT IN ('running', 'partial', 'not_ready'))
"""
STILL_TO_READ = """
SELECT count(*) FROM plaid_sync_investmentlink AS link WHERE NOT EXISTS (
  SELECT 1 FROM plaid_sync_investmentrun AS run WHERE run.account_key = link.account_key
  AND run.status NOT IN ('running', 'not_ready'))
"""
STILL_TO_BE_TOLD = """
SELECT count(*) FROM plaid_sync_linkedaccount AS linked WHERE NOT EXISTS (
  SELECT 1 FROM accounts_synclog AS run WHERE run.account_id = linked.account_id
  AND run.trigger = 'webhook' AND run.status = 'success')
"""
STILL_TO_READ_AGAIN = """
SELECT count(*) FROM plaid_sync_investmentlink AS link WHERE NOT EXISTS (
  SELECT 1 FROM plaid_sync_investmentrun AS run WHERE run.account_key = link.account_key
  AND run.trigger = 'webhook' AND run.status = 'success')
"""


@dataclass
class Tour:
    household: Household
    say: Callable[[str], object]
    visitor: Visitor = field(init=False)

    def __post_init__(self) -> None:
        self.visitor = Visitor(self.household.site)
        page = self.visitor.get("/sign-in/")
        form = page.form("password")
        self.visitor.submit(page, form, username=self.household.user, password=self.household.password)

    def link_both_banks(self) -> None:
        """One bank by user name and password, one by OAuth; the worker does the first sync of each."""
        for institution_id, how in BANKS.items():
            connect(self.visitor, self.household.bank, institution_id)
            self._wait_until_synced()
            self.say(f"Linked and synced a bank {how}.")

    def link_brokerages(self) -> None:
        """What is invested, from the page for brokerages."""
        for institution_id in BROKERAGES:
            connect(self.visitor, self.household.bank, institution_id, begin="/connect/brokerage/")
        wait_for(
            self.household.processes,
            lambda: self._count(STILL_TO_READ) == 0,
            "every investment account is read",
            SYNC_PATIENCE,
        )
        self.say(f"Linked and read {len(BROKERAGES)} brokerages.")

    def let_days_pass(self, days: int) -> None:
        request = urllib.request.Request(  # noqa: S310  a loopback address
            f"{self.household.bank}/emulator/tick",
            data=json.dumps({"days": days}).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310  # nosec B310
            self.say(f"{days} days pass at the bank: it is {json.load(answer)['today']} there now.")

    def wait_for_news(self) -> None:
        """The banks say by webhook that there are new rows, and the worker fetches them; nobody presses anything."""
        wait_for(
            self.household.processes,
            lambda: self._count(STILL_TO_BE_TOLD) + self._count(STILL_TO_READ_AGAIN) == 0,
            "every account is synced because its bank said so",
            SYNC_PATIENCE,
        )
        self.say("The banks have said so, and every account was synced by itself.")

    def sync_all(self) -> None:
        """Syncs every account without the worker, as cron would."""
        self.household.processes.manage("sync_all")
        self.say("Synced all accounts with manage.py sync_all.")

    def _wait_until_synced(self) -> None:
        wait_for(
            self.household.processes,
            lambda: self._count(STILL_TO_SYNC) == 0,
            "every account is synced",
            SYNC_PATIENCE,
        )

    def _count(self, query: str) -> int:
        connection = sqlite3.connect(f"{self.household.database.resolve().as_uri()}?mode=ro", uri=True, timeout=20)
        try:
            return int(connection.execute(query).fetchone()[0])
        finally:
            connection.close()
