"""The demo's processes: each tethered to this one, each with a log of its own."""

import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from budgetapp.tether import ROOT, pipe_of, tethered

MANAGE = (sys.executable, str(ROOT / "manage.py"))
STOP_PATIENCE = 15.0


class ProcessEnded(Exception):
    """One of the demo's processes ended by itself; the message says which and shows the end of its log."""


class Processes:
    """Starts processes that end when this object is closed, or when this process ends in whatever way."""

    def __init__(self, logs: Path, environment: Mapping[str, str]) -> None:
        self.environment = dict(environment)
        self._logs = logs
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        logs.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._running.values():
            pipe_of(process).close()
        deadline = time.monotonic() + STOP_PATIENCE
        for process in self._running.values():
            process.wait(max(0.1, deadline - time.monotonic()))

    def start(self, name: str, *command: str) -> None:
        """Runs `command` until this object is closed; what it prints goes to the log of that name."""
        with self.log(name).open("wb") as log:  # Ctrl+C reaches this process only, which then ends them in order
            self._running[name] = tethered(command, env=self.environment, stdout=log, stderr=log)

    def manage(self, *arguments: str, **variables: str) -> None:
        """Runs a management command to its end; raises ProcessEnded when it fails."""
        done = subprocess.run(
            [*MANAGE, *arguments],
            cwd=ROOT,
            env=self.environment | variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise ProcessEnded(f"manage.py {arguments[0]} failed:\n{done.stdout}{done.stderr}")

    def log(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    def check(self) -> None:
        """Raises ProcessEnded if one of the processes is gone."""
        for name, process in self._running.items():
            if process.poll() is not None:
                tail = self.log(name).read_text(errors="replace").splitlines()[-20:]
                raise ProcessEnded("\n".join([f"The {name} ended with exit code {process.returncode}:", *tail]))
