"""A row that its source withdrew after a person had edited it: it counts again, or is let go; both can be undone."""

import datetime
from typing import Any

from django.db.models import Field

from accounts import feeds
from accounts.holding import CannotDecide, open_again, resolve, taken_up
from accounts.models import HeldLine, SourceRecord, Transaction, TransactionChange

Decision = HeldLine.Decision
Kind = TransactionChange.Kind
_CHANGED = ("removed_at", "removal_reason", "source", "is_pending")


def restore(held: HeldLine, *, now: datetime.datetime) -> Transaction:
    """Lets the row count again, vouched for by the user and no longer pending. Raises CannotDecide.

    Its source may still send it again and owns it then; the user's record keeps it in the books.
    """
    with taken_up(held) as line:
        row = _withdrawn_row(line)
        resolve(line, Decision.RESTORED, now)
        before = {name: getattr(row, name) for name in _CHANGED}
        row.removed_at, row.removal_reason, row.source, row.is_pending = None, "", feeds.MANUAL, False
        row.save(update_fields=_CHANGED)
        SourceRecord.objects.create(
            account_id=row.account_id, transaction=row, feed=feeds.MANUAL, external_id=_own_name(row.pk)
        )
        after = {name: getattr(row, name) for name in _CHANGED} | {"held": line.pk}
        row.changes.create(kind=Kind.RESTORED, reason="Restored by you", before=before, after=after)
        return row


def let_go(held: HeldLine, *, now: datetime.datetime) -> None:
    """Takes the line off the list, that of a row or one that can't be read; no row changes. Raises CannotDecide."""
    with taken_up(held) as line:
        resolve(line, Decision.LET_GO, now)


def take_back(held: HeldLine) -> None:
    """Undoes either decision; the line is listed again. Raises CannotDecide."""
    with taken_up(held) as line:
        if line.decision == Decision.RESTORED:
            _withdraw_again(line)
        elif line.decision != Decision.LET_GO:
            raise CannotDecide("There is nothing to take back.")
        elif line.candidate is not None and line.candidate.removed_at is None:
            raise CannotDecide("Its source has sent it again, so it is in the books.")
        open_again(line)


def _withdrawn_row(line: HeldLine) -> Transaction:
    if line.candidate is None or line.candidate.removed_at is None:
        raise CannotDecide("It is in the books already.")
    return line.candidate


def _withdraw_again(line: HeldLine) -> None:
    restored = TransactionChange.objects.filter(kind=Kind.RESTORED, transaction=line.candidate)
    change = restored.filter(after__held=line.pk).select_related("transaction").latest("id")
    row = change.transaction
    vouching = row.records.filter(state=SourceRecord.State.CURRENT)
    own = vouching.filter(feed=feeds.MANUAL, external_id=_own_name(row.pk))
    if vouching.exclude(pk__in=own).exists() or not own.exists():
        raise CannotDecide("Another source vouches for it now, so it stays.")
    own.delete()
    for name in _CHANGED:
        setattr(row, name, _read(name, change.before[name]))
    row.save(update_fields=_CHANGED)
    row.changes.create(
        kind=Kind.WITHDRAWN, reason="Restoring taken back by you", before=change.after, after=change.before
    )


def _own_name(row_id: int) -> str:
    return f"restored-{row_id}"


def _read(column: str, stored: Any) -> Any:
    field: Field = Transaction._meta.get_field(column)  # type: ignore[assignment]  # a column, no relation
    return field.to_python(stored)
