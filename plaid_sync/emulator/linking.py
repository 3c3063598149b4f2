"""Making items out of link tokens: what the endpoints and the Link pages share."""

from plaid_sync.emulator import ids
from plaid_sync.emulator.bank import Item
from plaid_sync.emulator.errors import unknown_token
from plaid_sync.emulator.sessions import PUBLIC_TOKEN_LIFE, LinkToken, PublicToken
from plaid_sync.emulator.world import World

USER, PASSWORD = "user_good", "pass_good"
SOMEBODY_ELSE = "user_other"  # has an access of their own, which an update of this one must not become


def new_public_token(world: World, item: Item) -> str:
    """A public token for the item, good for half an hour."""
    token = ids.token("public", world.salt, item.item_id, world.number())
    world.public_tokens[token] = PublicToken(token, item.item_id, world.now + PUBLIC_TOKEN_LIFE)
    return token


def usable_link_token(world: World, token: str) -> LinkToken:
    """The link token, if Link may be opened with it: known, not expired, not used. Else Plaid's Fault."""
    link_token = world.link_tokens.get(token)
    if link_token is None or link_token.is_used or link_token.expires_at < world.now:
        raise unknown_token("link")
    return link_token
