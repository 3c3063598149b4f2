"""What a bank knows: rows, accounts with their balances, and items with the log of what was told to Plaid."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date as Day  # noqa: N812  Row has a field of that name
from datetime import datetime
from enum import StrEnum
from typing import TypedDict

from plaid_sync.emulator.brokerage.portfolio import Portfolio
from plaid_sync.emulator.changelog import ChangeLog
from plaid_sync.emulator.institutions import AccountPlan
from plaid_sync.emulator.wire import cents


class Phase(StrEnum):
    """How much of an item's history Plaid has pulled."""

    NOT_READY = "NOT_READY"
    INITIAL = "INITIAL_UPDATE_COMPLETE"
    HISTORICAL = "HISTORICAL_UPDATE_COMPLETE"


@dataclass(frozen=True, slots=True)
class Row:
    """One transaction as the bank shows it now; cents, positive = money out."""

    transaction_id: str
    account_id: str
    cents: int
    date: Day
    authorized_date: Day | None
    is_pending: bool
    description: str
    merchant_name: str | None = None
    category: str = "OTHER_OTHER"
    confidence: str = "LOW"
    channel: str = "other"
    website: str | None = None
    city: str | None = None
    region: str | None = None
    pending_transaction_id: str | None = None


class RowFields(TypedDict, total=False):
    """What can be said of a row besides its id, account, amount and line."""

    date: Day
    authorized_date: Day | None
    merchant_name: str | None
    category: str
    confidence: str
    channel: str
    website: str | None
    city: str | None
    region: str | None
    pending_transaction_id: str | None


class RowChanges(RowFields, total=False):
    """What can change of a row besides its amount."""

    description: str


@dataclass(slots=True)
class Account:
    """An account of one item; its balance is always its opening plus its posted rows.

    An investment account has trades instead of rows, and the worth of its holdings as its balance.
    """

    account_id: str
    plan: AccountPlan
    opening: int
    persistent_account_id: str | None = None
    rows: dict[str, Row] = field(default_factory=dict)
    posted_total: int = 0
    pending_total: int = 0
    portfolio: Portfolio | None = None

    @property
    def is_credit(self) -> bool:
        """Whether the balance is an amount owed."""
        return self.plan.type == "credit"

    @property
    def current(self) -> int:
        """Cents on the account; cents owed on a credit card."""
        if self.portfolio:
            return cents(self.portfolio.value)
        return self.opening + self.posted_total if self.is_credit else self.opening - self.posted_total

    @property
    def available(self) -> int:
        """Cents that can be spent: pending rows count as spent."""
        if self.portfolio:
            return cents(self.portfolio.cash)
        if self.plan.limit is not None:
            return self.plan.limit - self.current - self.pending_total
        return self.current - self.pending_total

    def put(self, row: Row) -> None:
        """Add the row, or replace the one with its id."""
        if row.transaction_id in self.rows:
            self.drop(row.transaction_id)
        self.rows[row.transaction_id] = row
        self._count(row, 1)

    def drop(self, transaction_id: str) -> Row:
        """Take the row off the account."""
        row = self.rows.pop(transaction_id)
        self._count(row, -1)
        return row

    def _count(self, row: Row, sign: int) -> None:
        if row.is_pending:
            self.pending_total += sign * row.cents
        else:
            self.posted_total += sign * row.cents


@dataclass(slots=True)
class Item:
    """One sign-in at one bank: its accounts, how it stands, and its log.

    `is_synced` says that /transactions/sync was called for it; `told_events` and `told_trades` how much of the log
    and of the trades webhooks have told of.
    """

    item_id: str
    access_token: str
    institution_id: str
    products: tuple[str, ...]
    consented_products: tuple[str, ...]
    created_at: datetime
    first_day: Day
    lived_until: Day
    signed_in_on: Day
    phase: Phase
    accounts: dict[str, Account] = field(default_factory=dict)
    log: ChangeLog = field(default_factory=ChangeLog)
    consent_expires_at: datetime | None = None
    webhook: str | None = None
    needs_login: bool = False
    is_revoked: bool = False
    is_removed: bool = False
    is_synced: bool = False
    told_events: int = 0
    told_trades: int = 0
    last_webhook: str = ""
    last_webhook_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether Plaid can read the bank with it."""
        return not (self.needs_login or self.is_revoked or self.is_removed)

    def row(self, transaction_id: str) -> Row | None:
        """The row of this id, whichever account it is on."""
        for account in self.accounts.values():
            if transaction_id in account.rows:
                return account.rows[transaction_id]
        return None

    def is_published(self, row: Row) -> bool:
        """Whether Plaid has been told of the row."""
        return self.log.knows(row.transaction_id)

    def add(self, row: Row) -> None:
        """A new row, told to Plaid at once."""
        self.accounts[row.account_id].put(row)
        self.log.append("added", row.account_id, row.transaction_id)

    def replace(self, row: Row) -> None:
        """The row has changed; Plaid is told when it knew the row."""
        self.accounts[row.account_id].put(row)
        if self.is_published(row):
            self.log.append("modified", row.account_id, row.transaction_id)

    def remove(self, row: Row) -> None:
        """The row is gone; Plaid is told when it knew the row."""
        self.accounts[row.account_id].drop(row.transaction_id)
        if self.is_published(row):
            self.log.append("removed", row.account_id, row.transaction_id)

    def close(self, account: Account) -> None:
        """The account is no longer part of the access, nor are its rows."""
        for row in list(account.rows.values()):
            self.remove(row)
        del self.accounts[account.account_id]

    def renew(self, account: Account, renewed: Account, ids: Mapping[str, str]) -> None:
        """The account goes on as `renewed`, and its rows under the new `ids`, pending ones still named by theirs."""
        rows = [(row, self.is_published(row)) for row in account.rows.values()]
        self.close(account)
        self.accounts[renewed.account_id] = renewed
        for row, is_published in rows:
            pending = row.pending_transaction_id and ids.get(row.pending_transaction_id)
            again = replace(
                row,
                account_id=renewed.account_id,
                transaction_id=ids[row.transaction_id],
                pending_transaction_id=pending,
            )
            if is_published:
                self.add(again)
            else:
                renewed.put(again)

    def publish(self, phase: Phase, since: Day) -> None:
        """Go to this phase: rows from `since` on that Plaid did not know are told, oldest first."""
        self.phase = phase
        rows = [row for account in self.accounts.values() for row in account.rows.values()]
        for row in sorted(rows, key=lambda row: (row.date, row.transaction_id)):
            if row.date >= since and not self.is_published(row):
                self.log.append("added", row.account_id, row.transaction_id)
