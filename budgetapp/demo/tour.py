"""The visitor's way through the demo: sign in, link a bank by credentials and one by OAuth, sync."""

import json
import sqlite3
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field

from budgetapp.demo.household import Household, wait_for
from budgetapp.demo.visitor import Visitor

SYNC_PATIENCE = 120.0
FINISHED_SINCE = """
SELECT count(DISTINCT account_id) FROM accounts_synclog
WHERE id > ? AND status NOT IN ('running', 'partial', 'not_ready')
"""


@dataclass
class Tour:
    household: Household
    say: Callable[[str], object]
    visitor: Visitor = field(init=False)

    def __post_init__(self) -> None:
        self.visitor = Visitor(self.household.site)
        self.visitor.sign_in(self.household.user, self.household.password)

    def wait_for_the_worker(self, patience: float) -> None:
        """Until a job went through the queue: from then on the worker syncs, not the web server."""
        self.say("Waiting for the worker's first heartbeat, which is due within a minute.")
        wait_for(
            self.household.processes,
            lambda: self._count("SELECT count(*) FROM accounts_workerheartbeat") > 0,
            "the worker's heartbeat arrives",
            patience,
        )

    def let_days_pass(self, days: int) -> None:
        request = urllib.request.Request(  # noqa: S310  a loopback address
            f"{self.household.bank}/emulator/tick",
            data=json.dumps({"days": days}).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            self.say(f"{days} days pass at the bank; it is now {json.load(answer)['today']} there.")

    def sync_all(self) -> None:
        """Presses "Sync all" and waits until every linked account has a new finished run."""
        linked = self._count("SELECT count(*) FROM plaid_sync_linkedaccount")
        before = self._count("SELECT coalesce(max(id), 0) FROM accounts_synclog")
        self.visitor.post(self.visitor.get("/accounts/"), "/accounts/sync/", {})
        self._wait_until_synced(linked, before)

    def _wait_until_synced(self, accounts: int, before: int) -> None:
        wait_for(
            self.household.processes,
            lambda: self._count(FINISHED_SINCE, before) >= accounts,
            "every account is synced",
            SYNC_PATIENCE,
        )

    def _count(self, query: str, *values: int) -> int:
        connection = sqlite3.connect(f"{self.household.database.resolve().as_uri()}?mode=ro", uri=True, timeout=20)
        try:
            return int(connection.execute(query, values).fetchone()[0])
        finally:
            connection.close()
