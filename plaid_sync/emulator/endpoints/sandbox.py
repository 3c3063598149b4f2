"""The endpoints that only Plaid's Sandbox has."""

from datetime import date

from plaid_sync.emulator import errors
from plaid_sync.emulator.call import Call
from plaid_sync.emulator.linking import PASSWORD, USER, new_public_token
from plaid_sync.emulator.payloads import Payload

DEFAULT_DAYS = 90


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
    call.item().needs_login = True
    call.world.touch()
    return {"reset_login": True}


def _days(transactions: Call) -> int:
    if start := transactions.text("start_date"):
        return max(1, (transactions.world.today - date.fromisoformat(start)).days)
    return transactions.number("days_requested", DEFAULT_DAYS)
