"""Two rows that are one purchase become one row, and can become two again."""

import datetime
from typing import Any

from django.db import transaction
from django.db.models import Field
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
    held = HeldLine.objects.filter(candidate=twin)
    absorbed["held"] = list(held.values_list("pk", flat=True))
    Transaction.objects.filter(pk=row.pk).update(**after)
    records.update(transaction=row)
    twin.changes.update(transaction=row)
    held.update(candidate=row)
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
        if not TransactionChange.objects.filter(pk=change.pk).exists():
            raise CannotUnmerge("Its import has been undone meanwhile, so there is nothing to take apart.")
        change.refresh_from_db()
        if not is_undoable(change):
            raise CannotUnmerge("This merge has been taken back already.")
        row = change.transaction
        apart = _revive(change, row) if "absorbed" in change.before else _split_off(change, row, now)
        change.after["undone"] = True
        change.save(update_fields=["after"])
        held = _remember_as_two(row, apart, now)
        for one, other in ((row, apart), (apart, row)):
            after = {"other": other.pk, "held": held.pk}
            one.changes.create(kind=Kind.UNMERGED, reason="Taken apart by you", before={}, after=after)
        return apart


def _revive(change: TransactionChange, row: Transaction) -> Transaction:
    """The row that gave way comes back with its id, records, history and words."""
    kept = dict(change.before["absorbed"])
    records, changes, held = kept.pop("records"), kept.pop("changes", []), kept.pop("held", [])
    apart = Transaction.objects.create(**_still_there(kept))
    moved = SourceRecord.objects.filter(pk__in=records, transaction=row).update(transaction=apart)
    if not moved:
        raise CannotUnmerge("Its source has withdrawn it meanwhile, so there is nothing to take apart.")
    TransactionChange.objects.filter(pk__in=changes, transaction=row).update(transaction=apart)
    HeldLine.objects.filter(pk__in=held, candidate=row).update(candidate=apart)
    current = _user_facts(row)
    untouched = {name: change.before[name] for name in _USER_COLUMNS if current[name] == change.after.get(name)}
    Transaction.objects.filter(pk=row.pk).update(**_still_there(untouched))
    return apart


def _still_there(stored: dict[str, Any]) -> dict[str, Any]:
    """Stored column values, read; None for what they point to if that has been deleted meanwhile."""
    values = {}
    for name, value in stored.items():
        column = _column(name)
        kind = column.related_model
        is_gone = value is not None and kind and not kind._default_manager.filter(pk=value).exists()
        values[column.attname] = None if is_gone else column.to_python(value)
    return values


def _split_off(change: TransactionChange, row: Transaction, now: datetime.datetime) -> Transaction:
    """The merged line gets a row of its own; a row that it spoke for says again what it said before."""
    told = dict(change.after["line"])
    external_id = told.pop("external_id")
    record = row.records.filter(external_id=external_id, state=SourceRecord.State.CURRENT).order_by("-id").first()
    if record is None:
        raise CannotUnmerge("Its source has withdrawn it meanwhile, so there is nothing to take apart.")
    others = row.records.filter(state=SourceRecord.State.CURRENT).exclude(pk=record.pk)
    speaks_for_row = row.source == record.feed and others.exists()
    facts = {name: getattr(row, name) for name in BANK_COLUMNS} if speaks_for_row else _read(told)
    apart = Transaction.objects.create(account_id=row.account_id, source=record.feed, created_by=change.run, **facts)
    SourceRecord.objects.filter(pk=record.pk).update(transaction=apart)
    if speaks_for_row and "source" in change.before:
        said = _read({name: change.before[name] for name in BANK_COLUMNS if name in change.before})
        Transaction.objects.filter(pk=row.pk).update(source=change.before["source"], **said)
    if not others.exists() and row.removed_at is None:
        _leave_without_a_line(row, record.feed, now)
    return apart


def _leave_without_a_line(row: Transaction, feed: str, now: datetime.datetime) -> None:
    """A row that no source vouches for any more is out of the books; an edited one is listed for review."""
    Transaction.objects.filter(pk=row.pk).update(removed_at=now, removal_reason=Transaction.RemovalReason.BANK)
    if row.is_edited:
        HeldLine.objects.create(
            account_id=row.account_id,
            feed=feed,
            reason=HeldLine.Reason.WITHDRAWN_BUT_EDITED,
            detail="Its source had withdrawn it before you took it apart",
            candidate=row,
        )


def _remember_as_two(row: Transaction, apart: Transaction, now: datetime.datetime) -> HeldLine:
    """Notes that a person has called the two different purchases: in the lines that asked, or in a new one."""
    decided = {"decision": HeldLine.Decision.DIFFERENT, "resolved_at": now}
    asked = HeldLine.objects.about(row, apart)
    asked.update(**decided)
    known = asked.order_by("id").first()
    if known is not None:
        return known
    record = apart.records.order_by("state", "id")[0]  # "current" comes before the other states
    return HeldLine.objects.create(
        account_id=row.account_id,
        feed=record.feed,
        external_id=record.external_id,
        reason=HeldLine.Reason.POSSIBLE_DUPLICATE,
        candidate=row,
        **decided,
    )


def are_known_as_two(row: Transaction, twin: Transaction) -> bool:
    """Whether a person has said that the two are not one purchase."""
    return HeldLine.objects.about(row, twin).filter(decision=HeldLine.Decision.DIFFERENT).exists()


def _read(stored: dict[str, Any]) -> dict[str, Any]:
    return {name: _column(name).to_python(value) for name, value in stored.items()}


def _column(name: str) -> Field:
    """The column of a field's name, or of its `_id` name."""
    return next(each for each in Transaction._meta.concrete_fields if name in (each.name, each.attname))


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
