"""Proof that the books are complete: opening balance + posted rows = what the bank says."""

import datetime
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from django.db.models import Count, F, Max, Min, Q, Sum
from django.utils import timezone

from accounts.models import Account, Transaction


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the books hold of one account. `posted`: sum since the opening date, positive = money out."""

    earliest: datetime.date | None = None
    latest: datetime.date | None = None
    count: int = 0
    posted: Decimal = Decimal(0)


class ProofState(StrEnum):
    PROVEN = "proven"
    DIFFERS = "differs"
    UNPROVEN = "unproven"


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether opening + posted = bank. `difference`: bank minus books, in the bank's sign of the balance."""

    state: ProofState
    reason: str
    difference: Decimal | None = None

    @property
    def is_proven(self) -> bool:
        return self.state == ProofState.PROVEN


def coverage_by_account(account_id: int | None = None) -> dict[int, Coverage]:
    """The coverage of every account that has live rows (or of the given one), by one GROUP BY."""
    rows = Transaction.objects.live()
    if account_id is not None:
        rows = rows.filter(account_id=account_id)
    counted = Q(is_pending=False, date__gte=F("account__opening_date"), currency=F("account__currency"))
    grouped = rows.values("account_id").annotate(
        earliest=Min("date"), latest=Max("date"), count=Count("id"), posted=Sum("amount", filter=counted)
    )
    return {
        group["account_id"]: Coverage(group["earliest"], group["latest"], group["count"], group["posted"] or Decimal(0))
        for group in grouped.order_by("account_id")
    }


def fix_opening_balance(account: Account) -> None:
    """Fixes the opening balance once, when the bank's history is complete and its balance is known.

    The opening balance is what the account held (owed, for credit and loans) before the first day of
    the history; rows of earlier days, from files, are history that it already contains. Rows of these days that
    only a file tells of are not in the bank's balance: while they are there, the books differ from the bank.
    """
    if account.opening_date is not None or account.balance_current is None:
        return
    told = account.transactions.posted().filter(source__startswith="plaid:")
    account.opening_date = told.aggregate(first=Min("date"))["first"] or timezone.localdate(account.balance_updated_at)
    since = told.filter(currency=account.currency).aggregate(total=Sum("amount"))
    account.opening_balance = _before(account, account.balance_current, since["total"] or Decimal(0))
    account.save(update_fields=["opening_date", "opening_balance"])


def prove(account: Account, coverage: Coverage) -> Proof:
    """Compares opening + posted with the bank's balance."""
    if account.opening_balance is None or account.balance_current is None:
        return Proof(ProofState.UNPROVEN, _why_unproven(account))
    difference = _before(account, account.balance_current, coverage.posted) - account.opening_balance
    if difference == 0:
        return Proof(ProofState.PROVEN, "Opening balance and transactions add up to the bank's balance", Decimal(0))
    if account.balance_updated_at and account.last_synced_at and account.balance_updated_at > account.last_synced_at:
        return Proof(ProofState.UNPROVEN, "The balance is newer than the transactions; sync to compare", difference)
    return Proof(ProofState.DIFFERS, "The bank's balance and the transactions differ", difference)


def _before(account: Account, balance: Decimal, posted: Decimal) -> Decimal:
    """The balance before `posted` was spent: what was held plus it, or what was owed without it."""
    return balance - posted if account.is_liability else balance + posted


def _why_unproven(account: Account) -> str:
    if not account.is_linked:
        return "Not connected to a bank"
    if account.balance_current is None:
        return "The bank has sent no balance"
    return "The bank's history is still loading"
