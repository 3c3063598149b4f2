"""Faults to order: which call of which endpoint goes wrong, and how. A plan is data: of a file, a request, a test."""

import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from plaid_sync.emulator import breakages, spoiling
from plaid_sync.emulator.routes import ROUTES

# What each kind's argument has to be: said to whoever writes a plan, and checked.
_ARGUMENTS = {**breakages.ARGUMENTS, **spoiling.ARGUMENTS}
KINDS = tuple(_ARGUMENTS)
_COLUMNS = {"endpoint", "call", "kind", "argument", "times"}


class PlanUnreadable(ValueError):
    """What is wrong with a plan, in one sentence."""


@dataclass(frozen=True, slots=True)
class PlannedFault:
    """The `call`-th call of `endpoint` from now on, and the `times` - 1 after it, go wrong in the way of `kind`."""

    endpoint: str
    kind: str
    argument: Any = None  # the kind's own; `_ARGUMENTS` says what
    call: int = 1
    times: int = 1

    def __post_init__(self) -> None:
        if self.endpoint not in ROUTES:
            raise PlanUnreadable(f"There is no endpoint {self.endpoint!r}.")
        if self.kind not in _ARGUMENTS:
            raise PlanUnreadable(f"There is no fault {self.kind!r}; there are {', '.join(KINDS)}.")
        for name in ("call", "times"):
            if not isinstance(getattr(self, name), int) or getattr(self, name) < 1:
                raise PlanUnreadable(f"`{name}` has to be a whole number from 1 on.")
        is_right, wanted = _ARGUMENTS[self.kind]
        if not is_right(self.argument):
            raise PlanUnreadable(f"The argument of {self.kind!r} has to be {wanted}.")


def read_plan(value: object) -> list[PlannedFault]:
    """The faults of `{"faults": [...]}`; raises PlanUnreadable."""
    entries = value.get("faults") if isinstance(value, dict) else None
    if not isinstance(entries, list):
        raise PlanUnreadable('A plan is {"faults": [...]}.')
    return [_read(entry) for entry in entries]


def _read(entry: object) -> PlannedFault:
    if not isinstance(entry, dict) or not {"endpoint", "kind"} <= entry.keys() <= _COLUMNS:
        raise PlanUnreadable(f"A fault has an endpoint and a kind, and may have {', '.join(sorted(_COLUMNS))}.")
    return PlannedFault(**entry)


class FaultPlan:
    """The faults that are still to come."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[tuple[int, PlannedFault]] = []  # with the calls of its endpoint that went by

    def expect(self, faults: Iterable[PlannedFault]) -> None:
        """Puts these in the place of whatever was planned; calls count from now on."""
        with self._lock:
            self._waiting = [(0, fault) for fault in faults]

    def take(self, endpoint: str) -> PlannedFault | None:
        """The fault of this call of the endpoint, if it has one; of several the first in the plan."""
        due: PlannedFault | None = None
        with self._lock:
            waiting = []
            for seen, fault in self._waiting:
                count = seen + (fault.endpoint == endpoint)
                if due is None and count > seen and count >= fault.call:
                    due = fault
                if count < fault.call + fault.times - 1:
                    waiting.append((count, fault))
            self._waiting = waiting
        return due

    def as_told(self) -> list[dict[str, object]]:
        """What is still to come, as a plan says it."""
        with self._lock:
            return [asdict(fault) for _seen, fault in self._waiting]
