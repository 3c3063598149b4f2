"""An install of its own in a folder, with real processes, at the simulated bank of the test."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.budgetapp.processes import ROOT, clean_environment

PATIENCE = 90
MANAGE = [sys.executable, "manage.py"]


@dataclass(frozen=True)
class Process:
    pid: int
    parent: int
    command: str

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)


@dataclass(frozen=True)
class Installation:
    """The folder and environment of an install; every process of it has the folder in its environment."""

    folder: Path
    environment: dict[str, str]

    def manage(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*MANAGE, *arguments], cwd=ROOT, env=self.environment, capture_output=True, text=True, check=check
        )

    @contextmanager
    def running(self, *command: str, log: str) -> Iterator[subprocess.Popen[bytes]]:
        """The command, asked to end afterwards."""
        with (self.folder / log).open("wb") as file:
            process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=file, stderr=file)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(PATIENCE)

    def log(self, name: str) -> str:
        return (self.folder / name).read_text(errors="replace")

    def processes(self) -> list[Process]:
        """Those that live, oldest first."""
        found = [_process(folder) for folder in Path("/proc").glob("[0-9]*") if self._is_ours(folder)]
        return sorted((process for process in found if process and process.command), key=lambda each: each.pid)

    def _is_ours(self, folder: Path) -> bool:
        try:
            return f"DATA_DIR={self.folder}\0".encode() in (folder / "environ").read_bytes()
        except OSError:
            return False  # ended meanwhile, or somebody else's


def _process(folder: Path) -> Process | None:
    try:
        command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
    except OSError:
        return None
    return Process(int(folder.name), int(parent), command)


def install(folder: Path, **variables: str) -> Installation:
    """Folder, settings and tables."""
    made = Installation(folder, clean_environment(DATA_DIR=str(folder), PRICE_QUOTES="off", **variables))
    made.manage("migrate", "--verbosity", "0")
    made.manage("migrate", "--verbosity", "0", "--database", "investments")
    return made


def wait_until(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited {PATIENCE} seconds until {what}"
        time.sleep(0.1)
