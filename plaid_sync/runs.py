"""The SyncLog of a bank sync: written before the first call, finished exactly once."""

import datetime

from accounts import feeds
from accounts.lines import Tally
from accounts.models import SyncLog
from plaid_sync.errors import PlaidError
from plaid_sync.models import LinkedAccount
from plaid_sync.staging import Chain


def begin(linked: LinkedAccount, trigger: str, *, now: datetime.datetime) -> SyncLog:
    """A running log. Call it under the lease: whatever still claims to run was interrupted."""
    stale = SyncLog.objects.filter(account=linked.account, source=feeds.PLAID, status=SyncLog.Status.RUNNING)
    stale.update(status=SyncLog.Status.INTERRUPTED, finished_at=now)
    return SyncLog.objects.create(
        account=linked.account,
        source=feeds.PLAID,
        trigger=trigger,
        cursor_before=linked.cursor,
        cursor_after=linked.cursor,
        started_at=now,
    )


def finish(
    log: SyncLog,
    status: str,
    *,
    now: datetime.datetime,
    chain: Chain | None = None,
    tally: Tally | None = None,
    error: PlaidError | None = None,
) -> None:
    """Ends the run unless it has ended. `tally` means that the chain's cursor was taken over."""
    if log.status != SyncLog.Status.RUNNING:
        return
    log.status, log.finished_at = status, now
    if chain:
        log.pages, log.request_id = chain.number, chain.request_id
    if chain and tally:
        log.cursor_after = chain.next_cursor
        log.added, log.modified, log.removed = tally.added, tally.modified, tally.removed
        log.merged, log.unchanged, log.held = tally.merged, tally.unchanged, tally.held
    if error:
        log.error_code, log.error_message = error.code[:80], str(error)
        log.request_id = error.request_id or log.request_id
    log.save(update_fields=_RESULT)


_RESULT = [
    "status",
    "finished_at",
    "pages",
    "request_id",
    "cursor_after",
    "added",
    "modified",
    "removed",
    "merged",
    "unchanged",
    "held",
    "error_code",
    "error_message",
]
