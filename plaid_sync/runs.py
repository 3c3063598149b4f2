"""The SyncLog of a bank sync: written before the first call, finished exactly once."""

import datetime
from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from accounts import feeds
from accounts.lines import Tally
from accounts.models import Account, SyncLog
from plaid_sync.errors import PlaidError
from plaid_sync.models import LinkedAccount
from plaid_sync.staging import Chain


def begin(linked: LinkedAccount, trigger: str, *, now: datetime.datetime) -> SyncLog:
    """A running log. Call it under the lease: whatever still claims to run was interrupted.

    Raises LinkedAccount.DoesNotExist if the account was deleted in this moment.
    """
    with transaction.atomic():
        if Account.objects.select_for_update().filter(pk=linked.account_id).first() is None:
            raise LinkedAccount.DoesNotExist
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


def end_lost_runs(*, now: datetime.datetime) -> int:
    """Ends the runs that still claim to work while nobody holds their account, or it is connected no more.

    Those of connected accounts would end with the next run, too. Returns how many.
    """
    held = LinkedAccount.objects.exclude(lease_token="").filter(lease_until__gte=Now())
    lost = SyncLog.objects.filter(source=feeds.PLAID, status=SyncLog.Status.RUNNING)
    lost = lost.exclude(account__in=held.values("account"))
    return lost.update(status=SyncLog.Status.INTERRUPTED, finished_at=now)


def finish(
    log: SyncLog,
    status: str,
    *,
    now: datetime.datetime,
    chain: Chain | None = None,
    tally: Tally | None = None,
    error: PlaidError | None = None,
) -> None:
    """Ends the run, unless somebody else has. `tally` means that the chain's cursor was taken over."""
    result: dict[str, Any] = {"status": status, "finished_at": now}
    if chain:
        result |= {"pages": chain.number, "request_id": chain.request_id}
    if chain and tally:
        result |= {"cursor_after": chain.next_cursor, **asdict(tally)}
    if error:
        result |= {"error_code": error.code[:80], "error_message": str(error)}
        result["request_id"] = error.request_id or result.get("request_id", "")
    for column, value in result.items():
        setattr(log, column, value)
    # The account may have been deleted with its logs, and a run that took over has marked this one already.
    SyncLog.objects.filter(pk=log.pk, status=SyncLog.Status.RUNNING).update(**result)
