import datetime
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.models import Account
from accounts.worker import beat
from imports import posting, staging, steps
from imports.models import ImportBatch
from imports.receiving import Upload, receive
from tests.household import make_account

HEADER = "Transaction Date,Post Date,Description,Category,Type,Amount,Memo"  # a card of Chase


def card_file(*rows: tuple[int, str, str]) -> bytes:
    """A file of Chase's cards, of rows (day of March 2026, words, amount as the bank signs it)."""
    lines = [f"03/{day:02}/2026,03/{day:02}/2026,{words},Food,Sale,{amount}," for day, words, amount in rows]
    return "\n".join([HEADER, *lines, ""]).encode()


COFFEES = card_file((1, "COFFEE HOUSE", "-4.50"), (1, "COFFEE HOUSE", "-4.50"), (2, "GROCER", "-30.00"))


@dataclass
class Desk:
    """An account, and a person who imports files into it."""

    account: Account

    def receive(self, content: bytes = COFFEES, name: str = "march.csv", **facts: object) -> ImportBatch:
        upload = Upload(name=name, content=content, account=self.account, **facts)
        return receive(upload, now=timezone.now())

    def stage(self, content: bytes = COFFEES, **facts: object) -> ImportBatch:
        batch = self.receive(content, **facts)
        steps.begin_comparison(batch, now=timezone.now())
        batch.refresh_from_db()
        return batch

    def bring_in(self, content: bytes = COFFEES, **facts: object) -> ImportBatch:
        batch = self.stage(content, **facts)
        steps.begin_posting(batch, now=timezone.now())
        batch.refresh_from_db()
        assert batch.state == "posted", batch.error_message
        return batch

    def undo(self, batch: ImportBatch):
        return posting.undo(batch, now=timezone.now())

    def compare(self, batch: ImportBatch) -> dict[str, object]:
        staging.compare(batch, now=timezone.now())
        return batch.lines.outlook()

    def rows(self) -> list[tuple[int, str]]:
        """Day and amount of the live rows, in order."""
        live = self.account.transactions.live().order_by("date", "amount", "id")
        return [(row.date.day, f"{row.amount:.2f}") for row in live]


@pytest.fixture
def desk(db: None) -> Desk:
    return Desk(make_account("Sapphire", account_type="credit", mask="4242"))


@pytest.fixture
def worker(db: None) -> None:
    """A worker that was seen just now, so that jobs are queued."""
    beat()


def upload(client: Client, account: Account, content: bytes = COFFEES, name: str = "march.csv", **more: str):
    file = SimpleUploadedFile(name, content)
    return client.post("/import/", {"account": account.pk, "file": file, **more})


def march(*days: int) -> Sequence[datetime.date]:
    return [datetime.date(2026, 3, day) for day in days]
