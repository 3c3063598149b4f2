"""The simulated banks of the demo, as a child of the worker's keeper."""

import fcntl
import logging
import re
import select
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone
from django_q.tasks import async_task

from accounts.saved_settings import read_anew
from budgetapp.demo_mode.connecting import ask_to_connect
from budgetapp.demo_mode.ending import end_demo
from budgetapp.tether import tethered
from plaid_sync import demo
from plaid_sync.credentials import is_simulated

logger = logging.getLogger(__name__)

PATIENCE = 30.0  # until it says where it listens
ADDRESS = re.compile(rb"http://127\.0\.0\.1:\d+")
STATES = "demo-banks-*.json"


class DemoBanks:
    """Runs the banks for as long as the demo wants them and this object is open; call `look` every now and then.

    They listen on a port that is free, which is noted for whoever wants to speak to them, and go on where they
    were when they are started again. What they kept is deleted once no demo wants it.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._of = ""
        self._lock: IO[str] | None = None
        self._is_new = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def look(self) -> None:
        """Brings the banks in step with the settings."""
        try:
            wanted = _wanted()
            if self._is_new and demo.stage() == demo.Stage.ENDING:  # whoever was at it may be gone
                async_task(f"{end_demo.__module__}.{end_demo.__qualname__}")
            self._is_new = False
            if self._process and (self._of != wanted or self._process.poll() is not None):
                self._end()
            if wanted and not self._process and self._is_alone():
                self._start(wanted)
            if not self._process or wanted:
                _forget_states(besides=wanted)
        except DatabaseError:
            logger.warning("The database can't be asked whether a demo is on", exc_info=True)
        finally:
            connection.close()

    def _is_alone(self) -> bool:
        """Whether no other worker of this install runs them: two would write to one file."""
        lock = (Path(settings.DATA_DIR) / "demo-banks.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            return False
        self._lock = lock
        return True

    def _start(self, wanted: str) -> None:
        manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
        command = [*manage, "plaid_emulator", "--port", "0", "--state", str(_state(wanted))]
        self._of = wanted
        self._process = tethered(command, stdout=subprocess.PIPE)
        address = _address(self._process)
        if not address:
            logger.error("The demo's banks did not start; they are started again")
            self._end()
            return
        demo.note_bank(address, now=timezone.now())
        if demo.stage() == demo.Stage.CONNECTING:
            ask_to_connect(wanted)

    def _end(self) -> None:
        """Ends the banks, if they run; they write down what they know first."""
        if self._process:
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe:
                    pipe.close()
            self._process.wait()
            self._process = None
        if self._lock:
            self._lock.close()
            self._lock = None


def _wanted() -> str:
    """The demo whose banks have to run; "" if none have to."""
    read_anew()
    return demo.name() if is_simulated() and demo.stage() != demo.Stage.ENDING else ""


def _state(name: str) -> Path:
    return Path(settings.DATA_DIR) / STATES.replace("*", name)


def _forget_states(*, besides: str) -> None:
    for path in Path(settings.DATA_DIR).glob(STATES):
        if not besides or path != _state(besides):
            path.unlink(missing_ok=True)


def _address(process: subprocess.Popen[bytes]) -> str:
    """Where the process says that it listens; "" if it ends or says nothing for long."""
    said = process.stdout
    found = ADDRESS.search(said.readline()) if said and select.select([said], [], [], PATIENCE)[0] else None
    return found[0].decode() if found else ""
