"""A believable household for the tests of pages. Nothing in it is random."""

import datetime
from decimal import Decimal

from django.utils import timezone

from accounts.models import Account, SyncLog, Transaction

TODAY = datetime.date(2026, 11, 20)


def make_account(name: str = "Everyday Checking", **facts: object) -> Account:
    return Account.objects.create(name=name, **facts)


def make_linked_account(name: str = "Everyday Checking", **facts: object) -> Account:
    """An account that was synced just now and whose books match the bank while it has no rows."""
    now = timezone.now()
    return make_account(
        name,
        **{
            "institution": "First Platypus Bank",
            "mask": "0000",
            "connection_status": Account.ConnectionStatus.CONNECTED,
            "last_synced_at": now,
            "balance_current": Decimal("4218.07"),
            "balance_updated_at": now,
            "opening_balance": Decimal("4218.07"),
            "opening_date": TODAY,
        }
        | facts,
    )


def make_row(account: Account, amount: str = "4.50", *, days_ago: int = 0, **facts: object) -> Transaction:
    defaults: dict[str, object] = {
        "currency": account.currency,
        "bank_description": "SQ *BLUE BOTTLE 0042",
        "bank_merchant": "Blue Bottle Coffee",
        "source": "plaid:first",
    }
    return Transaction.objects.create(
        account=account, amount=Decimal(amount), date=TODAY - datetime.timedelta(days=days_ago), **(defaults | facts)
    )


def make_run(account: Account, status: str = "success", **facts: object) -> SyncLog:
    started_at = timezone.now() - datetime.timedelta(minutes=12)
    defaults: dict[str, object] = {
        "source": "plaid",
        "trigger": "scheduled",
        "started_at": started_at,
        "finished_at": None if status == "running" else started_at + datetime.timedelta(seconds=2),
    }
    return SyncLog.objects.create(account=account, status=status, **(defaults | facts))
