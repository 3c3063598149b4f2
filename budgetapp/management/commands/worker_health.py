from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.worker import LATE_AFTER, is_late, last_beat
from budgetapp.schedules import overdue


class Command(BaseCommand):
    help = "Says whether the job worker is alive. Exit code 1 when it is not: end its process group and start it again."

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        if is_late(now):
            raise CommandError(f"The worker is late: {self._seen(last_beat())}.")
        if late := overdue(now, LATE_AFTER):
            raise CommandError(f"The worker runs, but its schedule does not: {', '.join(late)} is overdue.")
        self.stdout.write(f"The worker is well: {self._seen(last_beat())}.")

    def _seen(self, beat_at: datetime | None) -> str:
        return f"last seen {beat_at:%Y-%m-%d %H:%M:%S} UTC" if beat_at else "it has never been seen"
