"""How far the demo is, for its page."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from accounts.models import SyncLog
from accounts.worker import is_late
from budgetapp.demo_mode.connecting import BANKS
from plaid_sync import demo
from plaid_sync.attach import FirstSync, first_syncs
from plaid_sync.models import LinkSession

USUALLY_DONE_IN = timedelta(minutes=2)
FOLLOWED = timedelta(hours=1)  # what stands still would be asked for without end
_NEW = (LinkSession.Purpose.CONNECT, LinkSession.Purpose.INVEST)


@dataclass(frozen=True, slots=True)
class Progress:
    """The stage of the demo, what its banks have sent so far, and what keeps it from going on."""

    stage: demo.Stage
    trouble: str
    has_bank: bool
    is_stuck: bool
    is_followed: bool
    connected: int = 0
    banks: int = len(BANKS)
    syncs: list[FirstSync] = field(default_factory=list)

    @property
    def total(self) -> int:
        return len(self.syncs)

    @property
    def done(self) -> int:
        return sum(_has_ended(sync) for sync in self.syncs)

    @property
    def is_ready(self) -> bool:
        """Whether everything is connected and has been read once."""
        return self.stage == demo.Stage.ON and self.done == self.total

    @property
    def needs_a_person(self) -> bool:
        """Whether its beginning or its end goes on only when somebody asks again."""
        return self.stage in (demo.Stage.CONNECTING, demo.Stage.ENDING) and (bool(self.trouble) or self.is_stuck)


def progress(now: datetime) -> Progress:
    began = demo.begun_at() or now
    visits = LinkSession.objects.filter(outcome=LinkSession.Outcome.EXCHANGED, created_at__gte=began, purpose__in=_NEW)
    return Progress(
        stage=demo.stage(),
        trouble=demo.trouble(),
        has_bank=demo.has_bank(),
        is_stuck=is_late(now) or now - began > USUALLY_DONE_IN,
        is_followed=now - began < FOLLOWED,
        connected=visits.values("item").distinct().count(),
        syncs=[sync for visit in visits.order_by("pk") for sync in first_syncs(visit)],
    )


def _has_ended(sync: FirstSync) -> bool:
    return sync.is_finished and sync.run is not None and sync.run.status != SyncLog.Status.NOT_READY
