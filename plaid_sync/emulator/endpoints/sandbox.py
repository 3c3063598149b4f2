"""The endpoints that only Plaid's Sandbox has."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from plaid_sync.emulator import errors, news
from plaid_sync.emulator.bank import Item, Row
from plaid_sync.emulator.call import Call
from plaid_sync.emulator.ids import identifier
from plaid_sync.emulator.linking import PASSWORD, USER, new_public_token
from plaid_sync.emulator.news import News, sync_updates_available
from plaid_sync.emulator.payloads import CURRENCY, Payload
from plaid_sync.emulator.products import item_with
from plaid_sync.emulator.wire import cents
from plaid_sync.emulator.world import World

DEFAULT_DAYS = 90
OLDEST_ROW = timedelta(days=14)
PRODUCT_OF = {"TRANSACTIONS": "transactions", "HOLDINGS": "investments", "INVESTMENTS_TRANSACTIONS": "investments"}
COUNTS = {
    "TRANSACTIONS": ("new_transactions",),
    "HOLDINGS": ("new_holdings", "updated_holdings"),
    "INVESTMENTS_TRANSACTIONS": ("new_investments_transactions", "cancelled_investments_transactions"),
}
ITEM_CODES: dict[str, Callable[[Item, datetime], News]] = {
    "ERROR": lambda _item, _now: news.login_required(),
    "LOGIN_REPAIRED": lambda _item, _now: News("ITEM", "LOGIN_REPAIRED"),
    "NEW_ACCOUNTS_AVAILABLE": lambda _item, _now: News("ITEM", "NEW_ACCOUNTS_AVAILABLE", {"error": None}),
    "PENDING_DISCONNECT": lambda _item, now: news.pending_disconnect(now),
    "USER_PERMISSION_REVOKED": lambda _item, _now: news.permission_revoked(),
    "USER_ACCOUNT_REVOKED": lambda item, _now: news.account_revoked(next(iter(item.accounts))),
}


def public_token_create(call: Call) -> Payload:
    """A link without Link: a new item with all accounts of the bank."""
    world = call.world
    institution = world.institution(call.text("institution_id"))
    if institution.institution_id in world.institutions_down:
        raise errors.institution_down()
    options = call.part("options")
    given = (options.text("override_username") or USER, options.text("override_password") or PASSWORD)
    if given != (USER, PASSWORD):
        raise errors.invalid_credentials()
    products = call.texts("initial_products")
    if unsupported := [product for product in products if product not in institution.products]:
        raise errors.products_not_supported(", ".join(unsupported))
    item = world.open_item(institution.institution_id, products=products, days=_days(options.part("transactions")))
    item.webhook = options.text("webhook") or None
    return {"public_token": new_public_token(world, item)}


def item_reset_login(call: Call) -> Payload:
    """Puts the item where the bank wants its customer to sign in again."""
    call.world.require_login(call.item())
    return {"reset_login": True}


def item_fire_webhook(call: Call) -> Payload:
    """Sends one webhook of the code that is asked for; nothing else changes."""
    item = call.item()
    if item.webhook is None:
        raise errors.sandbox_webhook_invalid()
    code = call.text("webhook_code")
    kind = call.text("webhook_type") or ("ITEM" if code in ITEM_CODES else "TRANSACTIONS")
    call.world.notify(item, _news(call, item, kind, code))
    return {"webhook_fired": True}


def transactions_create(call: Call) -> Payload:
    """Puts posted rows of the caller's making on the item, which webhooks tell of."""
    item = item_with(call, "transactions")
    for wanted in call.parts("transactions"):
        item.add(_row(call.world, item, wanted))
    call.world.tell(item)
    return {}


def _news(call: Call, item: Item, kind: str, code: str) -> News:
    """Raises Plaid's Fault for a type and code that don't go together, or a product that the item lacks."""
    now = call.world.now
    product = PRODUCT_OF.get(kind)
    if product and product not in item.products:
        raise errors.sandbox_product_not_enabled(product)
    if (kind, code) == ("TRANSACTIONS", "SYNC_UPDATES_AVAILABLE"):
        return sync_updates_available(item)
    if product and code == "DEFAULT_UPDATE":
        new = call.part("options").number("new_transactions", 0)
        return News(kind, code, dict.fromkeys(COUNTS[kind], new) | {"error": None})
    if kind == "ITEM" and code in ITEM_CODES:
        return ITEM_CODES[code](item, now)
    raise errors.invalid_field(f"webhook_code {code} is not supported for webhook_type {kind}")


def _row(world: World, item: Item, wanted: Call) -> Row:
    transacted, posted = wanted.day("date_transacted"), wanted.day("date_posted")
    if not world.today - OLDEST_ROW <= transacted <= posted <= world.today:
        raise errors.invalid_field(
            "date_transacted and date_posted must lie within the last 14 days, and neither in the future"
        )
    if wanted.text("iso_currency_code") not in ("", CURRENCY):
        raise errors.invalid_field(f"iso_currency_code must be {CURRENCY}")
    account_id = wanted.text("account_id") or next(iter(item.accounts))
    if account_id not in item.accounts:
        raise errors.invalid_account_id()
    try:
        amount = cents(wanted.amount("amount"))
    except ValueError:
        raise errors.invalid_field("amount must not have more than two decimals") from None
    return Row(
        transaction_id=identifier(item.item_id, "created", world.number()),
        account_id=account_id,
        cents=amount,
        date=posted,
        authorized_date=transacted,
        is_pending=False,
        description=wanted.text("description"),
    )


def _days(transactions: Call) -> int:
    if start := transactions.text("start_date"):
        return max(1, (transactions.world.today - date.fromisoformat(start)).days)
    return transactions.number("days_requested", DEFAULT_DAYS)
