import time
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.worker import LATE_AFTER, ask_for_beat, is_late, last_beat
from budgetapp.schedules import overdue


class Command(BaseCommand):
    help = "Says whether the job worker is alive. Exit code 1 when it is not; `worker` starts it again by itself."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--ping",
            type=int,
            metavar="SECONDS",
            help="first queue a heartbeat and wait so long for the worker to answer, as after starting it",
        )

    def handle(self, *args: Any, ping: int | None, **options: Any) -> None:
        if ping is not None:
            self._ping(ping)
        now = timezone.now()
        if is_late(now):
            raise CommandError(f"The worker is late: {self._seen(last_beat())}.")
        if late := overdue(now, LATE_AFTER):
            raise CommandError(f"The worker runs, but its schedule does not: {', '.join(late)} is overdue.")
        self.stdout.write(f"The worker is well: {self._seen(last_beat())}.")

    def _ping(self, seconds: int) -> None:
        asked_at = timezone.now()
        ask_for_beat()
        deadline = time.monotonic() + seconds
        while (last_beat() or asked_at) <= asked_at:
            if time.monotonic() > deadline:
                raise CommandError(f"The worker did not answer within {seconds} seconds: {self._seen(last_beat())}.")
            time.sleep(0.2)

    def _seen(self, beat_at: datetime | None) -> str:
        return f"last seen {beat_at:%Y-%m-%d %H:%M:%S} UTC" if beat_at else "it has never been seen"
