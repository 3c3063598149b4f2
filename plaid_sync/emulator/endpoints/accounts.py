"""/accounts/get and /accounts/balance/get."""

from plaid_sync.emulator.call import Call
from plaid_sync.emulator.payloads import Payload, account_payload, item_payload


def accounts_get(call: Call) -> Payload:
    """The item's accounts with their balances."""
    item = call.healthy_item()
    return {
        "accounts": [account_payload(account) for account in call.part("options").accounts(item)],
        "item": item_payload(item),
    }
