"""Undoing a run: the books become what they were before it, but for what has happened since."""

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import F, Field, QuerySet

from accounts import feeds
from accounts.lookup import BANK_COLUMNS, chunks, current_records, rows_by_id
from accounts.models import Account, HeldLine, SourceRecord, SyncLog, Transaction, TransactionChange
from accounts.withdrawal import said_before

Kind = TransactionChange.Kind
_PUT_BACK = (*BANK_COLUMNS, "source", "removed_at", "removal_reason")


@dataclass(slots=True)
class Undone:
    """`removed`: rows that are gone. `kept_apart`: rows gone from the books but kept, because they were edited
    since; each is listed for review. `untied`: rows that stay, no longer named by the run's source."""

    removed: int = 0
    untied: int = 0
    kept_apart: list[int] = field(default_factory=list)


def undo(run: SyncLog, *, vouchers: Mapping[str, int], now: datetime.datetime) -> Undone:
    """Takes back what a run brought in.

    `vouchers`: external id -> id of another run of the same feed that brought the line too; such lines
    stay and belong to that run from now on. Rows that nothing else has ever brought, or nothing that is not undone
    too, are deleted, or kept aside and listed if a person has edited them; rows of another source that has withdrawn
    them meanwhile are removed.
    Rows that it was merged into say again what they said.
    """
    with transaction.atomic():
        Account.objects.select_for_update().get(pk=run.account_id)
        own = list(SourceRecord.objects.filter(first_seen=run).order_by("id").values_list("pk", "external_id"))
        _pass_on(run, [(pk, vouchers[name]) for pk, name in own if name in vouchers])
        gone = [pk for pk, name in own if name not in vouchers]
        _put_back(run, set(gone))
        undone = _take_away(run, gone, now)
        SourceRecord.objects.filter(last_seen=run).update(last_seen=F("first_seen"))
        TransactionChange.objects.filter(run=run).exclude(kind=Kind.UNMERGED).delete()
        HeldLine.objects.filter(run=run).delete()
        _list_for_review(run, undone.kept_apart)
        return undone


def _pass_on(run: SyncLog, heirs: list[tuple[int, int]]) -> None:
    """Lines that another run brought too belong to that run, and so do the rows that this run made of them."""
    of_run: dict[int, list[int]] = {}
    for record_id, heir in heirs:
        of_run.setdefault(heir, []).append(record_id)
    for heir, record_ids in of_run.items():
        for chunk in chunks(record_ids):
            SourceRecord.objects.filter(pk__in=chunk).update(first_seen=heir)
            Transaction.objects.filter(records__in=chunk, created_by=run).update(created_by=heir)
            TransactionChange.objects.filter(run=run, transaction__records__in=chunk).update(run=heir)


def _put_back(run: SyncLog, gone: Collection[int]) -> None:
    """Gives rows the columns that the run changed, unless another source has spoken for them since."""
    changes = TransactionChange.objects.filter(run=run).exclude(before={}).select_related("transaction")
    revived = set(changes.filter(before__has_key="removed_at").values_list("transaction_id", flat=True))
    vouched = {
        row_id
        for row_id, current in current_records(revived).items()
        if any(record.id not in gone for record in current)
    }
    for change in changes.order_by("-id").iterator(chunk_size=500):
        row = change.transaction
        if row.source != change.after.get("source", row.source):
            continue
        before = {name: _read(name, change.before[name]) for name in _PUT_BACK if name in change.before}
        if row.pk in vouched:
            before.pop("removed_at", None)
        if "removed_at" in before:
            before["removal_reason"] = Transaction.RemovalReason.BANK
        if before:
            Transaction.objects.filter(pk=row.pk).update(**before)


def _take_away(run: SyncLog, record_ids: list[int], now: datetime.datetime) -> Undone:
    undone = Undone()
    for chunk in chunks(record_ids):
        records = SourceRecord.objects.filter(pk__in=chunk)
        row_ids = set(records.values_list("transaction_id", flat=True))
        gone = set(chunk)
        vouched = {
            row_id
            for row_id, current in current_records(row_ids).items()
            if any(record.id not in gone for record in current)
        }
        _hand_over(records, vouched)
        undone.untied += len(vouched)
        created = set(Transaction.objects.filter(pk__in=row_ids - vouched, created_by=run).values_list("pk", flat=True))
        bereft = set(Transaction.objects.live().filter(pk__in=row_ids - vouched - created).values_list("pk", flat=True))
        lost = rows_by_id(created | bereft)
        edited = {row_id for row_id, row in lost.items() if row.is_edited}
        records.filter(transaction__in=edited).update(state=SourceRecord.State.WITHDRAWN)
        Transaction.objects.filter(pk__in=edited | bereft, removed_at=None).update(
            removed_at=now, removal_reason=Transaction.RemovalReason.BANK
        )
        records.exclude(transaction__in=edited).delete()
        unnamed = Transaction.objects.filter(pk__in=bereft - edited, records=None)
        Transaction.objects.filter(pk__in={*created - edited, *unnamed.values_list("pk", flat=True)}).delete()
        undone.removed += len(lost.keys() - edited)
        undone.untied += len(row_ids - vouched - lost.keys())
        undone.kept_apart += sorted(edited)
    return undone


def _hand_over(gone: QuerySet[SourceRecord], row_ids: Collection[int]) -> None:
    """Rows that the undone source still speaks for, by a merge of another time, say what the next source said."""
    left = gone.filter(transaction__in=row_ids, transaction__source=F("feed"))
    others = current_records(set(left.values_list("transaction_id", flat=True)))
    undone = set(gone.values_list("pk", flat=True))
    heirs = {
        row_id: min((record.feed for record in records if record.id not in undone), key=feeds.rank)
        for row_id, records in others.items()
    }
    said = said_before(heirs)
    for row_id, heir in heirs.items():
        Transaction.objects.filter(pk=row_id).update(source=heir, **said.get(row_id, {}))


def _list_for_review(run: SyncLog, row_ids: list[int]) -> None:
    HeldLine.objects.bulk_create(
        HeldLine(
            account_id=run.account_id,
            run=run,
            feed=run.source,
            reason=HeldLine.Reason.WITHDRAWN_BUT_EDITED,
            detail="Its import was undone after you had edited it",
            candidate_id=row_id,
        )
        for row_id in row_ids
    )


def _read(column: str, stored: Any) -> Any:
    field: Field = Transaction._meta.get_field(column)  # type: ignore[assignment]  # a column, no relation
    return field.to_python(stored)
