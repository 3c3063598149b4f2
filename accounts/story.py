"""Why a row is in the books and looks as it does: its sources and changes as steps in order."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from django.utils.formats import date_format

from accounts import feeds
from accounts.merging import is_undoable
from accounts.models import SourceRecord, SyncLog, Transaction, TransactionChange
from money.formatting import money_text

LABELS = {
    "date": "Date",
    "authorized_date": "Purchased",
    "amount": "Amount",
    "is_pending": "Pending",
    "bank_description": "Bank’s description",
    "bank_merchant": "Bank’s merchant",
    "description": "Description",
    "merchant_name": "Merchant",
    "notes": "Notes",
}


@dataclass(frozen=True)
class Difference:
    """One column that a step changed, in words."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Step:
    """One event of a row's life."""

    title: str
    detail: str
    at: datetime | None
    run: SyncLog | None
    differences: list[Difference]
    merge: int | None = None  # the change to take apart
    merged: str = ""  # what would be a row of its own again
    pair: int | None = None  # the held line that lists both rows of a merge that was taken apart


def steps_of(row: Transaction) -> list[Step]:
    """The row's life, oldest first: where it came from, then every change."""
    born = Step(
        title=f"Came from {feeds.said_by(_first_feed(row))}",
        detail=row.created_by.get_trigger_display() if row.created_by else "",
        at=row.created_by.started_at if row.created_by else None,
        run=row.created_by,
        differences=[],
    )
    return [born, *(_step(change, row.currency) for change in row.changes.select_related("run"))]


def records_of(row: Transaction) -> list[SourceRecord]:
    """What every feed calls this row, in the order in which it was named."""
    return list(row.records.select_related("last_seen").order_by("id"))


def in_short(change: TransactionChange, currency: str) -> str:
    """The change in two or three words, for a list: "was $50.00", "merged"; nothing where it settled as it was."""
    if change.kind == TransactionChange.Kind.SETTLED:
        before, after = change.before.get("amount"), change.after.get("amount")
        amount = _amount(before)
        if amount is not None and _amount(after) != amount:
            return f"was {_words('amount', before, currency)}"
        return ""
    return change.get_kind_display().lower()


def _first_feed(row: Transaction) -> str:
    first = row.records.order_by("id").first()
    return first.feed if first else row.source


def _step(change: TransactionChange, currency: str) -> Step:
    can_undo = is_undoable(change)
    names = [name for name in LABELS if name in change.before or name in change.after]
    return Step(
        title=change.get_kind_display(),
        detail=change.reason,
        at=change.created_at,
        run=change.run,
        differences=[
            Difference(
                LABELS[name],
                _words(name, change.before.get(name), currency),
                _words(name, change.after.get(name), currency),
            )
            for name in names
            if change.before.get(name) != change.after.get(name)
        ],
        merge=change.pk if can_undo else None,
        merged=_merged(change, currency) if can_undo else "",
        pair=change.after.get("held") if change.kind == TransactionChange.Kind.UNMERGED else None,
    )


def _merged(change: TransactionChange, currency: str) -> str:
    """The purchase that was merged, in words: "SQ *COFFEE, $5.00, 2 Mar 2026"."""
    other = change.before.get("absorbed") or change.after["line"]
    words = other.get("merchant_name") or other.get("bank_merchant") or other.get("bank_description")
    amount, day = (_words(name, other.get(name), currency) for name in ("amount", "date"))
    return ", ".join(filter(None, (words, amount, day)))


def _words(name: str, value: object, currency: str) -> str:
    if name == "amount":
        amount = _amount(value)
        return "" if amount is None else str(money_text(amount, currency))
    if name in ("date", "authorized_date") and value:
        return date_format(date.fromisoformat(str(value)), "j M Y")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None and name in ("description", "merchant_name"):
        return "the bank’s words"
    return str(value) if value not in (None, "") else "empty"


def _amount(value: object) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None
