"""What Plaid tells unasked: verified, written down once, and left to the worker.

Plaid waits ten seconds for an answer, and what a webhook says may be old by the time it is read. So nothing but
the event itself is stored here; `plaid_sync.webhooks.effects` asks Plaid how things are.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db import transaction
from django_q.tasks import async_task

from accounts.worker import is_late
from plaid_sync.answers import clean
from plaid_sync.models import WebhookEvent
from plaid_sync.webhooks.effects import note
from plaid_sync.webhooks.signature import VerificationKeys, verify

KEPT_FOR = timedelta(days=30)
# What is used of the rest. Nothing else is stored: a webhook is no place to keep a household's data.
_FACTS = ("account_id", "consent_expiration_time", "disconnect_time", "new_webhook_url", "reason")
_LONGEST_FACT = 500
_JOB = "plaid_sync.webhooks.tasks.act_on_webhooks"


@lru_cache(maxsize=1)
def verification_keys() -> VerificationKeys:
    """What this process knows of Plaid's keys."""
    return VerificationKeys()


def receive(body: bytes, signature: str, *, now: datetime) -> None:
    """Stores what Plaid has signed and lets the worker act on it; the same delivery twice is one. Raises Refused."""
    fingerprint = verify(body, signature, keys=verification_keys(), now=now)
    payload = _payload(body)
    with transaction.atomic():
        event, is_new = WebhookEvent.objects.get_or_create(
            fingerprint=fingerprint,
            defaults={
                "received_at": now,
                "kind": _text(payload, "webhook_type", 40),
                "code": _text(payload, "webhook_code", 80),
                "item_id": _text(payload, "item_id", 64),
                "environment": _text(payload, "environment", 16),
                "facts": {name: _text(payload, name, _LONGEST_FACT) for name in _FACTS if name in payload},
            },
        )
        if is_new:
            note(event)
        # Without a worker the event waits for one, or for `sync_all`: there is no time to act on it here.
        if is_new and not is_late(now):
            async_task(_JOB)


def forget_old_events(*, now: datetime) -> None:
    """Drops the events of more than a month ago."""
    WebhookEvent.objects.filter(received_at__lt=now - KEPT_FOR).delete()


def _payload(body: bytes) -> Mapping[str, Any]:
    """The JSON object in `body`; an empty one if it is none."""
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return payload if isinstance(payload, dict) else {}


def _text(payload: Mapping[str, Any], name: str, longest: int) -> str:
    value = payload.get(name)
    return clean(value)[:longest] if isinstance(value, str) else ""
