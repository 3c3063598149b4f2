"""The bank's own truth, for comparing with what an application has made of it."""

from plaid_sync.emulator.bank import Account, Item
from plaid_sync.emulator.brokerage.market import Market
from plaid_sync.emulator.brokerage.portfolio import Holding, Portfolio, Trade
from plaid_sync.emulator.investment_payloads import security_id, ticker
from plaid_sync.emulator.payloads import Payload
from plaid_sync.emulator.wire import money
from plaid_sync.emulator.world import World


def ledger(world: World) -> Payload:
    """All items with their accounts and rows; `sum` and `balance` are over posted rows, in Plaid's sign for rows.

    `balance` is `opening - sum` on deposit accounts and `opening + sum`, the amount owed, on credit cards.
    Investment accounts have `trades` and `holdings` besides; their `balance` is the worth of the holdings.
    """
    return {"today": world.today, "items": [_item(item) for item in world.items.values()]}


def _item(item: Item) -> Payload:
    return {
        "item_id": item.item_id,
        "institution_id": item.institution_id,
        "phase": item.phase.value,
        "is_removed": item.is_removed,
        "needs_login": item.needs_login,
        "accounts": [_account(account) for account in item.accounts.values()],
    }


def _account(account: Account) -> Payload:
    rows = sorted(account.rows.values(), key=lambda row: (row.date, row.transaction_id))
    return {
        "account_id": account.account_id,
        "name": account.plan.name,
        "mask": account.plan.mask,
        "type": account.plan.type,
        "subtype": account.plan.subtype,
        "opening": money(account.opening),
        "balance": money(account.current),
        "available": money(account.available),
        "count": len(rows),
        "sum": money(account.posted_total),
        "pending_count": sum(row.is_pending for row in rows),
        "pending_sum": money(account.pending_total),
        "rows": [
            {
                "transaction_id": row.transaction_id,
                "date": row.date,
                "authorized_date": row.authorized_date,
                "amount": money(row.cents),
                "pending": row.is_pending,
                "pending_transaction_id": row.pending_transaction_id,
                "description": row.description,
            }
            for row in rows
        ],
        **_investments(account.portfolio),
    }


def _investments(portfolio: Portfolio | None) -> Payload:
    """All trades of an investment account, oldest first, and what they have left; nothing for other accounts."""
    if portfolio is None:
        return {}
    trades = sorted(portfolio.trades.values(), key=lambda trade: trade.date)
    return {
        "trades": [_trade(trade) for trade in trades],
        "holdings": [_holding(portfolio.market, holding) for holding in portfolio.holdings()],
    }


def _trade(trade: Trade) -> Payload:
    return {
        "investment_transaction_id": trade.trade_id,
        "security_id": trade.security and security_id(trade.security),
        "security": trade.security,
        "date": trade.date,
        "type": trade.type,
        "subtype": trade.subtype,
        "quantity": trade.quantity,
        "price": trade.price,
        "amount": trade.amount,
        "fees": trade.fees,
    }


def _holding(market: Market, holding: Holding) -> Payload:
    return {
        "security_id": security_id(holding.security.key),
        "security": holding.security.key,
        "ticker": ticker(market, holding.security),
        "quantity": holding.quantity,
        "price": holding.price,
        "priced_on": holding.priced_on,
        "value": holding.value,
        "cost_basis": holding.cost,
    }
