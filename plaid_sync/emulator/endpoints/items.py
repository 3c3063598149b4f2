"""/item/public_token/exchange, /item/get, /item/remove, /item/webhook/update, /item/access_token/invalidate."""

from datetime import datetime

from plaid_sync.emulator import errors, ids
from plaid_sync.emulator.bank import Item, Phase
from plaid_sync.emulator.call import Call, check_token
from plaid_sync.emulator.news import webhook_updated
from plaid_sync.emulator.payloads import Payload, item_payload


def public_token_exchange(call: Call) -> Payload:
    """The access token of a fresh link; a public token serves once, for half an hour."""
    check_token("public", call.text("public_token"))
    token = call.world.public_tokens.get(call.text("public_token"))
    if token is None or token.expires_at < call.world.now:
        raise errors.unknown_token("public")
    del call.world.public_tokens[token.token]
    call.world.touch()
    item = call.world.items[token.item_id]
    return {"access_token": item.access_token, "item_id": item.item_id}


def item_get(call: Call) -> Payload:
    """The item and how its last updates went; answers while the item is in error."""
    item = call.item()
    updated = None if item.phase is Phase.NOT_READY else call.world.now
    return {
        "item": item_payload(item) | {"created_at": item.created_at},
        "status": {
            "investments": _updated(item, "investments", updated),
            "transactions": _updated(item, "transactions", updated),
            "last_webhook": _last_webhook(item),
        },
    }


def item_remove(call: Call) -> Payload:
    """Ends the item; its access token is of no use afterwards."""
    call.item().is_removed = True
    call.world.touch()
    return {}


def webhook_update(call: Call) -> Payload:
    """Sends the item's webhooks to another address from now on, or nowhere; the new address hears of it."""
    item = call.item()
    item.webhook = call.text("webhook") or None
    call.world.touch()
    if item.webhook:
        call.world.notify(item, webhook_updated(item.webhook))
    return {"item": item_payload(item)}


def access_token_invalidate(call: Call) -> Payload:
    """Gives the item another access token; the old one is of no use afterwards."""
    item = call.item()
    item.access_token = ids.token("access", call.world.salt, item.item_id, call.world.number())
    return {"new_access_token": item.access_token}


def _last_webhook(item: Item) -> Payload | None:
    return {"sent_at": item.last_webhook_at, "code_sent": item.last_webhook} if item.last_webhook else None


def _updated(item: Item, product: str, when: datetime | None) -> Payload | None:
    return {"last_successful_update": when, "last_failed_update": None} if product in item.products else None
