"""A row whose amount or day has changed may have become the twin of a row from another source.

A tip is the common case: the file says 60.00, the bank said 50.00 while it was pending. When it
settles at 60.00, both rows are one purchase.
"""

import datetime
from collections.abc import Mapping
from typing import Any

from django.forms.models import model_to_dict

from accounts.feeds import said_by
from accounts.lines import StatementLine
from accounts.lookup import Record, current_records, rows_like
from accounts.matching import in_days, pair_unique
from accounts.models import HeldLine, SourceRecord, SyncLog, Transaction, TransactionChange

_USER_COLUMNS = ("description", "merchant_name", "notes", "category_id", "status")


def merge_twins(
    account_id: int, feed: str, moved: Mapping[int, StatementLine], run: SyncLog, now: datetime.datetime
) -> tuple[int, list[tuple[StatementLine, int]]]:
    """Merges each moved row with its twin where both are each other's only one.

    `moved`: row id -> the line of `feed` that changed the row. A twin is a live row that no record of
    the feed backs. Returns how many were merged, and the doubtful: line and the row it may be.
    """
    if not moved:
        return 0, []
    row_ids, lines = list(moved), list(moved.values())
    rows = {row_id: row for row_id, row in rows_like(account_id, feed, lines, now).items() if row.removed_at is None}
    pairing = pair_unique(lines, (row.as_candidate() for row in rows.values()))
    current = current_records({*rows, *row_ids}) if pairing.same else {}
    doubtful = [(lines[found.line], found.candidate.row_id) for found in pairing.doubtful]
    merged = 0
    for found in pairing.same:
        row_id, twin_id = row_ids[found.line], found.candidate.row_id
        reason = f"Same purchase as known from {said_by(rows[twin_id].source)}: same amount, {in_days(found.days)}"
        if _share_a_feed(current.get(row_id, []), current.get(twin_id, [])) or not _absorb(
            row_id, twin_id, run, reason
        ):
            doubtful.append((lines[found.line], twin_id))
        else:
            merged += 1
    return merged, doubtful


def _share_a_feed(one: list[Record], other: list[Record]) -> bool:
    return not {record.feed for record in one}.isdisjoint(record.feed for record in other)


def _absorb(row_id: int, twin_id: int, run: SyncLog, reason: str) -> bool:
    """Lets a row take over its twin's records, history and edits. False, and nothing done, if both are edited."""
    locked = Transaction.objects.select_for_update().order_by("pk")  # an edit of this moment comes before or after
    rows = {row.pk: row for row in locked.filter(pk__in=(row_id, twin_id))}
    row, twin = rows[row_id], rows[twin_id]
    if row.is_edited and twin.is_edited:
        return False
    before = _user_facts(row)
    if twin.is_edited:
        Transaction.objects.filter(pk=row_id).update(**_user_facts(twin))
    records = SourceRecord.objects.filter(transaction=twin)
    absorbed = {**model_to_dict(twin), "id": twin.pk, "records": list(records.values_list("pk", flat=True))}
    records.update(transaction=row)
    twin.changes.update(transaction=row)
    HeldLine.objects.filter(candidate=twin).update(candidate=row)
    twin.delete()
    row.changes.create(
        run=run,
        kind=TransactionChange.Kind.MERGED,
        reason=reason,
        before={**before, "absorbed": absorbed},
        after=_user_facts(twin) if absorbed and twin.is_edited else {},
    )
    return True


def _user_facts(row: Transaction) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _USER_COLUMNS}
