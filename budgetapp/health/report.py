"""The list of checks, and what they found together."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import DatabaseError

from budgetapp.health import banks, databases, installation, jobs
from budgetapp.health.finding import Finding, Status, error

SCHEMA = 1
_WORST_FIRST = (Status.ERROR, Status.WARNING, Status.OK)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to look at. The id never changes its meaning: machines go by it."""

    id: str
    title: str
    look: Callable[[datetime], Finding]


CHECKS = (
    Check("database", "Books", lambda _now: databases.look_at("default")),
    Check("investments_database", "Investments", lambda _now: databases.look_at("investments")),
    Check("disk", "Disk", databases.disk),
    Check("server", "Server", installation.server),
    Check("key", "Encryption key", installation.key),
    Check("worker", "Worker", jobs.worker),
    Check("schedules", "Schedules", jobs.schedules),
    Check("plaid", "Plaid", installation.plaid),
    Check("banks", "Banks", banks.connections),
    Check("proofs", "Balances", banks.proofs),
    Check("steps", "Between the databases", banks.unfinished_steps),
    Check("pages", "Interrupted syncs", banks.left_pages),
    Check("removals", "Ended accesses", banks.removals),
)


@dataclass(frozen=True, slots=True)
class Line:
    """A check and what it found."""

    check: Check
    finding: Finding


@dataclass(frozen=True, slots=True)
class Report:
    checked_at: datetime
    lines: list[Line]

    @property
    def status(self) -> Status:
        """The worst that was found."""
        return next(status for status in _WORST_FIRST if self.count(status) or status == Status.OK)

    @property
    def worst_first(self) -> list[Line]:
        return sorted(self.lines, key=lambda line: _WORST_FIRST.index(line.finding.status))

    def count(self, status: Status) -> int:
        return sum(line.finding.status == status for line in self.lines)

    @property
    def errors(self) -> int:
        return self.count(Status.ERROR)

    @property
    def warnings(self) -> int:
        return self.count(Status.WARNING)

    def as_json(self) -> dict[str, Any]:
        """For machines; a change of its form raises `schema`."""
        return {
            "schema": SCHEMA,
            "status": self.status,
            "checked_at": self.checked_at.isoformat(timespec="seconds"),
            "checks": [{"id": line.check.id, "title": line.check.title, **asdict(line.finding)} for line in self.lines],
        }


def examine(now: datetime, checks: Sequence[Check] = CHECKS) -> Report:
    """Goes through the checks; what can't be looked at is an error of its own and stops no other."""
    return Report(now, [Line(check, _found(check, now)) for check in checks])


def _found(check: Check, now: datetime) -> Finding:
    try:
        return check.look(now)
    except (DatabaseError, OSError) as failure:
        return error("This could not be looked at.", "See to the databases first.", type(failure).__name__)
