"""Reading transactions: search, and pages of rows with their stories."""

from decimal import Decimal, DecimalException

from django.db.models import Prefetch, Q, QuerySet

from accounts.models import Transaction, TransactionChange
from paging import keyset
from paging.keyset import Key, Page

SEARCHED = ("description", "merchant_name", "bank_description", "bank_merchant", "notes")
TELLING = (TransactionChange.Kind.SETTLED, TransactionChange.Kind.MERGED, TransactionChange.Kind.RESTORED)


def matching(rows: QuerySet[Transaction], text: str) -> QuerySet[Transaction]:
    """The rows whose shown or bank words, notes or amount contain `text`; all of them for ''."""
    text = text.strip()
    if not text:
        return rows
    found = Q()
    for column in SEARCHED:
        found |= Q(**{f"{column}__icontains": text})
    amount = _as_amount(text)
    if amount is not None:
        found |= Q(amount__in=[amount, -amount])
    return rows.filter(found)


def page_of(rows: QuerySet[Transaction], *, before: Key | None, after: Key | None) -> Page[Transaction]:
    """A page of the rows, each with its stories."""
    return keyset.page_of(with_stories(rows), Key.of, before=before, after=after)


def with_stories(rows: QuerySet[Transaction]) -> QuerySet[Transaction]:
    """The rows with what a list shows of them, `telling_changes` (why a row is as it is) included."""
    telling = TransactionChange.objects.filter(kind__in=TELLING, after__undone__isnull=True)
    return rows.select_related("account", "category", "predicted_category").prefetch_related(
        Prefetch("changes", telling, to_attr="telling_changes")
    )


def _as_amount(text: str) -> Decimal | None:
    try:
        amount = Decimal(text.lstrip("+-$€£ ").replace(",", ""))
        is_exact = amount.is_finite() and abs(amount) < 10**12 and amount == round(amount, 4)
    except DecimalException:  # no number, or one with an exponent beyond all bounds
        return None
    return amount if is_exact else None
