"""A real worker that is kept, and its processes by their parts."""

import re
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.kills.installation import Installation, Process, install, wait_until

LOG = "worker.log"
LATE_AFTER = 12  # seconds, where a real install waits for five minutes
KEEPING = f"""
import datetime, django
django.setup()
from budgetapp.keeper import keep_at_work
keep_at_work(late_after=datetime.timedelta(seconds={LATE_AFTER}))
"""
# In place of the schedule, which asks for a beat once a minute.
ASKING = """
import time, django
django.setup()
from accounts.worker import ask_for_beat
while True:
    ask_for_beat()
    time.sleep(1)
"""
PARTS = ("worker", "monitor", "pusher", "guard", "parent", "tether")
_SAID = {"worker": "ready for work at", "monitor": "monitoring at", "pusher": "pushing tasks at"}


@dataclass
class KeptWorker:
    installation: Installation

    def part(self, name: str) -> Process:
        """The living process that does this part."""
        return self.parts()[name]

    def parts(self) -> dict[str, Process]:
        """Whatever parts there are now."""
        alive = {each.pid: each for each in self.installation.processes()}
        found = {}
        for name, words in _SAID.items():
            said = [int(pid) for pid in re.findall(rf"{words} (\d+)", self.installation.log(LOG))]
            if said and said[-1] in alive:
                found[name] = alive[said[-1]]
        for process in alive.values():
            above = alive.get(process.parent)
            if "budgetapp.tether" in process.command:
                found["tether"] = process
            elif above and "budgetapp.tether" in above.command:
                found["parent"] = process
        for process in alive.values():
            if "parent" in found and process.parent == found["parent"].pid:
                found["guard"] = process
        return found

    def clusters(self) -> list[Process]:
        """All processes of the cluster, whichever it belongs to."""
        return [each for each in self.installation.processes() if "manage.py qcluster" in each.command]

    def wait_until_well(self) -> None:
        """Until all parts are there, each once, and jobs come through."""
        wait_until(lambda: len(self.parts()) == len(PARTS), "all parts are there")
        seen_whole = datetime.now(UTC)
        wait_until(lambda: self.last_beat() > seen_whole, "a job has begun")
        wait_until(lambda: self.last_result() > seen_whole, "a job's result is stored")
        wait_until(lambda: len(self.clusters()) == len(PARTS), "nobody else is left")

    def last_beat(self) -> datetime:
        return self._latest("SELECT beat_at FROM accounts_workerheartbeat")

    def last_result(self) -> datetime:
        return self._latest("SELECT max(stopped) FROM django_q_task")

    def _latest(self, query: str) -> datetime:
        with closing(sqlite3.connect(self.installation.folder / "budgetapp.sqlite3", timeout=20)) as database:
            row = database.execute(query).fetchone()
        return datetime.fromisoformat(row[0] if row and row[0] else "0001-01-01").replace(tzinfo=UTC)


@contextmanager
def kept_worker(folder: Path) -> Iterator[KeptWorker]:
    with ExitStack() as stack:
        installation = install(folder)
        stack.enter_context(installation.running(sys.executable, "-c", ASKING, log="asking.log"))
        stack.enter_context(installation.running(sys.executable, "-c", KEEPING, log=LOG))
        kept = KeptWorker(installation)
        kept.wait_until_well()
        yield kept
