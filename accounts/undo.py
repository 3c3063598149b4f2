"""Undoing a run: the books become what they were before it, but for what has happened since."""

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, Field, OuterRef

from accounts import feeds, holding, twins
from accounts.journal import Journal
from accounts.lines import Delivery
from accounts.lookup import BANK_COLUMNS, chunks, current_records, said_before
from accounts.models import Account, HeldLine, SourceRecord, SyncLog, Transaction, TransactionChange
from accounts.models.transaction import has_user_facts

Kind = TransactionChange.Kind
_REMOVAL = ("removed_at", "removal_reason")
_PUT_BACK = (*BANK_COLUMNS, "source", *_REMOVAL)
_EDITS = ("description", "merchant_name", "notes", "status")


@dataclass(slots=True)
class Undone:
    """`removed`: rows that are gone. `kept_apart`: rows gone from the books but kept, because they were edited
    since; each is listed for review. `untied`: rows that stay, no longer named by the run's source."""

    removed: int = 0
    untied: int = 0
    kept_apart: list[int] = field(default_factory=list)


@dataclass(slots=True)
class _Plan:
    """What an undo will do: decided once, for telling about it and for doing it.

    `heirs`: the run's records that another run brought too, and that run. `gone`: its other records, each with
    its row. `earlier`: what rows said and were before the run changed them. Of the rows that `gone` names, `vouched`
    stay because something else names them too; `created` came with the run and `bereft` from sources that have
    withdrawn them, and both go; those of them that are `edited` are kept aside.
    """

    heirs: list[tuple[int, int]] = field(default_factory=list)
    gone: dict[int, int] = field(default_factory=dict)
    earlier: dict[int, dict[str, Any]] = field(default_factory=dict)
    vouched: set[int] = field(default_factory=set)
    created: set[int] = field(default_factory=set)
    bereft: set[int] = field(default_factory=set)
    edited: set[int] = field(default_factory=set)

    @property
    def outcome(self) -> Undone:
        lost = self.created | self.bereft
        untied = set(self.gone.values()) - lost
        return Undone(len(lost) - len(self.edited), len(untied), sorted(self.edited))


def foresee(run: SyncLog, *, vouchers: Mapping[str, int]) -> Undone:
    """What an undo would do now. Reads only."""
    return _plan(run, vouchers).outcome


def undo(run: SyncLog, *, vouchers: Mapping[str, int], now: datetime.datetime) -> Undone:
    """Takes back what a run brought in.

    `vouchers`: external id -> id of another run of the same feed that brought the line too; such lines
    stay and belong to that run from now on. Rows that nothing else has ever brought, or nothing that is not undone
    too, are deleted, or kept aside and listed if a person has edited them; rows of another source that has withdrawn
    them are removed. Rows that it was merged into say again what they said.
    """
    with transaction.atomic():
        Account.objects.select_for_update().get(pk=run.account_id)
        plan = _plan(run, vouchers)
        _pass_on(run, plan.heirs)
        _write(run, plan.earlier)
        _hand_over(run, plan)
        _take_away(run, plan, now)
        SourceRecord.objects.filter(last_seen=run).update(last_seen=F("first_seen"))
        TransactionChange.objects.filter(run=run).exclude(kind=Kind.UNMERGED).delete()
        HeldLine.objects.filter(run=run).delete()
        undone = plan.outcome
        _list_for_review(run, undone.kept_apart)
        _list_what_it_parted(run, plan.vouched)
        return undone


def _plan(run: SyncLog, vouchers: Mapping[str, int]) -> _Plan:
    plan = _Plan()
    inherited, vouched = set(), set()
    records = SourceRecord.objects.filter(first_seen=run).order_by("id")
    for record_id, name, row_id, state in records.values_list("pk", "external_id", "transaction_id", "state"):
        if name not in vouchers:
            plan.gone[record_id] = row_id
            continue
        plan.heirs.append((record_id, vouchers[name]))
        inherited.add(row_id)
        if state == SourceRecord.State.CURRENT:
            vouched.add(row_id)
    plan.earlier = _earlier(run, plan.gone, inherited)
    _judge(run, plan, inherited, vouched)
    return plan


