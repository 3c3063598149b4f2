import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from budgetapp.demo.audit import UNITS, bank_ledger, compare, table
from plaid_sync.emulator.server import EmulatorServer

TABLES = """
CREATE TABLE accounts_account (id, name, mask, institution, currency, balance_current, opening_balance);
CREATE TABLE plaid_sync_linkedaccount (account_id, plaid_account_id);
CREATE TABLE accounts_transaction (id INTEGER PRIMARY KEY, account_id, amount, date, is_pending, removed_at);
CREATE TABLE accounts_sourcerecord (transaction_id, feed, external_id, state);
"""


@pytest.fixture(scope="module")
def bank() -> Iterator[EmulatorServer]:
    with EmulatorServer() as server:
        server.bank.link()
        yield server


@pytest.fixture
def books(bank: EmulatorServer, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Books that hold exactly what the bank holds."""
    connection = sqlite3.connect(tmp_path / "books.sqlite3")
    connection.executescript(TABLES)
    for number, (plaid_id, account) in enumerate(bank_ledger(bank.url).items(), start=1):
        _write(connection, number, plaid_id, account)
    connection.commit()
    yield connection
    connection.close()


def _write(connection: sqlite3.Connection, number: int, plaid_id: str, account: dict[str, Any]) -> None:
    balances = [int(account["balance"] * UNITS), int(account["opening"] * UNITS)]
    values = [number, account["name"], account["mask"], "First Platypus Bank", "USD", *balances]
    connection.execute("INSERT INTO accounts_account VALUES (?, ?, ?, ?, ?, ?, ?)", values)
    connection.execute("INSERT INTO plaid_sync_linkedaccount VALUES (?, ?)", [number, plaid_id])
    for row in account["rows"]:
        entry = connection.execute(
            "INSERT INTO accounts_transaction (account_id, amount, date, is_pending) VALUES (?, ?, ?, ?)",
            [number, int(row["amount"] * UNITS), row["date"], row["pending"]],
        ).lastrowid
        record = [entry, "plaid:1", row["transaction_id"], "current"]
        connection.execute("INSERT INTO accounts_sourcerecord VALUES (?, ?, ?, ?)", record)


def differences(bank: EmulatorServer, tmp_path: Path) -> str:
    return "; ".join(
        difference for line in compare(bank.url, tmp_path / "books.sqlite3") for difference in line.differences
    )


def test_equal_books_are_proven(bank: EmulatorServer, books: sqlite3.Connection, tmp_path: Path) -> None:
    lines = compare(bank.url, tmp_path / "books.sqlite3")
    assert [line.proof for line in lines] == ["proven"] * 3
    assert sum(line.count for line in lines) > 1_000
    assert table(lines).splitlines()[0].split() == ["account", "transactions", "first", "last", "balance", "proof"]


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ("DELETE FROM accounts_transaction WHERE id = 5", "rows, the bank has"),
        ("UPDATE accounts_transaction SET amount = amount + 1 WHERE id = 5", "sum"),
        ("UPDATE accounts_transaction SET date = '2020-01-01' WHERE id = 5", "1 ids differ"),
        ("UPDATE accounts_sourcerecord SET external_id = 'other' WHERE transaction_id = 5", "2 ids differ"),
        ("UPDATE accounts_transaction SET removed_at = '2026-01-01' WHERE id = 5", "rows, the bank has"),
        ("UPDATE accounts_account SET balance_current = balance_current + 1 WHERE id = 1", "the bank's balance is"),
        ("UPDATE accounts_account SET opening_balance = NULL WHERE id = 1", "no opening balance"),
        ("UPDATE accounts_account SET opening_balance = 1 WHERE id = 1", "opening + posted is not the balance"),
        ("DELETE FROM accounts_account WHERE id = 1", "not in the books"),
    ],
)
def test_every_difference_is_named(
    bank: EmulatorServer, books: sqlite3.Connection, tmp_path: Path, damage: str, words: str
) -> None:
    books.execute(damage)
    books.commit()
    assert words in differences(bank, tmp_path)
