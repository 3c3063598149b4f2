"""Lines and rows that wait for a person: kept with their reason, released when their cause is gone."""

import datetime
from collections.abc import Sequence
from typing import Any

from accounts.lines import Delivery, StatementLine, UnpostableLine
from accounts.lookup import CHUNK, Row, chunks, rows_by_id
from accounts.models import HeldLine, SyncLog

Reason = HeldLine.Reason


def release(account_id: int, delivery: Delivery, restored_rows: Sequence[int], now: datetime.datetime) -> None:
    """Resolves what this delivery has settled: lines that can be read now, withdrawn rows that came back."""
    unread = HeldLine.objects.open().filter(
        account_id=account_id, feed=delivery.feed, reason__in=[Reason.MALFORMED, Reason.OTHER_ACCOUNT]
    )
    held_names = set(unread.exclude(external_id="").values_list("external_id", flat=True))
    known = {line.external_id for line in delivery.lines} | delivery.removed_ids
    for chunk in chunks(sorted(held_names & known)):
        unread.filter(external_id__in=chunk).update(resolved_at=now)
    for rows in chunks(restored_rows):
        aside = HeldLine.objects.open().filter(candidate_id__in=rows, reason=Reason.WITHDRAWN_BUT_EDITED)
        aside.update(resolved_at=now)


def keep(
    account_id: int,
    delivery: Delivery,
    suggestions: Sequence[tuple[StatementLine, int]],
    removed: Sequence[Row],
    run: SyncLog,
) -> int:
    """Holds the delivery's unpostable lines, possible duplicates and removed rows that carry edits.

    What is held already, or was decided before, is not held again. Returns how many are new.
    """
    drafts = [_unpostable(line) for line in delivery.unpostable]
    existing = rows_by_id({row_id for _, row_id in suggestions})
    drafts += [_possible_duplicate(line, existing[row_id]) for line, row_id in suggestions if row_id in existing]
    drafts += [_set_aside(row) for row in removed if row.is_edited]
    fresh = _not_held_yet(account_id, delivery.feed, drafts)
    HeldLine.objects.bulk_create(
        [HeldLine(account_id=account_id, feed=delivery.feed, run=run, **draft) for draft in fresh], batch_size=CHUNK
    )
    return len(fresh)


def _unpostable(line: UnpostableLine) -> dict[str, Any]:
    return {"external_id": line.external_id, "raw": dict(line.raw), "reason": line.reason, "detail": line.detail}


def _possible_duplicate(line: StatementLine, row: Row) -> dict[str, Any]:
    detail = f"Same amount as {row.bank_description or 'a row'} of {row.date.isoformat()}"
    return {
        "external_id": line.external_id,
        "reason": Reason.POSSIBLE_DUPLICATE,
        "detail": detail,
        "candidate_id": row.id,
    }


def _set_aside(row: Row) -> dict[str, Any]:
    detail = "The bank has withdrawn a transaction that you had edited"
    return {"external_id": "", "reason": Reason.WITHDRAWN_BUT_EDITED, "detail": detail, "candidate_id": row.id}


def _not_held_yet(account_id: int, feed: str, drafts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if not drafts:
        return []
    held = HeldLine.objects.filter(account_id=account_id, feed=feed)
    columns = ("reason", "external_id", "candidate_id", "raw", "resolved_at")
    known = set()
    for chunk in chunks({draft["external_id"] for draft in drafts}):
        for reason, external_id, candidate_id, raw, resolved_at in held.filter(external_id__in=chunk).values_list(
            *columns
        ):
            if resolved_at is None or reason == Reason.POSSIBLE_DUPLICATE:
                known.add(_identity(reason, external_id, candidate_id, raw))
    fresh = []
    for draft in drafts:
        identity = _identity(draft["reason"], draft["external_id"], draft.get("candidate_id"), draft.get("raw"))
        if identity not in known:
            known.add(identity)
            fresh.append(draft)
    return fresh


def _identity(reason: str, external_id: str, candidate_id: int | None, raw: Any) -> tuple[object, ...]:
    nameless = repr(raw) if not external_id and candidate_id is None else ""
    return reason, external_id, candidate_id, nameless
