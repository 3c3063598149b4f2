"""When Plaid refuses the app itself, every item stops at once, and one of them asks from time to time."""

import datetime

from django.utils.crypto import salted_hmac

from plaid_sync.credentials import Credentials, credentials
from plaid_sync.errors import ConfigurationError
from plaid_sync.models import Halt
from plaid_sync.pacing import sync_interval

_THE_HALT = 1  # one row
_AT_LEAST_DAILY = 24  # hours, while regular syncs are off


def halt(error: ConfigurationError, *, now: datetime.datetime) -> None:
    """Stops the schedule of all items until other credentials are set or Plaid answers again."""
    known_as = credentials()
    if known_as is None:
        return
    facts = {
        "refused": _fingerprint(known_as),
        "error_code": error.code[:80],
        "error_message": str(error),
        "request_id": error.request_id,
        "checked_at": now,
    }
    Halt.objects.update_or_create(pk=_THE_HALT, defaults=facts, create_defaults={**facts, "since": now})


def go_on() -> None:
    """Ends the halt: Plaid has answered."""
    Halt.objects.filter(pk=_THE_HALT).delete()


def current_halt() -> Halt | None:
    """The halt of the credentials that are set now; None while Plaid accepts them or others were set."""
    known_as = credentials()
    halted = Halt.objects.filter(pk=_THE_HALT).first() if known_as else None
    return halted if halted and known_as and halted.refused == _fingerprint(known_as) else None


def is_asking_useless(now: datetime.datetime) -> bool:
    """Whether a scheduled call would only be refused again: the last refusal is younger than a sync interval."""
    halted = current_halt()
    interval = datetime.timedelta(hours=sync_interval() or _AT_LEAST_DAILY)
    return halted is not None and now - halted.checked_at < interval


def _fingerprint(known_as: Credentials) -> str:
    said = (known_as.environment, known_as.client_id, known_as.secret, known_as.host)
    return salted_hmac("plaid_sync.halt", repr(said)).hexdigest()[:32]
