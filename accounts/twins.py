"""A row whose amount or day has changed may have become the twin of a row from another source.

A tip is the common case: the file says 60.00, the bank said 50.00 while it was pending. When it
settles at 60.00, both rows are one purchase.
"""

import datetime
from collections.abc import Mapping

from accounts.feeds import said_by
from accounts.lines import StatementLine
from accounts.lookup import rows_like
from accounts.matching import in_days, pair_unique
from accounts.merging import CannotMerge, absorb, are_known_as_two
from accounts.models import SyncLog, Transaction


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
    doubtful = [(lines[found.line], found.candidate.row_id) for found in pairing.doubtful]
    merged = 0
    for found in pairing.same:
        row_id, twin_id = row_ids[found.line], found.candidate.row_id
        reason = f"Same purchase as known from {said_by(rows[twin_id].source)}: same amount, {in_days(found.days)}"
        if _merge(row_id, twin_id, run, reason):
            merged += 1
        else:
            doubtful.append((lines[found.line], twin_id))
    return merged, doubtful


def _merge(row_id: int, twin_id: int, run: SyncLog, reason: str) -> bool:
    """Merges the two unless a person should decide: both are edited, or a feed or a person says that they are two."""
    locked = Transaction.objects.select_for_update().order_by("pk")  # an edit of this moment comes before or after
    rows = {row.pk: row for row in locked.filter(pk__in=(row_id, twin_id))}
    row, twin = rows[row_id], rows[twin_id]
    if (row.is_edited and twin.is_edited) or are_known_as_two(row, twin):
        return False
    try:
        absorb(row, twin, run=run, reason=reason)
    except CannotMerge:
        return False
    return True
