"""/transactions/sync, /transactions/get and /transactions/refresh."""

from collections.abc import Iterable

from plaid_sync.emulator import errors
from plaid_sync.emulator.bank import Account, Item, Phase, Row
from plaid_sync.emulator.call import Call
from plaid_sync.emulator.changelog import Event
from plaid_sync.emulator.cursors import Cursor, decode, encode
from plaid_sync.emulator.payloads import Payload, account_payload, item_payload, transaction_payload
from plaid_sync.emulator.products import item_with

DEFAULT_COUNT = 100
FROM_NOW = "now"


def transactions_sync(call: Call) -> Payload:
    """One page of what has changed since the cursor."""
    item = item_with(call, "transactions")
    options = call.part("options")
    account_id = _account_filter(item, options)
    cursor = _cursor(call.text("cursor"), item, account_id)
    if not item.is_synced:
        item.is_synced = True
        call.world.touch()
    if item.phase is Phase.NOT_READY:
        return _page(item, [], "", has_more=False)
    count = call.number("count", DEFAULT_COUNT)
    update = item.log.update(account_id, cursor.start, cursor.end)
    events = update[cursor.offset : cursor.offset + count]
    reached = cursor.offset + len(events)
    has_more = reached < len(update)
    following = Cursor(cursor.start, cursor.end, reached) if has_more else Cursor(cursor.end, cursor.end, 0)
    page = _page(item, events, encode(following, item.item_id, account_id), has_more=has_more)
    return page | _changes(item, events, with_original=options.flag("include_original_description"))


def transactions_get(call: Call) -> Payload:
    """The item's rows between two dates, newest first."""
    item = item_with(call, "transactions")
    if item.phase is Phase.NOT_READY:
        raise errors.product_not_ready()
    options = call.part("options")
    accounts = options.accounts(item)
    first, last = call.day("start_date"), call.day("end_date")
    if first > last:
        raise errors.invalid_field("start_date must not be after end_date")
    rows = sorted(
        (row for account in accounts for row in _published(item, account) if first <= row.date <= last),
        key=lambda row: (row.date, row.transaction_id),
        reverse=True,
    )
    offset = options.number("offset", 0)
    chosen = rows[offset : offset + options.number("count", DEFAULT_COUNT)]
    with_original = options.flag("include_original_description")
    return {
        "accounts": [account_payload(account) for account in accounts],
        "transactions": [transaction_payload(row, with_original_description=with_original) for row in chosen],
        "total_transactions": len(rows),
        "item": item_payload(item),
    }


def transactions_refresh(call: Call) -> Payload:
    """Asks the bank anew: webhooks tell of whatever they have not told of yet."""
    call.world.tell(item_with(call, "transactions"))
    return {}


def _account_filter(item: Item, options: Call) -> str | None:
    account_id = options.text("account_id") or None
    if account_id is not None and account_id not in item.accounts:
        raise errors.invalid_account_id()
    return account_id


def _cursor(value: str, item: Item, account_id: str | None) -> Cursor:
    """Where to read on: a loop that begins aims at the log's head, one that goes on must find it unchanged."""
    head = item.log.head(account_id)
    if not value:
        return Cursor(0, head, 0)
    if value == FROM_NOW:
        return Cursor(head, head, 0)
    cursor = decode(value, item.item_id, account_id)
    if cursor.is_complete:
        return Cursor(cursor.end, head, 0)
    if cursor.end != head:
        raise errors.sync_mutation()
    return cursor


def _page(item: Item, events: list[Event], next_cursor: str, *, has_more: bool) -> Payload:
    touched = {event.account_id for event in events}
    return {
        "accounts": [account_payload(item.accounts[key]) for key in item.accounts if key in touched],
        "added": [],
        "modified": [],
        "removed": [],
        "next_cursor": next_cursor,
        "has_more": has_more,
        "transactions_update_status": item.phase.value,
    }


def _changes(item: Item, events: list[Event], *, with_original: bool) -> Payload:
    changes: dict[str, list[Payload]] = {"added": [], "modified": [], "removed": []}
    for kind, account_id, transaction_id in events:
        if kind == "removed":
            changes[kind].append({"account_id": account_id, "transaction_id": transaction_id})
        else:
            row = item.accounts[account_id].rows[transaction_id]
            changes[kind].append(transaction_payload(row, with_original_description=with_original))
    return {**changes}


def _published(item: Item, account: Account) -> Iterable[Row]:
    return (row for row in account.rows.values() if item.is_published(row))
