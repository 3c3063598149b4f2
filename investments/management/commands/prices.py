"""Asks for the prices of everything held, here and now."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from investments.models import PriceRun
from investments.reach import InvestmentsUnavailable
from investments.sources import quote_source
from investments.tasks import refresh_and_value

ALL_FAILED, SOME_FAILED = 1, 3


class Command(BaseCommand):
    help = (
        "Ask for the prices of all securities held, in this process. Exit codes: 0 fine (also if prices are switched "
        "off or nothing is held), 1 none was given, 3 some were not."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object on stdout")

    def handle(self, *, json: bool, **_options: Any) -> None:
        source = quote_source()
        if source is None:
            self._report({}, "Price quotes are off: PRICE_QUOTES=off.", as_json=json)
            return
        now = timezone.now()
        try:
            run = refresh_and_value(now, source, asked_before=now)
        except InvestmentsUnavailable as error:
            raise CommandError(str(error)) from error
        if run is None:
            self._report({}, "Nothing is held that has a price.", as_json=json)
            return
        self._report(_facts(run), _text(run), _exit_code(run), as_json=json)

    def _report(self, facts: dict[str, Any], message: str, code: int = 0, *, as_json: bool) -> None:
        self.stdout.write(json.dumps({**facts, "message": message, "exit_code": code}) if as_json else message)
        if code:
            raise SystemExit(code)


def _facts(run: PriceRun) -> dict[str, Any]:
    return {name: getattr(run, name) for name in ("status", "source", "asked", "priced", "left", "failures")}


def _text(run: PriceRun) -> str:
    lines = [f"{run.get_status_display()}: {run.priced} of {run.wanted} prices from {run.source}."]
    return "\n".join([*lines, *(f"{symbol}: {reason}" for symbol, reason in run.failures.items())])


def _exit_code(run: PriceRun) -> int:
    if run.priced == run.wanted:
        return 0
    return SOME_FAILED if run.priced else ALL_FAILED
