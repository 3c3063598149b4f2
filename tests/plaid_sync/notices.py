"""Webhooks for tests: signed by the simulated bank's key, or by whom they should not be."""

import json
import time
from collections.abc import Callable
from importlib import import_module

from django.test import Client
from django_q.models import OrmQ

from accounts.models import Account, SyncLog
from accounts.worker import beat
from plaid_sync.emulator.server import EmulatorServer
from plaid_sync.emulator.signing import SigningKey
from plaid_sync.models import WebhookEvent
from plaid_sync.webhooks.receiving import verification_keys

PATH = "/webhooks/plaid/"


def body_of(item_id: str, code: str = "SYNC_UPDATES_AVAILABLE", kind: str = "TRANSACTIONS", **facts: object) -> bytes:
    """A webhook's body as Plaid writes it."""
    about = {"webhook_type": kind, "webhook_code": code, "item_id": item_id}
    return json.dumps({**about, **facts, "environment": "sandbox"}, indent=2).encode()


def post(body: bytes, signature: str | None):
    """The app's answer to a POST with this header, from a browser that has no CSRF token."""
    headers = {} if signature is None else {"Plaid-Verification": signature}
    browser = Client(enforce_csrf_checks=True)
    return browser.post(PATH, body, content_type="application/json", headers=headers)


def send(key: SigningKey, body: bytes, *, age: float = 0):
    """The app's answer to a webhook that was signed this many seconds ago."""
    return post(body, key.sign(body, at=time.time() - age))


def queued() -> list[Callable[[], object]]:
    """What lies in the queue, taken out of it as a worker does: the calls to make, oldest first."""
    calls = []
    for each in OrmQ.objects.order_by("pk"):
        task = each.task
        module, _, name = task["func"].rpartition(".")
        function, arguments = getattr(import_module(module), name), task["args"]
        calls.append(lambda function=function, arguments=arguments: function(*arguments))
        each.delete()
    return calls


def work() -> None:
    """Does what lies in the queue, and what that queues, until nothing is left."""
    while calls := queued():
        for call in calls:
            call()


def tell_the_app(server: EmulatorServer, item_id: str, app: str) -> None:
    """From now on what the bank has to tell of the login reaches the app at that address; a worker is there."""
    verification_keys.cache_clear()
    beat()
    server.bank.send_webhooks(item_id, f"{app}{PATH}")


def item_id(told_bank) -> str:
    """The login at the bank, as its webhooks name it."""
    return told_bank.links["checking"].item.item_id


def settle(told_bank) -> None:
    """Everything that the bank had to tell has been answered with 200."""
    told_bank.server.webhooks.settle()
    assert {status for _code, status in told_bank.server.webhooks.answers} == {200}


def triggers(account: Account | None = None) -> list[str]:
    """What each run was begun by, oldest first."""
    runs = SyncLog.objects.filter(account=account) if account else SyncLog.objects.all()
    return list(runs.order_by("pk").values_list("trigger", flat=True))


def outcomes() -> list[tuple[str, str]]:
    """What each event was and came to, oldest first."""
    return list(WebhookEvent.objects.order_by("pk").values_list("code", "outcome"))
