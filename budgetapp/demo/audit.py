"""Compares the books with the simulated bank's own ledger, by SQL and JSON and none of the app's code."""

import json
import sqlite3
import urllib.request
from collections.abc import Collection, Sequence
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

UNITS = 10_000  # the books keep integers of 1/10,000
PROVEN = "proven"
LIABILITIES = {"credit", "loan"}

ACCOUNTS = """
SELECT account.id, account.name, account.mask, account.institution, account.currency,
       account.balance_current, account.opening_balance, linked.plaid_account_id
FROM accounts_account AS account JOIN plaid_sync_linkedaccount AS linked ON linked.account_id = account.id
ORDER BY account.institution, account.name, account.id
"""
ROWS = """
SELECT record.external_id, entry.amount, entry.date, entry.is_pending
FROM accounts_transaction AS entry
LEFT JOIN accounts_sourcerecord AS record
  ON record.transaction_id = entry.id AND record.state = 'current' AND record.feed LIKE 'plaid:%'
WHERE entry.account_id = ? AND entry.removed_at IS NULL
"""


@dataclass(frozen=True)
class Line:
    """One account of the comparison; `differences` is empty when books and bank agree in everything."""

    account: str
    count: int
    first: str
    last: str
    balance: str
    differences: tuple[str, ...]

    @property
    def proof(self) -> str:
        return "; ".join(self.differences) or PROVEN


@dataclass(frozen=True)
class Row:
    amount: int
    date: str
    is_pending: bool


def bank_ledger(bank: str) -> dict[str, dict[str, Any]]:
    """The accounts of all items that were not removed, by Plaid's account_id; investments have `trades`."""
    request = urllib.request.Request(f"{bank}/emulator/ledger")  # noqa: S310  a loopback address
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310  # nosec B310
        items = json.load(answer, parse_float=Decimal)["items"]
    return {account["account_id"]: account for item in items if not item["is_removed"] for account in item["accounts"]}


def compare(bank: str, books: Path) -> list[Line]:
    """One line per linked account. An account of the bank that is missing in the books is a line, too."""
    ledger = {key: account for key, account in bank_ledger(bank).items() if "trades" not in account}
    lines = []
    with closing(read_only(books)) as connection:
        for found in connection.execute(ACCOUNTS).fetchall():
            rows = connection.execute(ROWS, [found[0]]).fetchall()
            lines.append(_line(found, rows, ledger.pop(found[-1], None)))
    missing = [Line(account["name"], 0, "", "", "", ("not in the books",)) for account in ledger.values()]
    return lines + missing


def table(lines: list[Line]) -> str:
    head = ("account", "transactions", "first", "last", "balance", "proof")
    body = [(line.account, f"{line.count:,}", line.first, line.last, line.balance, line.proof) for line in lines]
    return aligned([head, *body], right={1, 4})


def read_only(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)


def aligned(rows: Sequence[tuple[str, ...]], *, right: Collection[int]) -> str:
    """A table of text, the first row its head; the columns `right` are aligned there."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def _line(found: tuple[Any, ...], rows: list[tuple[Any, ...]], truth: dict[str, Any] | None) -> Line:
    _id, name, mask, institution, currency, balance, opening, _plaid_id = found
    dates = sorted(row[2] for row in rows)
    return Line(
        account=f"{institution}: {name}" + (f" ••{mask}" if mask else ""),
        count=len(rows),
        first=dates[0] if dates else "",
        last=dates[-1] if dates else "",
        balance="" if balance is None else f"{Decimal(balance) / UNITS:,.2f} {currency}",
        differences=tuple(_differences(rows, balance, opening, truth)) if truth else ("not at the bank",),
    )


def _differences(
    rows: list[tuple[Any, ...]], balance: int | None, opening: int | None, truth: dict[str, Any]
) -> list[str]:
    differences = []
    books = {external_id: Row(amount, day, bool(pending)) for external_id, amount, day, pending in rows}
    bank = {row["transaction_id"]: Row(_units(row["amount"]), row["date"], row["pending"]) for row in truth["rows"]}
    if len(rows) != truth["count"]:
        differences.append(f"{len(rows)} rows, the bank has {truth['count']}")
    if books != bank:
        wrong = {key for key in books.keys() | bank.keys() if books.get(key) != bank.get(key)}
        differences.append(f"{len(wrong)} ids differ")
    total = sum(row[1] for row in rows)
    if total != _units(truth["sum"]) + _units(truth["pending_sum"]):
        differences.append(f"sum {Decimal(total) / UNITS}, the bank's is {truth['sum'] + truth['pending_sum']}")
    if balance != _units(truth["balance"]):
        differences.append(f"the bank's balance is {truth['balance']}")
    posted = sum(row[1] for row in rows if not row[3])
    owed = truth["type"] in LIABILITIES
    if opening is None:
        differences.append("no opening balance")
    elif balance != (opening + posted if owed else opening - posted):
        differences.append("opening + posted is not the balance")
    return differences


def _units(amount: Decimal | int) -> int:
    return int(amount * UNITS)
