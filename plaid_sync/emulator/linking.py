"""Making items out of link tokens: what the Link pages and the Sandbox share."""

from plaid_sync.emulator import ids
from plaid_sync.emulator.bank import Item
from plaid_sync.emulator.sessions import PUBLIC_TOKEN_LIFE, PublicToken
from plaid_sync.emulator.world import World

USER, PASSWORD = "user_good", "pass_good"


def new_public_token(world: World, item: Item) -> str:
    """A public token for the item, good for half an hour."""
    token = ids.token("public", world.salt, item.item_id, world.number())
    world.public_tokens[token] = PublicToken(token, item.item_id, world.now + PUBLIC_TOKEN_LIFE)
    return token
