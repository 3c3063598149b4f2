"""What happens to rows when a feed takes its word back."""

import datetime
from collections.abc import Collection, Mapping
from datetime import timedelta

from django.db.models import Exists, Max, Min, OuterRef, Q

from accounts import feeds, lookup
from accounts.feeds import said_by
from accounts.journal import Journal, Kind, State
from accounts.lookup import Knowledge, Record, Row, current_records, rows_by_id
from accounts.models import SourceRecord, SyncLog, Transaction

_BORDER = timedelta(days=2)


def let_go(
    journal: Journal,
    rows: Mapping[int, Row],
    current: Mapping[int, list[Record]],
    gone: Collection[int],
    now: datetime.datetime,
    books: Knowledge = lookup,
) -> list[Row]:
    """Removes the rows that no record vouches for once the records `gone` are withdrawn; returns them.

    A row that another feed vouches for stays and says again what that feed said. Rows that the user
    removed stay as they are.
    """
    removed = []
    heirs = {}
    for row_id, row in rows.items():
        others = [record.feed for record in current.get(row_id, ()) if record.id not in gone]
        if others:
            heirs[row_id] = min(others, key=feeds.rank)
        elif row.removed_at is None:
            journal.update_row(row_id, removed_at=now, removal_reason=Transaction.RemovalReason.BANK)
            reason = f"Withdrawn by {said_by(journal.feed)}"
            journal.log(row_id, Kind.WITHDRAWN, reason, before={"removed_at": None}, after={"removed_at": now})
            removed.append(row)
    _hand_over(journal, {row_id: heir for row_id, heir in heirs.items() if heir != rows[row_id].source}, rows, books)
    return removed


def _hand_over(journal: Journal, heirs: Mapping[int, str], rows: Mapping[int, Row], books: Knowledge) -> None:
    """Gives the bank columns of each row back to the feed that now owns it, with what that feed said."""
    said = books.said_before(heirs)
    for row_id, heir in heirs.items():
        facts = said.get(row_id, {})
        before = {name: getattr(rows[row_id], name) for name in facts}
        journal.update_row(row_id, source=heir, **facts)
        journal.log(
            row_id,
            Kind.WITHDRAWN,
            f"Withdrawn by {said_by(journal.feed)}; {said_by(heir)} still vouches for it",
            before={**before, "source": rows[row_id].source},
            after={**facts, "source": heir},
        )


def sweep(account_id: int, feed: str, run: SyncLog, now: datetime.datetime) -> list[Row]:
    """Ends the replay of a new Plaid feed: rows that only earlier Plaid feeds vouch for lose them.

    Only rows inside what the new feed has sent, two days in, can be judged by it; pending rows of an
    earlier feed have no successor by id and always go. Returns the removed rows.
    """
    stale = _stale_records(account_id, feed)
    journal = Journal(account_id, feed, run)
    for record in stale:
        journal.set_record(record.id, State.WITHDRAWN)
    rows = rows_by_id({record.row_id for record in stale})
    removed = let_go(journal, rows, current_records(rows.keys()), {record.id for record in stale}, now)
    journal.write()
    return removed


def _stale_records(account_id: int, feed: str) -> list[Record]:
    named_now = SourceRecord.objects.filter(account_id=account_id, feed=feed, state=State.CURRENT)
    sent = named_now.aggregate(first=Min("transaction__date"), last=Max("transaction__date"))
    judged = Q(transaction__is_pending=True)
    if sent["first"]:
        judged |= Q(transaction__date__range=(sent["first"] + _BORDER, sent["last"] - _BORDER))
    same_row = SourceRecord.objects.filter(transaction=OuterRef("transaction"), state=State.CURRENT)
    vouched_otherwise = same_row.filter(~Q(feed__startswith=f"{feeds.PLAID}:") | Q(feed=feed))
    stale = SourceRecord.objects.filter(
        judged,
        ~Exists(vouched_otherwise),
        account_id=account_id,
        state=State.CURRENT,
        feed__startswith=f"{feeds.PLAID}:",
    )
    return [
        Record._make(values)
        for values in stale.order_by("id").values_list("id", "transaction_id", "feed", "external_id", "state")
    ]
