import json as json_module
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from budgetapp.health import Report, examine
from budgetapp.health.finding import Status

EXIT_CODES = {Status.OK: 0, Status.ERROR: 1, Status.WARNING: 3}
_MARKS = {Status.OK: "ok     ", Status.WARNING: "WARNING", Status.ERROR: "ERROR  "}


class Command(BaseCommand):
    help = (
        "Looks at databases, key, worker, schedules, Plaid and banks, as the System health page does. "
        "Exit codes: 0 all is well, 3 warnings only, 1 at least one error."
    )
    requires_system_checks: list[str] = []  # they are among what is looked at
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object on stdout")

    def handle(self, *, json: bool, **_options: Any) -> None:
        report = examine(timezone.now())
        self.stdout.write(json_module.dumps(report.as_json()) if json else _text(report))
        if code := EXIT_CODES[report.status]:
            raise SystemExit(code)


def _text(report: Report) -> str:
    width = max(len(line.check.title) for line in report.lines)
    lines = []
    for line in report.lines:
        found = line.finding
        lines.append(f"{_MARKS[found.status]}  {line.check.title:<{width}}  {found.sentence}")
        indent = " " * (len(_MARKS[found.status]) + width + 4)
        lines += [f"{indent}- {detail}" for detail in found.details if found.status != Status.OK]
        if found.advice:
            lines.append(f"{indent}{found.advice}")
    return "\n".join(lines)
