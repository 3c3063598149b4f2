"""The log of the syncs of investment accounts: written before the first call, finished exactly once."""

import datetime
from dataclasses import asdict
from typing import Any

from accounts.models import SyncLog
from investments.facts import HoldingsRead, Recorded, TradesRead
from plaid_sync.errors import PlaidError
from plaid_sync.models import InvestmentLink, InvestmentRun


def begin(link: InvestmentLink, trigger: str, *, now: datetime.datetime) -> InvestmentRun:
    """A running log. Call it under the lease: whatever still claims to run was interrupted."""
    stale = InvestmentRun.objects.filter(account_key=link.account_key, status=SyncLog.Status.RUNNING)
    stale.update(status=SyncLog.Status.INTERRUPTED, finished_at=now)
    return InvestmentRun.objects.create(
        account_key=link.account_key,
        name=str(link),
        institution=link.item.institution,
        trigger=trigger,
        started_at=now,
    )


def finish(
    run: InvestmentRun,
    status: str,
    *,
    now: datetime.datetime,
    read: tuple[HoldingsRead, TradesRead | None] | None = None,
    recorded: Recorded | None = None,
    error: PlaidError | None = None,
) -> None:
    """Ends the run, unless somebody else has."""
    result: dict[str, Any] = {"status": status, "finished_at": now}
    if read:
        holdings, trades = read
        result |= {
            "pages": 1 + (trades.pages if trades else 0),
            "malformed": holdings.malformed + (trades.malformed if trades else 0),
            "request_id": (trades or holdings).request_id,
        }
    if recorded:
        result |= asdict(recorded)
    if error:
        result |= {"error_code": error.code[:80], "error_message": str(error)}
        result["request_id"] = error.request_id or result.get("request_id", "")
    for column, value in result.items():
        setattr(run, column, value)
    InvestmentRun.objects.filter(pk=run.pk, status=SyncLog.Status.RUNNING).update(**result)
