"""Who may work on a linked account: one run at a time, over any number of processes and machines.

A lease is a conditional UPDATE timed by the database's clock. A holder that dies is healed by expiry;
one that wakes up late is stopped by its token (`plaid_sync.sync` posts only under it).
"""

import datetime
import uuid
from dataclasses import dataclass
from typing import Any, Self

from django.db import models
from django.db.models import ExpressionWrapper, Q
from django.db.models.functions import Now

from plaid_sync.models import InvestmentLink, LinkedAccount, Stream

_DURATION = datetime.timedelta(seconds=300)  # more than the longest call (180 s) and a post together


class LostLease(Exception):
    """Another run works on the account now, or the account is no longer linked."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on one stream. As a context it is given back at the end."""

    kind: type[Stream]
    stream_id: int
    token: str

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.release()

    def extend(self) -> None:
        """Prolongs the lease. Raises LostLease if somebody else holds it by now."""
        if not _held(self).update(lease_until=_expiry()):
            raise LostLease

    def release(self) -> None:
        """Gives the lease back if it is still held."""
        _held(self).update(lease_token="", lease_until=None)


def acquire(linked_account_id: int) -> Lease | None:
    """The lease, or None at once while another run holds it (or the account is not linked).

    Whatever was asked of the account before is answered by the run that begins now.
    """
    return _acquire(Lease(LinkedAccount, linked_account_id, str(uuid.uuid4())), LinkedAccount.objects.all())


def acquire_if_wanted(linked_account_id: int) -> Lease | None:
    """The lease, if a sync was asked for that no run has answered yet; else as `acquire`."""
    wanted = LinkedAccount.objects.filter(is_wanted=True)
    return _acquire(Lease(LinkedAccount, linked_account_id, str(uuid.uuid4())), wanted)


def acquire_investments(link_id: int) -> Lease | None:
    """As `acquire` for an investment account, which must not be on its way in or out."""
    settled = InvestmentLink.objects.filter(state=InvestmentLink.State.ACTIVE)
    return _acquire(Lease(InvestmentLink, link_id, str(uuid.uuid4())), settled)


def acquire_investments_if_wanted(link_id: int) -> Lease | None:
    """As `acquire_if_wanted` for such an investment account."""
    wanted = InvestmentLink.objects.filter(state=InvestmentLink.State.ACTIVE, is_wanted=True)
    return _acquire(Lease(InvestmentLink, link_id, str(uuid.uuid4())), wanted)


def _acquire(lease: Lease, among: models.QuerySet[Any]) -> Lease | None:
    free = Q(lease_token="") | Q(lease_until=None) | Q(lease_until__lt=Now())
    taken = among.filter(free, pk=lease.stream_id)
    return lease if taken.update(lease_token=lease.token, lease_until=_expiry(), is_wanted=False) else None


def _held(lease: Lease) -> models.QuerySet[Any]:
    return lease.kind._default_manager.filter(pk=lease.stream_id, lease_token=lease.token)


def _expiry() -> ExpressionWrapper:
    return ExpressionWrapper(Now() + _DURATION, output_field=models.DateTimeField())