def _earlier(run: SyncLog, gone: Collection[int], inherited: Collection[int]) -> dict[int, dict[str, Any]]:
    """The columns of rows as they were before the run, unless another source has spoken for them since."""
    changes = TransactionChange.objects.filter(run=run).exclude(before={}).select_related("transaction")
    revived = set(changes.filter(before__has_key="removed_at").values_list("transaction_id", flat=True))
    vouched = {
        row_id
        for row_id, current in current_records(revived).items()
        if any(record.id not in gone for record in current)
    }
    earlier: dict[int, dict[str, Any]] = {}
    for change in changes.order_by("-id").iterator(chunk_size=500):
        row = change.transaction
        if row.pk in inherited or row.source != change.after.get("source", row.source):
            continue
        # A correction of its own row does not name the source: it counts while that one still speaks for the row.
        columns = _PUT_BACK if "source" in change.after or feeds.kind(row.source) == run.source else _REMOVAL
        before = {name: _read(name, change.before[name]) for name in columns if name in change.before}
        if row.pk in vouched:
            before.pop("removed_at", None)
        if "removed_at" in before:
            before["removal_reason"] = Transaction.RemovalReason.BANK
        if before:
            earlier[row.pk] = earlier.get(row.pk, {}) | before
    return earlier


def _judge(run: SyncLog, plan: _Plan, inherited: Collection[int], vouched: Collection[int]) -> None:
    """Decides what becomes of the rows that the run's records name."""
    named = set(plan.gone.values())
    current = SourceRecord.objects.filter(transaction=OuterRef("pk"), state=SourceRecord.State.CURRENT)
    rows = Transaction.objects.filter(records__first_seen=run).annotate(
        is_vouched=Exists(current.exclude(first_seen=run))
    )
    columns = rows.values_list("pk", "is_vouched", "created_by_id", "removed_at", *_EDITS)
    for row_id, is_vouched, creator, removed_at, *edits in columns.order_by().iterator(chunk_size=2000):
        if row_id not in named:
            continue
        if is_vouched or row_id in vouched:
            plan.vouched.add(row_id)
            continue
        if creator == run.pk and row_id not in inherited:
            plan.created.add(row_id)
        elif removed_at is None:
            plan.bereft.add(row_id)
        else:
            continue
        if has_user_facts(*edits):
            plan.edited.add(row_id)


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


def _write(run: SyncLog, columns: Mapping[int, dict[str, Any]]) -> None:
    journal = Journal(run.account_id, run.source, run)
    for row_id, values in columns.items():
        journal.update_row(row_id, **values)
    journal.write()


def _hand_over(run: SyncLog, plan: _Plan) -> None:
    """Rows that the undone source still speaks for, by a merge of another time, say what the next source said."""
    left: set[int] = set()
    for chunk in chunks(sorted(plan.vouched)):
        records = SourceRecord.objects.filter(first_seen=run, transaction__in=chunk, transaction__source=F("feed"))
        left.update(records.values_list("transaction_id", flat=True))
    heirs = {
        row_id: min((record.feed for record in records if record.id not in plan.gone), key=feeds.rank)
        for row_id, records in current_records(left).items()
    }
    said = said_before(heirs)
    _write(run, {row_id: {"source": heir, **said.get(row_id, {})} for row_id, heir in heirs.items()})


def _take_away(run: SyncLog, plan: _Plan, now: datetime.datetime) -> None:
    for chunk in chunks(sorted(plan.edited)):
        records = SourceRecord.objects.filter(first_seen=run, transaction__in=chunk)
        records.update(state=SourceRecord.State.WITHDRAWN, first_seen=None)  # the run that brings it again is its first
    for chunk in chunks(sorted(plan.edited | plan.bereft)):
        Transaction.objects.filter(pk__in=chunk, removed_at=None).update(
            removed_at=now, removal_reason=Transaction.RemovalReason.BANK
        )
    deleted = plan.created - plan.edited
    otherwise = plan.edited | deleted
    for chunk in chunks(record_id for record_id, row_id in plan.gone.items() if row_id not in otherwise):
        SourceRecord.objects.filter(pk__in=chunk).delete()
    for chunk in chunks(sorted(plan.bereft - plan.edited)):
        Transaction.objects.filter(pk__in=chunk, records=None).delete()
    for chunk in chunks(sorted(deleted)):
        _delete(chunk)


def _delete(row_ids: list[int]) -> None:
    """Deletes rows with all that points to them; `delete()` would read each row first, under the lock."""
    SourceRecord.objects.filter(transaction__in=row_ids).delete()
    TransactionChange.objects.filter(transaction__in=row_ids).delete()
    HeldLine.objects.filter(candidate__in=row_ids).delete()
    rows = Transaction.objects.filter(pk__in=row_ids)
    rows._raw_delete(using=rows.db)


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


def _list_what_it_parted(run: SyncLog, row_ids: Collection[int]) -> None:
    """Rows that were two purchases only because the run's source named both may be one now."""
    for feed, suggestions in twins.parted(run.account_id, row_ids):
        holding.keep(run.account_id, Delivery(feed), suggestions, [], run)


def _read(column: str, stored: Any) -> Any:
    field: Field = Transaction._meta.get_field(column)  # type: ignore[assignment]  # a column, no relation
    return field.to_python(stored)
