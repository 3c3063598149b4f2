"""Repairs what is half done between the two databases, and says how much that was."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from investments.reach import InvestmentsUnavailable
from plaid_sync.brokerage.reconcile import Repairs, reconcile

_WORDS = {
    "connected": "Connections that were finished",
    "disconnected": "Disconnections that were finished",
    "deleted": "Deletions that were finished",
    "put_back": "Accounts that the investments database had lost",
    "left_alone": "Accounts that nothing feeds any more",
    "shown": "Accounts that showed another state than their connection has",
    "interrupted": "Runs that were interrupted and are made again",
    "added_up": "Days whose value was not that of what was held",
}


class Command(BaseCommand):
    help = (
        "Finish what concerns both databases and stopped in between: connecting, disconnecting, deleting and syncing "
        "investment accounts; and add up the values of past days where they differ from what was held. The worker does "
        "it every hour. Exit codes: 0 fine, 1 the investments database can't be "
        "used."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="the counts as one JSON object on stdout")

    def handle(self, *, json: bool, **_options: Any) -> None:
        try:
            repairs = reconcile()
        except InvestmentsUnavailable as error:
            raise CommandError(str(error)) from error
        self.stdout.write(_as_json(repairs) if json else _as_text(repairs))


def _as_json(repairs: Repairs) -> str:
    return json.dumps(asdict(repairs))


def _as_text(repairs: Repairs) -> str:
    lines = [f"{_WORDS[name]}: {count}" for name, count in asdict(repairs).items() if count]
    return "\n".join(lines) or "The two databases agree."
