"""/webhook_verification_key/get."""

from plaid_sync.emulator import errors
from plaid_sync.emulator.call import Call
from plaid_sync.emulator.payloads import Payload


def verification_key_get(call: Call) -> Payload:
    """The public half of the key of this id, retired ones included."""
    key = call.world.keys.find(call.text("key_id"))
    if key is None:
        raise errors.unknown_verification_key()
    return {"key": key.public()}
