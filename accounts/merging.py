"""Two rows that are one purchase become one row, and can become two again."""

import datetime
from typing import Any

from django.db import transaction
from django.forms.models import model_to_dict

from accounts.lookup import BANK_COLUMNS
from accounts.models import Account, HeldLine, SourceRecord, SyncLog, Transaction, TransactionChange

Kind = TransactionChange.Kind
_USER_COLUMNS = ("description", "merchant_name", "notes", "category_id", "status")


class CannotMerge(Exception):
    """Why two rows can't be one, in a sentence for the user."""


class CannotUnmerge(Exception):
    """Why a merge can't be taken back, in a sentence for the user."""


def absorb(row: Transaction, twin: Transaction, *, run: SyncLog | None, reason: str) -> TransactionChange:
    """Lets `row` take over its twin's records, history and edits; the twin is kept in the change and deleted.

    Where both are edited the row's words stay and the notes are joined. Raises CannotMerge if one feed
    names both: then they are two purchases for that feed. Runs inside the caller's transaction.
    """
    if _current_feeds(row) & _current_feeds(twin):
        raise CannotMerge("The same source lists both, so they are two purchases.")
    before = _user_facts(row)
    after = before | _joined(row, twin)
    records = SourceRecord.objects.filter(transaction=twin)
    absorbed = {**model_to_dict(twin), "id": twin.pk, "records": list(records.values_list("pk", flat=True))}
    absorbed["changes"] = list(twin.changes.values_list("pk", flat=True))
    Transaction.objects.filter(pk=row.pk).update(**after)
    records.update(transaction=row)
    twin.changes.update(transaction=row)
    HeldLine.objects.filter(candidate=twin).update(candidate=row)
    twin.delete()
    return row.changes.create(
        run=run, kind=Kind.MERGED, reason=reason, before=before | {"absorbed": absorbed}, after=after
    )


def is_undoable(change: TransactionChange) -> bool:
    """Whether the change is a merge that nobody has taken back yet."""
    knows_how = "absorbed" in change.before or "line" in change.after
    return change.kind == Kind.MERGED and knows_how and "undone" not in change.after


def unmerge(change: TransactionChange, *, now: datetime.datetime) -> Transaction:
    """Takes a merge back: the purchase that was merged is a row of its own again; returns it.

    Edits made since stay where they are. The two rows are remembered as two purchases. Raises
    CannotUnmerge.
    """
    with transaction.atomic():
        Account.objects.select_for_update().get(pk=change.transaction.account_id)
        change.refresh_from_db()
        if not is_undoable(change):
            raise CannotUnmerge("This merge has been taken back already.")
        row = change.transaction
        apart = _revive(change, row) if "absorbed" in change.before else _split_off(change, row, now)
        change.after["undone"] = True
        change.save(update_fields=["after"])
        for one, other in ((row, apart), (apart, row)):
            one.changes.create(kind=Kind.UNMERGED, reason="Taken apart by you", before={}, after={"other": other.pk})
        _remember_as_two(row, apart, now)
        return apart


def _revive(change: TransactionChange, row: Transaction) -> Transaction:
    """The row that gave way comes back with its id, records, history and words."""
    kept = dict(change.before["absorbed"])
    records, changes = kept.pop("records"), kept.pop("changes", [])
    fields = {field.name: field for field in Transaction._meta.concrete_fields}
    values = {fields[name].attname: fields[name].to_python(value) for name, value in kept.items()}
    apart = Transaction.objects.create(**values)
    moved = SourceRecord.objects.filter(pk__in=records, transaction=row).update(transaction=apart)
    if not moved:
        raise CannotUnmerge("Its source has withdrawn it meanwhile, so there is nothing to take apart.")
    TransactionChange.objects.filter(pk__in=changes, transaction=row).update(transaction=apart)
    current = _user_facts(row)
    untouched = {name: change.before[name] for name in _USER_COLUMNS if current[name] == change.after.get(name)}
    Transaction.objects.filter(pk=row.pk).update(**untouched)
    return apart


def _split_off(change: TransactionChange, row: Transaction, now: datetime.datetime) -> Transaction:
    """The merged line gets a row of its own; a row that it spoke for says again what it said before."""
    told = dict(change.after["line"])
    external_id = told.pop("external_id")
    record = row.records.filter(external_id=external_id, state=SourceRecord.State.CURRENT).order_by("-id").first()
    others = row.records.filter(state=SourceRecord.State.CURRENT).exclude(pk=record.pk if record else None)
    if record is None:
        raise CannotUnmerge("Its source has withdrawn it meanwhile, so there is nothing to take apart.")
    speaks_for_row = row.source == record.feed and others.exists()
    facts = {name: getattr(row, name) for name in BANK_COLUMNS} if speaks_for_row else _read(told)
    apart = Transaction.objects.create(account_id=row.account_id, source=record.feed, created_by=change.run, **facts)
    SourceRecord.objects.filter(pk=record.pk).update(transaction=apart)
    if speaks_for_row and "source" in change.before:
        said = _read({name: change.before[name] for name in BANK_COLUMNS if name in change.before})
        Transaction.objects.filter(pk=row.pk).update(source=change.before["source"], **said)
    if not others.exists() and row.removed_at is None:
        reason = Transaction.RemovalReason.BANK
        Transaction.objects.filter(pk=row.pk).update(removed_at=now, removal_reason=reason)
    return apart


def _remember_as_two(row: Transaction, apart: Transaction, now: datetime.datetime) -> None:
    for record in apart.records.filter(state=SourceRecord.State.CURRENT).order_by("id"):
        HeldLine.objects.update_or_create(
            account_id=row.account_id,
            feed=record.feed,
            external_id=record.external_id,
            reason=HeldLine.Reason.POSSIBLE_DUPLICATE,
            candidate=row,
            defaults={"decision": HeldLine.Decision.DIFFERENT, "resolved_at": now},
        )


def are_known_as_two(row: Transaction, twin: Transaction) -> bool:
    """Whether a person has said that the two are not one purchase."""
    decided = HeldLine.objects.filter(decision=HeldLine.Decision.DIFFERENT, candidate__in=[row, twin])
    names = SourceRecord.objects.filter(transaction__in=[row, twin]).values("external_id")
    return decided.filter(account_id=row.account_id, external_id__in=names).exists()


def _read(stored: dict[str, Any]) -> dict[str, Any]:
    return {name: Transaction._meta.get_field(name).to_python(value) for name, value in stored.items()}


def _current_feeds(row: Transaction) -> set[str]:
    return set(row.records.filter(state=SourceRecord.State.CURRENT).values_list("feed", flat=True))


def _user_facts(row: Transaction) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _USER_COLUMNS}


def _joined(row: Transaction, twin: Transaction) -> dict[str, Any]:
    """The user columns of the row after it took over its twin."""
    if not twin.is_edited:
        return {}
    if not row.is_edited:
        return _user_facts(twin)
    notes = [row.notes, twin.notes] if row.notes != twin.notes else [row.notes]
    return {
        "description": twin.description if row.description is None else row.description,
        "merchant_name": twin.merchant_name if row.merchant_name is None else row.merchant_name,
        "notes": "\n".join(filter(None, notes)),
    }
