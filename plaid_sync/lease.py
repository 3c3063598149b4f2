"""Who may work on a linked account: one run at a time, over any number of processes and machines.

A lease is a conditional UPDATE timed by the database's clock. A holder that dies is healed by expiry;
one that wakes up late is stopped by its token (`plaid_sync.sync` posts only under it).
"""

import datetime
import uuid
from dataclasses import dataclass

from django.db import models
from django.db.models import ExpressionWrapper, Q
from django.db.models.functions import Now

from plaid_sync.models import LinkedAccount

_DURATION = datetime.timedelta(seconds=300)  # more than the longest call (120 s) and a post together


class LostLease(Exception):
    """Another run works on the account now, or the account is no longer linked."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on one linked account."""

    linked_account_id: int
    token: str

    def extend(self) -> None:
        """Prolongs the lease. Raises LostLease if somebody else holds it by now."""
        if not _held(self).update(lease_until=_expiry()):
            raise LostLease

    def release(self) -> None:
        """Gives the lease back if it is still held."""
        _held(self).update(lease_token="", lease_until=None)


def acquire(linked_account_id: int) -> Lease | None:
    """The lease, or None at once while another run holds it (or the account is not linked)."""
    lease = Lease(linked_account_id, str(uuid.uuid4()))
    free = Q(lease_token="") | Q(lease_until=None) | Q(lease_until__lt=Now())
    taken = LinkedAccount.objects.filter(free, pk=linked_account_id)
    return lease if taken.update(lease_token=lease.token, lease_until=_expiry()) else None


def _held(lease: Lease) -> models.QuerySet[LinkedAccount]:
    return LinkedAccount.objects.filter(pk=lease.linked_account_id, lease_token=lease.token)


def _expiry() -> ExpressionWrapper:
    return ExpressionWrapper(Now() + _DURATION, output_field=models.DateTimeField())
