"""The bank's own truth, for comparing with what an application has made of it."""

from plaid_sync.emulator.bank import Account, Item
from plaid_sync.emulator.payloads import Payload
from plaid_sync.emulator.wire import money
from plaid_sync.emulator.world import World


def ledger(world: World) -> Payload:
    """All items with their accounts and rows; `sum` and `balance` are over posted rows, in Plaid's sign for rows.

    `balance` is `opening - sum` on deposit accounts and `opening + sum`, the amount owed, on credit cards.
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
    }
