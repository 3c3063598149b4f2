from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from accounts import ledger
from accounts.lines import Delivery, StatementLine, Tally, UnpostableLine, identified
from accounts.models import Account, HeldLine, SourceRecord, SyncLog, Transaction

BANK = "plaid:first-link"
MARCH = date(2026, 3, 1)


def line(external_id: str, day: int, amount: str, description: str = "COFFEE HOUSE", **facts: object) -> StatementLine:
    """A line of day `day`, counted from 1 March 2026."""
    defaults: dict[str, object] = {"currency": "USD", "description": description}
    return StatementLine(
        external_id=external_id,
        date=MARCH + timedelta(days=day - 1),
        amount=Decimal(amount),
        **(defaults | facts),
    )


@dataclass
class Books:
    """An account and the feeds that post into it; `now` moves by an hour with every post."""

    account: Account
    now: datetime = field(default=datetime(2026, 4, 1, 12, tzinfo=UTC))

    def post(
        self,
        lines: Sequence[StatementLine] = (),
        *,
        feed: str = BANK,
        removed: Sequence[str] = (),
        unpostable: Sequence[UnpostableLine] = (),
        completes_history: bool = False,
    ) -> Tally:
        return self.post_delivery(
            Delivery(feed, list(lines), frozenset(removed), unpostable, completes_history=completes_history)
        )

    def post_delivery(self, delivery: Delivery) -> Tally:
        self.now += timedelta(hours=1)
        source = delivery.feed.partition(":")[0]
        run = SyncLog.objects.create(account=self.account, source=source, trigger="manual", started_at=self.now)
        with transaction.atomic():
            return ledger.post(self.account, delivery, run, now=self.now)

    def import_file(self, *lines: StatementLine, feed: str = "csv:chase") -> Tally:
        return self.post(list(identified(lines)), feed=feed)

    def rows(self) -> list[tuple[int, str]]:
        """Day and amount of the live rows, in order."""
        live = Transaction.objects.live().filter(account=self.account).order_by("date", "amount", "id")
        return [((row.date - MARCH).days + 1, f"{row.amount:.2f}") for row in live]

    def row(self, external_id: str, feed: str = BANK) -> Transaction:
        return SourceRecord.objects.get(account=self.account, feed=feed, external_id=external_id).transaction

    def held(self, reason: str) -> list[HeldLine]:
        return list(HeldLine.objects.open().filter(account=self.account, reason=reason).order_by("id"))


@pytest.fixture
def books(db: None) -> Books:
    return Books(Account.objects.create(name="Everyday Checking", institution="First Platypus Bank"))
