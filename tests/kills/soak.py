"""A demo whose worker loses one of its processes every 20 seconds: `python -m tests.kills.soak [MINUTES [SEED]]`.

Days pass at the banks meanwhile, which tell so by webhook. Exit code 1 if the worker was silent for more than six
minutes, if a schedule was lost or doubled, or if books and bank differ at the end.
"""

import random
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from budgetapp.demo.audit import PROVEN, compare, table
from budgetapp.demo.household import Household, free_port, running
from budgetapp.demo.tour import Tour
from tests.kills.installation import Installation

EVERY = 20.0
LONGEST_SILENCE = 360.0


def soak(minutes: float, seed: int) -> bool:
    """Whether everything was as it has to be."""
    chance, kills = random.Random(seed), 0
    with (
        tempfile.TemporaryDirectory(prefix="budgetapp-soak-") as name,
        running(Path(name) / "household", free_port()) as household,
    ):
        tour, beats = Tour(household, say), Beats(household)
        tour.link_both_banks()
        schedules = names_of_schedules(household)
        deadline = time.monotonic() + 60 * minutes
        while time.monotonic() < deadline:
            kill_one(household, chance)
            kills += 1
            tour.let_days_pass(1)
            beats.listen(EVERY)
        beats.wait_for_the_next()
        tour.sync_all()
        lines = compare(household.bank, household.database)
        say(table(lines))
        say(f"{kills} kills, seed {seed}. The longest silence of the worker: {beats.longest:.0f} seconds.")
        is_proven = {line.proof for line in lines} == {PROVEN}
        return is_proven and names_of_schedules(household) == schedules and beats.longest <= LONGEST_SILENCE


def kill_one(household: Household, chance: random.Random) -> None:
    """Kills a process of the cluster, or its tether; the keeper starts the next one if need be."""
    processes = Installation(household.folder, {}).processes()
    cluster = [each for each in processes if "manage.py qcluster" in each.command]
    if cluster:
        chance.choice(cluster).kill()


class Beats:
    """Listens to the worker. `longest`: seconds between two beats."""

    def __init__(self, household: Household) -> None:
        self.household = household
        self.longest = 0.0
        self._last, self._heard_at = self._seen(), time.monotonic()

    def listen(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self._hear()
            time.sleep(0.5)

    def wait_for_the_next(self) -> None:
        """Until the worker is heard, or has been silent for too long."""
        before = self._last
        while self._last == before and self.longest <= LONGEST_SILENCE:
            self.listen(1)

    def _hear(self) -> None:
        seen, now = self._seen(), time.monotonic()
        self.longest = max(self.longest, now - self._heard_at)
        if seen != self._last:
            self._last, self._heard_at = seen, now

    def _seen(self) -> object:
        return query(self.household, "SELECT beat_at FROM accounts_workerheartbeat")


def names_of_schedules(household: Household) -> list[tuple[object, ...]]:
    return query(household, "SELECT name FROM django_q_schedule ORDER BY name")


def query(household: Household, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(household.database, timeout=20)) as database:
        return database.execute(sql).fetchall()


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    given = sys.argv[1:] + ["10", str(random.SystemRandom().randrange(10**6))][len(sys.argv) - 1 :]
    sys.exit(0 if soak(float(given[0]), int(given[1])) else 1)
