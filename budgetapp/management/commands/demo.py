import signal
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from budgetapp.demo.audit import PROVEN, compare, table
from budgetapp.demo.household import Household, free_port, running, wait_for
from budgetapp.demo.portfolio_audit import PortfolioLine, compare_portfolio, portfolio_table
from budgetapp.demo.processes import ProcessEnded
from budgetapp.demo.tour import Tour

DAYS_THAT_PASS = 7


class Command(BaseCommand):
    help = "Runs the app with a simulated bank, linked and synced. Starts anew each time; Ctrl+C ends all of it."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="where the app is served (default %(default)s)")
        parser.add_argument(
            "--check",
            action="store_true",
            help="on a free port and in a temporary folder: link, sync, let days pass, wait for the banks' webhooks, "
            "sync again, compare with the bank's ledger and stop; exit code 1 if anything differs",
        )

    def handle(self, *args: Any, port: int, check: bool, **options: Any) -> None:
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _stop)
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's `&` would have it ignored
        try:
            if check:
                self._prove()
            else:
                self._serve(port)
        except (ProcessEnded, LookupError, OSError) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            self._say("\nThe demo has ended.")

    def _serve(self, port: int) -> None:
        with running(Path(settings.DATA_DIR) / "demo", port) as household:
            tour = Tour(household, self._say)
            tour.link_both_banks()
            tour.link_brokerages()
            self._say(table(compare(household.bank, household.database)))
            self._say(portfolio_table(_compare_portfolio(household)))
            self._say(
                f"\n{household.site}\n  user      {household.user}\n  password  {household.password}\n\n"
                f"Further banks take user_good and pass_good. Logs: {household.folder / 'logs'}. Ctrl+C ends the demo."
                "\nNew rows arrive by themselves when days pass at the banks:\n"
                f"  curl -H 'Content-Type: application/json' -d '{{\"days\": 7}}' {household.bank}/emulator/tick"
            )
            wait_for(household.processes, lambda: False, "the demo ends", patience=float("inf"))

    def _prove(self) -> None:
        with (
            tempfile.TemporaryDirectory(prefix="budgetapp-demo-") as folder,
            running(Path(folder) / "household", free_port()) as household,
        ):
            tour = Tour(household, self._say)
            tour.link_both_banks()
            tour.link_brokerages()
            self._compare(household, "after linking")
            tour.let_days_pass(DAYS_THAT_PASS)
            tour.wait_for_news()
            tour.sync_all()
            self._compare(household, f"{DAYS_THAT_PASS} days later")
        self._say("Books and bank agree.")

    def _compare(self, household: Household, when: str) -> None:
        lines = compare(household.bank, household.database)
        self._say(f"\nBooks and bank {when}:\n{table(lines)}\n")
        invested = _compare_portfolio(household)
        self._say(f"Portfolio and brokerages {when}:\n{portfolio_table(invested)}\n")
        is_proven = {line.proof for line in lines} | {line.proof for line in invested} == {PROVEN}
        if not (lines and invested and is_proven):
            raise CommandError(f"Books and bank differ {when}.")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()  # at once, into a pipe too


def _compare_portfolio(household: Household) -> list[PortfolioLine]:
    return compare_portfolio(household.bank, household.database, household.investments)


def _stop(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
