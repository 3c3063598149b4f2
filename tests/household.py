"""A believable household for the tests of pages. Nothing in it is random."""

import datetime
from decimal import Decimal

from django.utils import timezone

from accounts.models import Account, HeldLine, SourceRecord, SyncLog, Transaction

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


def make_pair(account: Account, *, amount: str = "4.50", name: str = "a") -> HeldLine:
    """A row of a file and a row of the bank, four days apart, listed as a possible duplicate."""
    facts = {"source": "csv:chase", "bank_merchant": "", "bank_description": "BLUE BOTTLE OAKLAND"}
    imported = make_row(account, amount, days_ago=4, **facts)
    row = make_row(account, amount)
    for each, feed in ((imported, "csv:chase"), (row, "plaid:first")):
        SourceRecord.objects.create(account=account, transaction=each, feed=feed, external_id=name)
    return HeldLine.objects.create(
        account=account,
        run=make_run(account),
        feed="plaid:first",
        external_id=name,
        reason=HeldLine.Reason.POSSIBLE_DUPLICATE,
        detail="Same amount",
        candidate=imported,
    )


def make_withdrawn(account: Account) -> HeldLine:
    """A row with a note that its bank has withdrawn."""
    row = make_row(
        account,
        "12.00",
        notes="Lunch with Tom",
        removed_at=timezone.now(),
        removal_reason=Transaction.RemovalReason.BANK,
    )
    return HeldLine.objects.create(
        account=account,
        feed="plaid:first",
        reason=HeldLine.Reason.WITHDRAWN_BUT_EDITED,
        detail="The bank has withdrawn a transaction that you had edited",
        candidate=row,
    )


def make_unread(account: Account) -> HeldLine:
    """A line of the bank without a date."""
    return HeldLine.objects.create(
        account=account,
        feed="plaid:first",
        external_id="tx-9",
        reason=HeldLine.Reason.MALFORMED,
        detail="It has no date",
        raw={"transaction_id": "tx-9", "name": "TRANSFER 4111111111111111", "amount": {"number": "12.5"}},
    )
