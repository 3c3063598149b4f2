"""What a person says about a possible duplicate: same purchase, or two; either can be taken back."""

import datetime

from django.db import transaction

from accounts import feeds
from accounts.merging import CannotMerge, absorb
from accounts.models import Account, HeldLine, SourceRecord, Transaction, TransactionChange


def rows_of(held: HeldLine) -> tuple[Transaction | None, Transaction | None]:
    """The two rows in question: the one of the held line, and its candidate. None for one that is gone."""
    record = SourceRecord.objects.filter(
        account_id=held.account_id, feed=held.feed, external_id=held.external_id
    ).select_related("transaction")
    found = record.first()
    return (found.transaction if found else None), held.candidate


def same_purchase(held: HeldLine, *, now: datetime.datetime) -> TransactionChange:
    """Makes the two rows one; the row of the better source stays. Raises CannotMerge.

    `merging.unmerge` of the returned change takes it back.
    """
    with transaction.atomic():
        Account.objects.select_for_update().get(pk=held.account_id)
        row, candidate = rows_of(held)
        if row is None or candidate is None or row == candidate or held.resolved_at is not None:
            raise CannotMerge("This has been decided already, or one of the two is gone.")
        stays, gives_way = sorted((row, candidate), key=lambda each: (feeds.rank(each.source), each.pk))
        change = absorb(stays, gives_way, run=None, reason="Same purchase, decided by you")
        _decide(held, HeldLine.Decision.SAME, now)
        return change


def two_purchases(held: HeldLine, *, now: datetime.datetime) -> None:
    """Remembers that the two are different purchases; they are not suggested or merged again."""
    _decide(held, HeldLine.Decision.DIFFERENT, now)


def reopen(held: HeldLine) -> None:
    """Takes back "two purchases": the two are listed again."""
    if held.decision == HeldLine.Decision.DIFFERENT:
        held.decision, held.resolved_at = "", None
        held.save(update_fields=["decision", "resolved_at"])


def _decide(held: HeldLine, decision: str, now: datetime.datetime) -> None:
    HeldLine.objects.filter(pk=held.pk).update(decision=decision, resolved_at=now)
