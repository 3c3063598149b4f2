"""Syncs connected accounts here and now, with or without a worker."""

import json
import logging
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Account, SyncLog
from plaid_sync.credentials import is_configured
from plaid_sync.errors import ConfigurationError, PlaidError
from plaid_sync.gateway import Gateway, gateway_from_settings
from plaid_sync.models import LinkedAccount, PlaidItem
from plaid_sync.pacing import Pace
from plaid_sync.sync import ALREADY_RUNNING, Outcome, sync
from plaid_sync.tasks import tidy_connections

logger = logging.getLogger(__name__)

ALL_FAILED, SOME_FAILED, NOT_CONFIGURED, ALL_RUNNING = 1, 3, 4, 5
_FAILURES = {SyncLog.Status.ERROR, SyncLog.Status.CANCELLED, SyncLog.Status.INTERRUPTED, SyncLog.Status.PARTIAL}
_COUNTS = ("added", "modified", "merged", "removed", "unchanged", "held")
_MOST_ROUNDS = 50


class Command(BaseCommand):
    help = (
        "Sync all connected accounts, or one of them, in this process. Exit codes: 0 fine (also if there is nothing "
        "to sync), 1 all failed, 3 some failed, 4 one account was asked for and Plaid is not configured, "
        "5 everything asked for is already running."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--account", type=int, metavar="ID", help="only the account with this id")
        parser.add_argument("--json", action="store_true", help="one JSON object on stdout")

    def handle(self, *, account: int | None, json: bool, **_options: Any) -> None:
        if not is_configured():
            code = 0 if account is None else NOT_CONFIGURED
            self._report([], "Bank syncing is off: Plaid is not configured.", code, as_json=json)
            return
        if account is None:
            tidy_connections()
        asked_for = _asked_for(account)
        if not asked_for:
            self._report([], "No account is connected to a bank.", 0, as_json=json)
            return
        results = list(_sync_each(asked_for, gateway_from_settings()))
        self._report(results, "", _exit_code(results), as_json=json)

    def _report(self, results: list[dict[str, Any]], message: str, code: int, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({"accounts": results, "message": message, "exit_code": code}))
        else:
            self.stdout.write(message or _table(results))
        if code:
            raise SystemExit(code)


def _asked_for(account_id: int | None) -> list[LinkedAccount]:
    linked = LinkedAccount.objects.filter(item__in=PlaidItem.objects.active()).select_related("account", "item")
    if account_id is None:
        return list(linked.order_by("item_id", "pk"))
    if not Account.objects.filter(pk=account_id).exists():
        raise CommandError(f"There is no account {account_id}.")
    found = list(linked.filter(account_id=account_id))
    if not found:
        raise CommandError(f"Account {account_id} is not connected to a bank.")
    return found


def _sync_each(asked_for: list[LinkedAccount], gateway: Gateway) -> Iterator[dict[str, Any]]:
    """One result per account. After an error of a login its other accounts are not asked for, nor any once
    Plaid has refused the app."""
    failed_logins: dict[int, PlaidError] = {}
    refusal: ConfigurationError | None = None
    for linked in asked_for:
        if error := refusal or failed_logins.get(linked.item_id):
            yield _result(linked, Outcome(SyncLog.Status.ERROR, error=error))
            continue
        try:
            outcome = _sync_to_the_end(linked, gateway)
        except Exception:  # the last resort: one account must not keep the others from being synced
            logger.exception("The sync of account %s failed", linked.account_id)
            outcome = Outcome(SyncLog.Status.INTERRUPTED)
        if isinstance(outcome.error, ConfigurationError):
            refusal = outcome.error
        if outcome.error and outcome.error.item_status:
            failed_logins[linked.item_id] = outcome.error
        yield _result(linked, outcome)


def _sync_to_the_end(linked: LinkedAccount, gateway: Gateway) -> Outcome:
    for _round in range(_MOST_ROUNDS):
        outcome = sync(linked.pk, SyncLog.Trigger.MANUAL, gateway=gateway, pace=Pace())
        if outcome.status != SyncLog.Status.PARTIAL:
            break
    return outcome


def _result(linked: LinkedAccount, outcome: Outcome) -> dict[str, Any]:
    counts = {name: getattr(outcome.log, name) if outcome.log else 0 for name in _COUNTS}
    return {
        "id": linked.account_id,
        "account": str(linked.account),
        "institution": str(linked.item),
        "status": str(outcome.status),
        **counts,
        "transactions": linked.account.transactions.live().count(),
        "error_code": outcome.error.code if outcome.error else "",
        "error": str(outcome.error) if outcome.error else "",
        "request_id": outcome.log.request_id if outcome.log else "",
    }


def _exit_code(results: list[dict[str, Any]]) -> int:
    ran = [result["status"] for result in results if result["status"] != ALREADY_RUNNING]
    failed = [status for status in ran if status in _FAILURES]
    if not ran:
        return ALL_RUNNING
    if not failed:
        return 0
    return ALL_FAILED if len(failed) == len(ran) else SOME_FAILED


def _table(results: list[dict[str, Any]]) -> str:
    columns = ("account", "status", *_COUNTS, "transactions")
    rows = [columns, *(tuple(str(result[column]) for column in columns) for result in results)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines += [f"{result['account']}: {result['error']}" for result in results if result["error"]]
    return "\n".join(lines)
