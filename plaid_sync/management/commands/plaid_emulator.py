"""`manage.py plaid_emulator`: serve the simulated bank on loopback until interrupted."""

import signal
import threading
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from plaid_sync.emulator.faults import PlannedFault, PlanUnreadable, read_plan
from plaid_sync.emulator.server import EmulatorServer
from plaid_sync.emulator.state import StateUnreadable
from plaid_sync.emulator.wire import loads

LARGEST_PORT = 65_535


class Command(BaseCommand):
    help = "Serve a simulated bank that speaks Plaid's HTTP interface, on this machine only."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        expected = urlsplit(settings.PLAID_EMULATOR_URL).port  # where the app looks for it
        parser.add_argument("--port", type=int, default=expected, help="0 picks a free one (default %(default)s)")
        parser.add_argument("--state", type=Path, help="file that keeps the bank (default: emulator.json in DATA_DIR)")
        parser.add_argument("--faults", type=Path, help="JSON file with faults to come; more are taken over HTTP then")

    def handle(self, *_args: Any, port: int, state: Path | None, faults: Path | None, **_options: Any) -> None:
        _refuse_beside_production()
        if not 0 <= port <= LARGEST_PORT:
            raise CommandError(f"--port must be between 0 and {LARGEST_PORT}.")
        plan = _plan(faults) if faults else None
        stopped = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stopped.set())
        try:
            server = EmulatorServer.lasting(state or Path(settings.DATA_DIR) / "emulator.json", port)
        except StateUnreadable as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"Cannot serve on port {port}: {error.strerror or error}.") from error
        if plan is not None:
            server.faults.expect(plan)
            server.takes_faults = True
        with server:
            self.stdout.write(f"Simulated bank at {server.url}")
            self.stdout.flush()
            stopped.wait()


def _refuse_beside_production() -> None:
    """A simulated bank next to real credentials could be taken for a real one."""
    if settings.PLAID_ENV == "production" or settings.PLAID_PRODUCTION_SECRET:
        raise CommandError(
            "The simulated bank does not run beside production credentials: "
            "unset PLAID_PRODUCTION_SECRET, and set PLAID_ENV to emulator or leave it empty."
        )


def _plan(file: Path) -> list[PlannedFault]:
    try:
        return read_plan(loads(file.read_bytes()))
    except OSError as error:
        raise CommandError(f"{file} can't be read: {error.strerror or error}.") from error
    except PlanUnreadable as problem:
        raise CommandError(f"{file}: {problem}") from problem
    except ValueError as error:
        raise CommandError(f"{file} holds no JSON.") from error
