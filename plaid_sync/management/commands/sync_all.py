"""Syncs connected accounts here and now, with or without a worker."""

import json
import logging
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import Account, SyncLog
from plaid_sync.brokerage.sync import sync_investments
from plaid_sync.brokerage.tasks import reckon_if_possible
from plaid_sync.credentials import environment, is_configured
from plaid_sync.errors import ConfigurationError, PlaidError
from plaid_sync.gateway import Gateway, gateway_from_settings
from plaid_sync.models import InvestmentLink, LinkedAccount, PlaidItem
from plaid_sync.pacing import Pace
from plaid_sync.stream_run import ALREADY_RUNNING, Outcome
from plaid_sync.sync import sync
from plaid_sync.sync_report import Result, account_result, investment_result, tables
from plaid_sync.tasks import tidy_connections
from plaid_sync.webhooks.effects import act_on_waiting

logger = logging.getLogger(__name__)

ALL_FAILED, SOME_FAILED, NOT_CONFIGURED, ALL_RUNNING = 1, 3, 4, 5
_FAILURES = {SyncLog.Status.ERROR, SyncLog.Status.CANCELLED, SyncLog.Status.INTERRUPTED, SyncLog.Status.PARTIAL}
_MOST_ROUNDS = 50
_Stream = LinkedAccount | InvestmentLink


class Command(BaseCommand):
    help = (
        "Sync all connected accounts, investments included, or one of a bank, in this process. Exit codes: 0 fine "
        "(also if there is nothing to sync), 1 all failed, 3 some failed, 4 one account was asked for and Plaid is not "
        "configured, 5 everything asked for is already running."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--account", type=int, metavar="ID", help="only the account with this id")
        parser.add_argument("--json", action="store_true", help="one JSON object on stdout")

    def handle(self, *, account: int | None, json: bool, **_options: Any) -> None:
        if not is_configured():
            code = 0 if account is None else NOT_CONFIGURED
            self._report([], [], "Bank syncing is off: Plaid is not configured.", code, as_json=json)
            return
        if account is None:
            tidy_connections()
            act_on_waiting(now=timezone.now())
        streams: list[_Stream] = [*_asked_for(account), *(_investments() if account is None else [])]
        if not streams:
            self._report([], [], "No account is connected to a bank.", 0, as_json=json)
            return
        accounts, investments = [], []
        for stream, outcome in _sync_each(streams, gateway_from_settings()):
            if isinstance(stream, InvestmentLink):
                investments.append(investment_result(stream, outcome))
            else:
                accounts.append(account_result(stream, outcome))
        if investments:
            reckon_if_possible()
        self._report(accounts, investments, "", _exit_code([*accounts, *investments]), as_json=json)

    def _report(
        self, accounts: list[Result], investments: list[Result], message: str, code: int, *, as_json: bool
    ) -> None:
        if as_json:
            answer = {"accounts": accounts, "investments": investments, "message": message, "exit_code": code}
            self.stdout.write(json.dumps(answer))
        else:
            self.stdout.write(message or tables(accounts, investments))
        if code:
            raise SystemExit(code)


def _asked_for(account_id: int | None) -> list[LinkedAccount]:
    linked = LinkedAccount.objects.filter(item__in=PlaidItem.objects.active()).select_related("account", "item")
    if account_id is None:
        return list(linked.filter(item__environment=environment()).order_by("item_id", "pk"))
    if not Account.objects.filter(pk=account_id).exists():
        raise CommandError(f"There is no account {account_id}.")
    found = list(linked.filter(account_id=account_id))
    if not found:
        raise CommandError(f"Account {account_id} is not connected to a bank.")
    return found


def _investments() -> list[InvestmentLink]:
    links = InvestmentLink.objects.filter(state=InvestmentLink.State.ACTIVE, item__in=PlaidItem.objects.active())
    links = links.filter(item__environment=environment())
    return list(links.select_related("item").order_by("item_id", "pk"))


def _sync_each(streams: Sequence[_Stream], gateway: Gateway) -> Iterator[tuple[_Stream, Outcome]]:
    """How each ended. After an error of a login its other accounts are not asked for, nor any once Plaid has
    refused the app."""
    failed_logins: dict[int, PlaidError] = {}
    refusal: ConfigurationError | None = None
    for stream in streams:
        if error := refusal or failed_logins.get(stream.item_id):
            yield stream, Outcome(SyncLog.Status.ERROR, error=error)
            continue
        try:
            outcome = _sync_to_the_end(stream, gateway)
        except Exception:  # the last resort: one account must not keep the others from being synced
            logger.exception("The sync of %s %s failed", type(stream).__name__, stream.pk)
            outcome = Outcome(SyncLog.Status.INTERRUPTED)
        if isinstance(outcome.error, ConfigurationError):
            refusal = outcome.error
        if outcome.error and outcome.error.item_status:
            failed_logins[stream.item_id] = outcome.error
        yield stream, outcome


def _sync_to_the_end(stream: _Stream, gateway: Gateway) -> Outcome:
    if isinstance(stream, InvestmentLink):
        return sync_investments(stream.pk, SyncLog.Trigger.MANUAL, gateway=gateway, pace=Pace())
    for _round in range(_MOST_ROUNDS):
        outcome = sync(stream.pk, SyncLog.Trigger.MANUAL, gateway=gateway, pace=Pace())
        if outcome.status != SyncLog.Status.PARTIAL:
            break
    return outcome


def _exit_code(results: list[Result]) -> int:
    ran = [result["status"] for result in results if result["status"] != ALREADY_RUNNING]
    failed = [status for status in ran if status in _FAILURES]
    if not ran:
        return ALL_RUNNING
    if not failed:
        return 0
    return ALL_FAILED if len(failed) == len(ran) else SOME_FAILED
