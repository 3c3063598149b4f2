"""Whether an item may be asked for a product, and what Plaid says when it may not."""

from plaid_sync.emulator import errors
from plaid_sync.emulator.bank import Item
from plaid_sync.emulator.call import Call
from plaid_sync.emulator.institutions import INSTITUTIONS


def item_with(call: Call, product: str) -> Item:
    """The healthy item of the call; a product that was consented to is added to it by the first call that needs it."""
    item = call.healthy_item()
    if product not in INSTITUTIONS[item.institution_id].products:
        raise errors.products_not_supported(product)
    if product not in item.products:
        if product not in item.consented_products:
            raise errors.additional_consent_required(product)
        item.products = (*item.products, product)
        call.world.touch()
    return item
