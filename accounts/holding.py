"""Lines and rows that wait for a person: kept with their reason, released when their cause is gone."""

import datetime
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import transaction

from accounts.lines import Delivery, StatementLine, UnpostableLine
from accounts.lookup import CHUNK, Row, chunks, rows_by_id
from accounts.models import Account, HeldLine, SourceRecord, SyncLog

Reason = HeldLine.Reason


class CannotDecide(Exception):
    """Why that can't be decided or taken back now, in a sentence for the user."""


@contextmanager
def taken_up(held: HeldLine) -> Iterator[HeldLine]:
    """The held line as it is now; until the block ends nobody else decides or posts. Raises CannotDecide."""
    with transaction.atomic():
        Account.objects.select_for_update().filter(pk=held.account_id).order_by("pk").first()
        current = HeldLine.objects.select_related("candidate").filter(pk=held.pk).first()
        if current is None:
            raise CannotDecide("It is gone: what it was about has been deleted or undone.")
        yield current


def resolve(held: HeldLine, decision: str, now: datetime.datetime) -> None:
    """Notes what a person said. Raises CannotDecide if something has been said already."""
    if held.resolved_at is not None:
        raise CannotDecide("This has been decided already.")
    held.decision, held.resolved_at = decision, now
    held.save(update_fields=["decision", "resolved_at"])


def open_again(held: HeldLine) -> None:
    """Forgets what a person said, so that it can be said anew."""
    held.decision, held.resolved_at = "", None
    held.save(update_fields=["decision", "resolved_at"])


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
    asked = _not_asked_before(account_id, delivery.feed, suggestions)
    existing = rows_by_id({row_id for _, row_id in asked})
    drafts += [_possible_duplicate(line, existing[row_id]) for line, row_id in asked if row_id in existing]
    drafts += [_set_aside(row) for row in removed if row.is_edited]
    fresh = _not_held_yet(account_id, delivery.feed, drafts)
    HeldLine.objects.bulk_create(
        [HeldLine(account_id=account_id, feed=delivery.feed, run=run, **draft) for draft in fresh], batch_size=CHUNK
    )
    return len(fresh)


def _not_asked_before(
    account_id: int, feed: str, suggestions: Sequence[tuple[StatementLine, int]]
) -> list[tuple[StatementLine, int]]:
    """The suggestions but those of two rows that are listed, or were decided about, from either side."""
    rows: dict[str, int] = {}
    for chunk in chunks({line.external_id for line, _ in suggestions}):
        records = SourceRecord.objects.filter(account_id=account_id, feed=feed, external_id__in=chunk)
        rows |= records.values_list("external_id", "transaction_id")
    asked = set()
    for ids in chunks({*rows.values(), *(row_id for _, row_id in suggestions)}):
        lines = HeldLine.objects.filter(account_id=account_id, reason=Reason.POSSIBLE_DUPLICATE)
        asked |= {frozenset((line.row_id, line.candidate_id)) for line in lines.touching(ids).with_row()}
    return [
        (line, row_id) for line, row_id in suggestions if frozenset((rows.get(line.external_id), row_id)) not in asked
    ]


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
