"""What is to happen around single calls: tests hold answers back, change things in between, or refuse a call."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from plaid_sync.emulator.errors import Fault

Action = Callable[[], None]


class Gate:
    """Holds one call until it is opened: `arrived()` waits for the call, `open()` lets it go."""

    PATIENCE = 30

    def __init__(self) -> None:
        self._arrived = threading.Event()
        self._opened = threading.Event()

    def arrived(self) -> bool:
        """Wait until the call is held here; False when none comes."""
        return self._arrived.wait(self.PATIENCE)

    def open(self) -> None:
        """Let the call go on."""
        self._opened.set()

    def pause(self) -> None:
        """Hold the calling thread; called by the server."""
        self._arrived.set()
        self._opened.wait(self.PATIENCE)


@dataclass(slots=True)
class _Plan:
    path: str
    countdown: int
    action: Action


class Script:
    """Plans for calls to come; `call=1` is the next call of that path."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._before: list[_Plan] = []
        self._after: list[_Plan] = []
        self._gates: list[Gate] = []

    def before(self, path: str, action: Action, *, call: int = 1) -> None:
        """Run the action before the call is looked at; a Fault it raises is the call's answer."""
        self._plan(self._before, path, action, call)

    def after(self, path: str, action: Action, *, call: int = 1) -> None:
        """Run the action when the answer is made and not yet sent."""
        self._plan(self._after, path, action, call)

    def refuse(self, path: str, fault: Fault, *, call: int = 1) -> None:
        """Answer the call with this error."""

        def refuse() -> None:
            raise fault

        self.before(path, refuse, call=call)

    def hold(self, path: str, *, call: int = 1) -> Gate:
        """Hold the call's ready answer back until the gate is opened."""
        gate = Gate()
        self._gates.append(gate)
        self.after(path, gate.pause, call=call)
        return gate

    def clear(self) -> None:
        """Forget all plans and let every held call go."""
        with self._lock:
            self._before.clear()
            self._after.clear()
        for gate in self._gates:
            gate.open()

    def run_before(self, path: str) -> None:
        """Called by the server for each call, before it is looked at."""
        self._run(self._before, path)

    def run_after(self, path: str) -> None:
        """Called by the server for each call, before its answer is sent."""
        self._run(self._after, path)

    def _plan(self, plans: list[_Plan], path: str, action: Action, call: int) -> None:
        with self._lock:
            plans.append(_Plan(path, call, action))

    def _run(self, plans: list[_Plan], path: str) -> None:
        due = []
        with self._lock:
            for plan in [plan for plan in plans if plan.path == path]:
                plan.countdown -= 1
                if plan.countdown == 0:
                    plans.remove(plan)
                    due.append(plan.action)
        for action in due:
            action()
