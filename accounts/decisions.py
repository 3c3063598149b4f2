"""What a person says about a possible duplicate: same purchase, or two; either can be taken back."""

import datetime

from accounts import feeds
from accounts.holding import CannotDecide, open_again, resolve, taken_up
from accounts.merging import CannotMerge, CannotUnmerge, absorb, is_undoable, unmerge
from accounts.models import HeldLine, SourceRecord, Transaction, TransactionChange

Decision = HeldLine.Decision


def rows_of(held: HeldLine) -> tuple[Transaction | None, Transaction | None]:
    """The two rows in question: the one of the held line, and its candidate. None for one that is gone."""
    record = SourceRecord.objects.filter(
        account_id=held.account_id, feed=held.feed, external_id=held.external_id
    ).select_related("transaction")
    found = record.first()
    return (found.transaction if found else None), held.candidate


def same_purchase(held: HeldLine, *, now: datetime.datetime) -> TransactionChange:
    """Makes the two rows one; a row that counts stays, then the row of the better source.

    Raises CannotMerge or CannotDecide. `take_back`, or `merging.unmerge` of the returned change, undoes it.
    """
    with taken_up(held) as line:
        if line.resolved_at is not None:
            raise CannotMerge("This has been decided already.")
        stays, gives_way = sorted(_two_rows(line), key=_claim_to_stay)
        change = absorb(stays, gives_way, run=None, reason="Same purchase, decided by you")
        change.after["held"] = line.pk
        change.save(update_fields=["after"])
        line.refresh_from_db()
        resolve(line, Decision.SAME, now)
        return change


def two_purchases(held: HeldLine, *, now: datetime.datetime) -> None:
    """Remembers that the two are different purchases; they are not suggested or merged again. Raises CannotDecide."""
    with taken_up(held) as line:
        resolve(line, Decision.DIFFERENT, now)


def take_back(held: HeldLine, *, now: datetime.datetime) -> None:
    """Undoes either decision: the two are two rows, and listed again. Raises CannotDecide or CannotUnmerge."""
    with taken_up(held) as line:
        if line.decision == Decision.SAME:
            unmerge(_merge_of(line), now=now)
            line.refresh_from_db()
        elif line.decision != Decision.DIFFERENT:
            raise CannotDecide("There is nothing to take back.")
        _reopen(line)


def reopen(held: HeldLine) -> None:
    """Takes back "two purchases": the two are listed again. Raises CannotDecide."""
    with taken_up(held) as line:
        if line.decision == Decision.DIFFERENT:
            _reopen(line)


def _reopen(line: HeldLine) -> None:
    open_again(line)
    if not HeldLine.objects.pairs().filter(pk=line.pk).exists():
        raise CannotDecide("They are no longer two rows of the books, so there is nothing to decide.")


def _two_rows(line: HeldLine) -> tuple[Transaction, Transaction]:
    row, candidate = rows_of(line)
    if row is None or candidate is None or row == candidate:
        raise CannotMerge("One of the two is gone, or they are one row already.")
    if row.removed_at and candidate.removed_at:
        raise CannotMerge("Both have been withdrawn meanwhile, so there is nothing to decide.")
    return row, candidate


def _claim_to_stay(row: Transaction) -> tuple[bool, int, int]:
    """The smaller stays. A purchase must not vanish into a row that no longer counts."""
    return row.removed_at is not None, feeds.rank(row.source), row.pk


def _merge_of(line: HeldLine) -> TransactionChange:
    merges = TransactionChange.objects.filter(transaction=line.candidate, after__held=line.pk)
    change = merges.order_by("-id").first()
    if change is None or not is_undoable(change):
        raise CannotUnmerge("The two have been taken apart already.")
    return change
