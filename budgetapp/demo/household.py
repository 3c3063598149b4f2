"""A household of its own for the demo: folder, settings, tables, one person and the three processes."""

import fcntl
import os
import re
import secrets
import shutil
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from budgetapp.datadir import private_folder
from budgetapp.demo.processes import MANAGE, ProcessEnded, Processes

USER = "demo"
START_PATIENCE = 60.0
# What a real install sets must not reach the demo.
OURS = re.compile(r"(PLAID_|DATABASE_|INVESTMENTS_DATABASE_|SECRET_KEY|SITE_URL|DEBUG|TRUST_PROXY|DATA_DIR|DJANGO_)")


@dataclass(frozen=True)
class Household:
    """A running demo."""

    site: str
    bank: str
    user: str
    password: str
    folder: Path
    processes: Processes

    @property
    def database(self) -> Path:
        """The file that holds the books."""
        return self.folder / "budgetapp.sqlite3"

    @property
    def investments(self) -> Path:
        """The file that holds the portfolio."""
        return self.folder / "investments.sqlite3"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(folder: Path, port: int) -> Iterator[Household]:
    """A new household in `folder` (what was in it is gone), served on `port` until the block ends."""
    _refuse_taken(port)
    site = f"http://127.0.0.1:{port}"
    kept = {name: value for name, value in os.environ.items() if not OURS.match(name)}
    environment = kept | {
        "DATA_DIR": str(folder),
        "SITE_URL": site,
        "PLAID_ENV": "emulator",
        "ENV_FILE": os.devnull,
        "DJANGO_SETTINGS_MODULE": "budgetapp.settings",
        "PYTHONUNBUFFERED": "1",
    }
    with _emptied(folder), Processes(folder / "logs", environment) as processes:
        processes.start("bank", *MANAGE, "plaid_emulator", "--port", "0", "--state", str(folder / "bank.json"))
        bank = _bank_address(processes)
        processes.environment["PLAID_EMULATOR_URL"] = bank
        password = secrets.token_urlsafe(12)
        _found(processes, password)
        processes.start("web", *_gunicorn(port))
        processes.start("worker", *MANAGE, "worker")
        processes.manage("worker_health", "--ping", f"{START_PATIENCE:.0f}")
        wait_for(processes, lambda: _answers(f"{site}/sign-in/"), "the web server answers")
        yield Household(site, bank, USER, password, folder, processes)


def wait_for(processes: Processes, condition: Callable[[], bool], what: str, patience: float = START_PATIENCE) -> None:
    """Waits until `condition` holds; raises ProcessEnded when a process ends first or nothing happens."""
    deadline = time.monotonic() + patience
    while not condition():
        processes.check()
        if time.monotonic() > deadline:
            raise ProcessEnded(f"Waited {patience:.0f} seconds until {what}; see {processes.log('web').parent}.")
        time.sleep(0.1)


def _found(processes: Processes, password: str) -> None:
    """Creates tables and the one person, who may also see the admin."""
    processes.manage("migrate", "--verbosity", "0")
    processes.manage("migrate", "--verbosity", "0", "--database", "investments")
    processes.manage(
        "createsuperuser",
        "--noinput",
        DJANGO_SUPERUSER_USERNAME=USER,
        DJANGO_SUPERUSER_PASSWORD=password,
        DJANGO_SUPERUSER_EMAIL="",
    )


def _gunicorn(port: int) -> tuple[str, ...]:
    return (
        *(MANAGE[0], "-m", "gunicorn", "budgetapp.wsgi"),
        *("--bind", f"127.0.0.1:{port}", "--threads", "8", "--timeout", "180"),
        *("--no-control-socket", "--log-level", "warning"),
    )


@contextmanager
def _emptied(folder: Path) -> Iterator[None]:
    """The folder, empty, and inside the block nobody else's: a second demo would delete the books under the first."""
    private_folder(folder.parent)
    with folder.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ProcessEnded(f"Another demo runs in {folder}. End it, or give this one a DATA_DIR.") from error
        shutil.rmtree(folder, ignore_errors=True)
        private_folder(folder)
        yield


def _refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise ProcessEnded(
                f"Port {port} is taken. End what runs there, or choose another: manage.py demo --port {port + 1}"
            ) from error


def _bank_address(processes: Processes) -> str:
    """The address that the simulated bank prints once it listens."""
    found: list[str] = []

    def is_printed() -> bool:
        found[:] = re.findall(r"http://127\.0\.0\.1:\d+", processes.log("bank").read_text())
        return bool(found)

    wait_for(processes, is_printed, "the simulated bank listens")
    return found[0]


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5):  # noqa: S310  # nosec B310  a loopback address
            return True
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
