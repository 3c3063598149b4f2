"""Finishing what concerns both databases and stopped in between; run every hour, and by hand as often as you like.

What happened last is known in the books' database: the state of a link, its standing, a run that never ended. Both
are compared and the investments follow. Within the investments, sums that are kept are compared with what they are
of. A second run right after the first finds nothing.
"""

import logging
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import SyncLog
from investments.models import DayValue, InvestmentAccount
from investments.reach import InvestmentsUnavailable, reaching
from plaid_sync.brokerage.standing import bring_in_step
from plaid_sync.brokerage.steps import carry_out
from plaid_sync.models import InvestmentLink, InvestmentRun

logger = logging.getLogger(__name__)

State = InvestmentLink.State
Connection = InvestmentAccount.ConnectionStatus


@dataclass(slots=True)
class Repairs:
    """How much of each kind was put right."""

    connected: int = 0
    disconnected: int = 0
    deleted: int = 0
    put_back: int = 0
    left_alone: int = 0
    shown: int = 0
    interrupted: int = 0
    added_up: int = 0

    @property
    def total(self) -> int:
        return sum(asdict(self).values())


def reconcile() -> Repairs:
    """Puts right what is half done. Raises InvestmentsUnavailable: the rest waits for the next time."""
    repairs = Repairs(interrupted=_end_lost_runs())
    _finish_steps(repairs)
    repairs.put_back = _put_back_lost_accounts()
    repairs.left_alone = _disconnect_accounts_without_link()
    repairs.shown = bring_in_step(list(InvestmentLink.objects.filter(state=State.ACTIVE)))
    with reaching():
        repairs.added_up = DayValue.objects.put_right()
    if repairs.total:
        logger.warning("Put right between the two databases: %s", asdict(repairs))
    return repairs


def reconcile_if_possible() -> None:
    """The same from a schedule: while the investments database can't be used, it waits for the next time."""
    try:
        reconcile()
    except InvestmentsUnavailable as error:
        logger.warning("The two databases can't be compared: %s", error)


def _finish_steps(repairs: Repairs) -> None:
    for link in InvestmentLink.objects.exclude(state=State.ACTIVE).select_related("item").order_by("pk"):
        carry_out(link)
        repairs.connected += link.state == State.ATTACHING
        repairs.disconnected += link.state == State.DETACHING
        repairs.deleted += link.state == State.DELETING


def _put_back_lost_accounts() -> int:
    """Accounts that are connected and that the investments database does not know, as after a lost file.

    They are made anew and read from the beginning; returns how many.
    """
    links = list(InvestmentLink.objects.filter(state=State.ACTIVE).select_related("item").order_by("pk"))
    known = _known_keys(link.account_key for link in links)
    count = 0
    for link in links:
        lost = InvestmentLink.objects.filter(pk=link.pk, state=State.ACTIVE)
        if link.account_key not in known and lost.update(state=State.ATTACHING, read_from=None):
            link.state = State.ATTACHING
            carry_out(link)
            count += 1
    return count


def _known_keys(keys: Iterable[object]) -> set[object]:
    with reaching():
        return set(InvestmentAccount.objects.filter(key__in=list(keys)).values_list("key", flat=True))


def _disconnect_accounts_without_link() -> int:
    """Accounts that say they are connected while nothing feeds them; returns how many."""
    claiming = InvestmentAccount.objects.exclude(connection_status__in=[Connection.MANUAL, Connection.DISCONNECTED])
    with reaching():
        keys = set(claiming.values_list("key", flat=True))
    fed = set(InvestmentLink.objects.filter(account_key__in=keys).values_list("account_key", flat=True))
    with reaching():
        return claiming.filter(key__in=keys - fed).update(connection_status=Connection.DISCONNECTED, last_sync_error="")


def _end_lost_runs() -> int:
    """Runs that still claim to work while nobody holds their account; it is due again at once. Returns how many."""
    held = InvestmentLink.objects.exclude(lease_token="").filter(lease_until__gte=Now())
    lost = InvestmentRun.objects.filter(status=SyncLog.Status.RUNNING)
    lost = lost.exclude(account_key__in=held.values("account_key"))
    keys = list(lost.values_list("account_key", flat=True))
    ended = InvestmentRun.objects.filter(account_key__in=keys, status=SyncLog.Status.RUNNING)
    count = ended.update(status=SyncLog.Status.INTERRUPTED, finished_at=timezone.now())
    free = Q(lease_token="") | Q(lease_until=None) | Q(lease_until__lt=Now())
    InvestmentLink.objects.filter(free, account_key__in=keys, state=State.ACTIVE).update(next_sync_at=timezone.now())
    return count
