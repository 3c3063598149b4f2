import signal
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand

from budgetapp.keeper import keep_at_work


class Command(BaseCommand):
    help = (
        "Runs the job worker and keeps it at work: one that ends, or that nothing has come through for five minutes, "
        "is started again. Asked to end, it finishes its job first."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _stop)
        try:
            keep_at_work()
        except KeyboardInterrupt:
            self.stdout.write("The worker has ended.")


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit
