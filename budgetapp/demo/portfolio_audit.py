"""Compares the portfolio with the simulated brokerages' own books, by SQL and JSON and none of the app's code."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from budgetapp.demo.audit import PROVEN, UNITS, aligned, bank_ledger, read_only

LINKS = "SELECT plaid_account_id, account_key, name, mask FROM plaid_sync_investmentlink ORDER BY id"
ACCOUNT = "SELECT id, institution, balance_current FROM investments_investmentaccount WHERE key = ?"
HOLDINGS = """
SELECT security.plaid_security_id, holding.quantity, holding.value, holding.cost_basis
FROM investments_holding AS holding JOIN investments_security AS security ON security.id = holding.security_id
WHERE holding.investment_account_id = ?1 AND holding.quantity <> 0 AND holding.as_of_date = (
  SELECT max(as_of_date) FROM investments_holding WHERE investment_account_id = ?1)
"""
TRADES = """
SELECT trade.external_id, trade.date, trade.raw_type, trade.raw_subtype, security.plaid_security_id,
       trade.quantity, trade.amount
FROM investments_investmenttransaction AS trade
LEFT JOIN investments_security AS security ON security.id = trade.security_id
WHERE trade.investment_account_id = ? AND trade.withdrawn_at IS NULL
"""
_QUANTUM = Decimal("1e-10")

Facts = Mapping[str, tuple[object, ...]]


@dataclass(frozen=True)
class PortfolioLine:
    """One investment account of the comparison; `differences` is empty when both sides agree in everything."""

    account: str
    positions: int
    trades: int
    value: str
    differences: tuple[str, ...]

    @property
    def proof(self) -> str:
        return "; ".join(self.differences) or PROVEN


def compare_portfolio(bank: str, books: Path, investments: Path) -> list[PortfolioLine]:
    """One line per followed account; one that the brokerages have and the portfolio has not is a line, too."""
    ledger = {key: account for key, account in bank_ledger(bank).items() if "trades" in account}
    lines = []
    with closing(read_only(books)) as links, closing(read_only(investments)) as portfolio:
        for plaid_id, key, name, mask in links.execute(LINKS).fetchall():
            lines.append(_line(portfolio, str(key), f"{name} ••{mask}", ledger.pop(plaid_id, None)))
    missing = [PortfolioLine(account["name"], 0, 0, "", ("not in the portfolio",)) for account in ledger.values()]
    return lines + missing


def portfolio_table(lines: list[PortfolioLine]) -> str:
    head = ("account", "positions", "trades", "value", "proof")
    body = [(line.account, f"{line.positions:,}", f"{line.trades:,}", line.value, line.proof) for line in lines]
    return aligned([head, *body], right={1, 2, 3})


def _line(portfolio: sqlite3.Connection, key: str, name: str, truth: dict[str, Any] | None) -> PortfolioLine:
    found = portfolio.execute(ACCOUNT, [key]).fetchone()
    if found is None or truth is None:
        return PortfolioLine(name, 0, 0, "", ("not in the portfolio" if truth else "not at the brokerage",))
    pk, institution, balance = found
    holdings = {row[0]: (_exact(row[1]), row[2], row[3]) for row in portfolio.execute(HOLDINGS, [pk])}
    trades = {row[0]: (*row[1:5], _exact(row[5]), row[6]) for row in portfolio.execute(TRADES, [pk])}
    differences = [
        *_different("positions", holdings, _own_holdings(truth)),
        *_different("trades", trades, _own_trades(truth)),
    ]
    if balance != _units(truth["balance"]):
        differences.append(f"the brokerage's value is {truth['balance']}")
    value = f"{Decimal(balance or 0) / UNITS:,.2f} USD"
    return PortfolioLine(f"{institution}: {name}", len(holdings), len(trades), value, tuple(differences))


def _own_holdings(truth: dict[str, Any]) -> Facts:
    return {
        each["security_id"]: (_exact(each["quantity"]), _units(each["value"]), _units(each["cost_basis"]))
        for each in truth["holdings"]
        if each["quantity"]
    }


def _own_trades(truth: dict[str, Any]) -> Facts:
    return {
        each["investment_transaction_id"]: (
            each["date"],
            each["type"],
            each["subtype"],
            each["security_id"],
            _exact(each["quantity"]),
            _units(each["amount"]),
        )
        for each in truth["trades"]
    }


def _different(what: str, ours: Facts, theirs: Facts) -> list[str]:
    wrong = [key for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key)]
    return [f"{len(wrong)} {what} differ"] if wrong else []


def _exact(quantity: object) -> Decimal:
    """SQLite keeps quantities as floats; their shortest form is what was written."""
    return Decimal(str(quantity)).quantize(_QUANTUM)


def _units(amount: Decimal | int | None) -> int | None:
    return None if amount is None else int(amount * UNITS)
