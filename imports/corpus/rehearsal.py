"""A sample file taken through the wizard's steps into books that know half of it, then again, then back."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.db import connections, transaction
from django.db.models import Sum
from django.utils import timezone

from accounts import ledger
from accounts.lines import Delivery, StatementLine
from accounts.models import Account, SyncLog, Transaction
from imports import posting, steps
from imports.corpus.comparing import Comparison, Manner
from imports.models import ImportBatch
from imports.reading import FileStatement, Reading
from imports.receiving import Upload, assign, reading_of, receive

_BANK = "plaid:sample"
# The log of runs keeps what happened, undone or not; ids that were given once are not given again.
_NO_BOOKS = ('INSERT INTO "accounts_synclog"', 'INSERT INTO "sqlite_sequence"', 'DELETE FROM "sqlite_sequence"')


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """`added` and `merged` by the first import, `again` by the second; `total` of the books after both, money out
    negative; whether both databases were as before once both imports were undone."""

    added: int
    merged: int
    again: int
    total: Decimal
    is_undone: bool

    def is_right(self, comparison: Comparison) -> bool:
        known = sum(len(_half(statement)) for statement in comparison.statements)
        expected = (comparison.rows - known, known, 0, comparison.total, True)
        return (self.added, self.merged, self.again, self.total, self.is_undone) == expected

    def __str__(self) -> str:
        undone = "as before" if self.is_undone else "DIFFERENT"
        return f"imported {self.added} new + {self.merged} matched, again {self.again} new, undone: {undone}"


def rehearse(comparison: Comparison) -> Rehearsal | None:
    """What becomes of the file; None if it holds nothing that could be imported."""
    if not comparison.rows:
        return None
    now = timezone.now()
    with _accounts(comparison.statements) as accounts:
        for account, statement in zip(accounts, comparison.statements, strict=True):
            _bank_knows(account, _half(statement), now)
        before = _dumps()
        batches = [_brought_in(comparison, accounts, now) for _turn in range(2)]
        first, second = ([batch.run for batch in turn if batch.run] for turn in batches)
        live = Transaction.objects.live().filter(account__in=accounts).aggregate(total=Sum("amount"))
        for batch in (batch for turn in reversed(batches) for batch in turn):
            posting.undo(batch, now=now)
            posting.discard(batch)
        return Rehearsal(
            added=sum(run.added for run in first),
            merged=sum(run.merged for run in first),
            again=sum(run.added for run in second),
            total=-(live["total"] or Decimal(0)),
            is_undone=_dumps() == before,
        )


@contextmanager
def _accounts(statements: tuple[FileStatement, ...]) -> Iterator[list[Account]]:
    """An account for each part of a file, gone afterwards."""
    accounts = [Account.objects.create(name="Sample", currency=each.currency or "USD") for each in statements]
    yield accounts
    for account in accounts:
        account.delete()


def _half(statement: FileStatement) -> list[StatementLine]:
    return [entry.line for entry in statement.lines][::2]


def _bank_knows(account: Account, lines: list[StatementLine], now: datetime) -> None:
    """A bank has sent these lines before, under ids of its own."""
    named = [
        replace(line, external_id=f"sample-{account.pk}-{number}", currency=line.currency or account.currency)
        for number, line in enumerate(lines)
    ]
    run = SyncLog.objects.create(account=account, source="plaid", trigger=SyncLog.Trigger.INITIAL, started_at=now)
    with transaction.atomic():
        ledger.post(account, Delivery(_BANK, named), run, now=now)


def _brought_in(comparison: Comparison, accounts: list[Account], now: datetime) -> list[ImportBatch]:
    """The wizard's steps, with its answers: upload, which part is whose, compare, post."""
    reading = comparison.reading
    answers = reading.mapping if reading and comparison.manner is Manner.MAPPED else None
    content = comparison.file.read_bytes()
    first = receive(Upload(comparison.file.name, content, accounts[0], mapping=answers), now=now)
    batches = [first]
    if len(accounts) > 1:
        batches = _told_apart(first, accounts, reading_of(first.file, now=now))
    for batch in batches:
        steps.begin_comparison(batch, now=now)
        steps.begin_posting(batch, now=now)
        batch.refresh_from_db()
    return batches


def _told_apart(first: ImportBatch, accounts: list[Account], reading: Reading) -> list[ImportBatch]:
    batches = []
    for number, account in enumerate(accounts):
        batch = ImportBatch(file=first.file, created_at=first.created_at) if number else first
        batch.account = account
        assign(batch, reading, number)
        batches.append(batch)
    return batches


def _dumps() -> list[str]:
    """Both databases as SQL, but for what is no part of the books."""
    said: list[str] = []
    for alias in ("default", "investments"):
        connections[alias].ensure_connection()
        said += connections[alias].connection.iterdump()
    return [statement for statement in said if not statement.startswith(_NO_BOOKS)]
