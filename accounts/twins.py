"""A row whose amount or day has changed may have become the twin of a row from another source.

A tip is the common case: the file says 60.00, the bank said 50.00 while it was pending. When it
settles at 60.00, both rows are one purchase.
"""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import product

from accounts import feeds
from accounts.feeds import said_by
from accounts.lines import StatementLine
from accounts.lookup import Record, Row, chunks, current_records, rows_by_id, rows_like
from accounts.matching import SUGGEST_WITHIN_DAYS, in_days, pair, pair_unique
from accounts.merging import CannotMerge, absorb, are_known_as_two
from accounts.models import SourceRecord, SyncLog, Transaction

State = SourceRecord.State
_NEAR = timedelta(days=14 + SUGGEST_WITHIN_DAYS)  # a purchase may post as late as that


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
        if _merge(row_id, twin_id, run, f"same amount, {in_days(found.days)}"):
            merged += 1
        else:
            doubtful.append((lines[found.line], twin_id))
    return merged, doubtful


def _merge(row_id: int, twin_id: int, run: SyncLog, likeness: str) -> bool:
    """Merges the two unless a person should decide: both are edited, or a feed or a person says that they are two.

    The row of the better source stays, with what that source says.
    """
    locked = Transaction.objects.select_for_update().order_by("pk")  # an edit of this moment comes before or after
    rows = {row.pk: row for row in locked.filter(pk__in=(row_id, twin_id))}
    row, twin = rows[row_id], rows[twin_id]
    if (row.is_edited and twin.is_edited) or are_known_as_two(row, twin):
        return False
    kept, gone = sorted((row, twin), key=lambda each: feeds.rank(each.source))
    try:
        absorb(kept, gone, run=run, reason=f"Same purchase as known from {said_by(gone.source)}: {likeness}")
    except CannotMerge:
        return False
    return True


def parted(account_id: int, row_ids: Collection[int]) -> Iterator[tuple[str, list[tuple[StatementLine, int]]]]:
    """Lines that may be the same purchase as one of these rows, now that a source has let go of the rows.

    For each feed its lines, each with the row that it may be. While one source named both a row and its like, they
    were two purchases; if no source names both any more, they may be one.
    """
    if SourceRecord.objects.filter(account=account_id, state=State.CURRENT).values("feed").distinct().count() < 2:
        return
    freed = {row_id: row for row_id, row in rows_by_id(row_ids).items() if row.removed_at is None}
    likely = freed | _like(account_id, list(freed.values()))
    records = current_records(likely.keys())
    named_by: defaultdict[frozenset[str], list[Row]] = defaultdict(list)
    for row_id, named in records.items():
        named_by[frozenset(record.feed for record in named)].append(likely[row_id])
    for own, theirs in product(named_by, repeat=2):
        if own.isdisjoint(theirs):
            lines = [_said(row, records[row.id]) for row in named_by[own]]
            pairing = pair(lines, [row.as_candidate() for row in named_by[theirs] if row.id in freed])
            found = [(lines[each.line], each.candidate.row_id) for each in (*pairing.same, *pairing.doubtful)]
            yield min(own, key=feeds.rank), found


def _like(account_id: int, rows: Sequence[Row]) -> dict[int, Row]:
    """Live rows with the amount of one of these rows, at about its date."""
    likely: dict[int, Row] = {}
    for chunk in chunks(sorted(rows, key=lambda row: row.date)):
        found = Transaction.objects.live().filter(
            account=account_id,
            amount__in={row.amount for row in chunk},
            date__range=(chunk[0].date - _NEAR, chunk[-1].date + _NEAR),
        )
        likely |= rows_by_id(found.values_list("id", flat=True))
    return likely


def _said(row: Row, records: Sequence[Record]) -> StatementLine:
    """The row as the best of its sources calls it."""
    return StatementLine(
        external_id=min(records, key=lambda record: feeds.rank(record.feed)).external_id,
        date=row.date,
        amount=row.amount,
        currency=row.currency,
        description=row.bank_description,
        authorized_date=row.authorized_date,
        is_pending=row.is_pending,
    )
