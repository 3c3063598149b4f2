"""A person's way through Link, without its pages: which step comes next, and what each step does to the world."""

import uuid
from urllib.parse import parse_qs, urlsplit

from plaid_sync.emulator import errors
from plaid_sync.emulator.bank import Item
from plaid_sync.emulator.endpoints.link import link_account
from plaid_sync.emulator.institutions import INSTITUTIONS, AccountPlan, Institution
from plaid_sync.emulator.linking import PASSWORD, SOMEBODY_ELSE, USER, new_public_token, usable_link_token
from plaid_sync.emulator.payloads import Payload
from plaid_sync.emulator.sessions import LinkSession, LinkToken
from plaid_sync.emulator.world import World


def start(world: World, token: str, origin: str, received_redirect_uri: str) -> LinkSession:
    """The session that Link opens with: a new one, or after OAuth the one that left. Plaid's Fault when it may not."""
    link_token = usable_link_token(world, token)
    if received_redirect_uri:
        return _resumed(world, link_token, received_redirect_uri)
    session = LinkSession(str(uuid.uuid4()), token, origin, world.now)
    if item := _item_to_repair(world, link_token):
        session.institution_id = item.institution_id
    world.link_sessions[session.session_id] = session
    world.touch()
    return session


def next_step(session: LinkSession) -> str:
    """The name of the page that the person has to see next."""
    if session.public_token:
        return "done"
    institution = chosen(session)
    if institution is None:
        return "institutions"
    if not session.is_signed_in:
        return "oauth" if institution.is_oauth else "credentials"
    return "accounts"


def chosen(session: LinkSession) -> Institution | None:
    """The bank the person has chosen."""
    return INSTITUTIONS[session.institution_id] if session.institution_id else None


def offered_banks(world: World, session: LinkSession) -> list[Institution]:
    """The banks that serve everything the application asks for."""
    wanted = world.link_tokens[session.link_token].products
    return [bank for bank in INSTITUTIONS.values() if offers(bank, wanted)]


def offers(bank: Institution, products: tuple[str, ...]) -> bool:
    """Whether the bank serves all these products."""
    return set(products) <= set(bank.products)


def choose(world: World, session: LinkSession, institution_id: str) -> None:
    """The person has picked a bank; Plaid's Fault when it is down or unknown."""
    institution = world.institution(institution_id)
    wanted = world.link_tokens[session.link_token].products
    if not offers(institution, wanted):
        raise errors.products_not_supported(", ".join(wanted))
    session.institution_id = institution.institution_id
    session.is_signed_in = False
    world.touch()
    _refuse_when_down(world, session)


def back(world: World, session: LinkSession) -> None:
    """The person wants to see the banks again; in update mode there is only one."""
    if not is_update(world, session):
        session.institution_id = None
        session.is_signed_in = False
        world.touch()


def sign_in(world: World, session: LinkSession, user: str, password: str) -> None:
    """The person signs in at the bank; Plaid's Fault when the credentials are wrong."""
    _refuse_when_down(world, session)
    if is_update(world, session) and (user, password) == (SOMEBODY_ELSE, PASSWORD):
        raise errors.invalid_updated_username()
    if (user, password) != (USER, PASSWORD):
        raise errors.invalid_credentials()
    session.is_signed_in = True
    world.touch()


def leave_for_bank(world: World, session: LinkSession) -> None:
    """The browser goes to the bank's own page, and must come back with this state."""
    if session.oauth_state_id is None:
        session.oauth_state_id = str(uuid.uuid4())
        world.touch()


def return_address(world: World, session: LinkSession) -> str | None:
    """Where the bank sends the browser back to; None when it was opened in a window of its own."""
    redirect_uri = world.link_tokens[session.link_token].redirect_uri
    return f"{redirect_uri}?oauth_state_id={session.oauth_state_id}" if redirect_uri else None


def is_update(world: World, session: LinkSession) -> bool:
    """Whether Link was opened to repair an item."""
    return world.link_tokens[session.link_token].item_id is not None


def offered_accounts(world: World, session: LinkSession) -> list[tuple[AccountPlan, bool]]:
    """The bank's accounts, and whether the item to repair has them already."""
    institution = chosen(session)
    item = _item_to_repair(world, world.link_tokens[session.link_token])
    shared = {account.plan.role for account in item.accounts.values()} if item else set()
    return [(plan, plan.role in shared) for plan in institution.plans] if institution else []


def asks_for_accounts(world: World, session: LinkSession) -> bool:
    """Whether the person selects accounts; a plain repair leaves them as they are."""
    return not is_update(world, session) or world.link_tokens[session.link_token].selects_accounts


def finish(world: World, session: LinkSession, roles: set[str]) -> None:
    """The person has selected accounts: the item is made or repaired, and the link token is spent."""
    token = usable_link_token(world, session.link_token)
    item = _item_to_repair(world, token)
    if item is None:
        item = world.open_item(
            session.institution_id or "",
            products=token.products,
            consented=token.consented_products,
            days=token.days_requested,
            roles=roles,
        )
        item.webhook = token.webhook
    else:
        world.repair(item)
        world.consent(item, token.consented_products)
        if token.selects_accounts:
            world.share_accounts(item, roles)
    token.is_used = True
    session.item_id = item.item_id
    session.public_token = new_public_token(world, item)
    session.finished_at = world.now


def success(world: World, session: LinkSession) -> Payload:
    """What the application's onSuccess is called with."""
    item = world.items[session.item_id or ""]
    accounts = [link_account(account) for account in item.accounts.values()]
    return {
        "public_token": session.public_token,
        "metadata": {
            "institution": institution_of(session),
            "accounts": accounts,
            "account": accounts[0],
            "account_id": accounts[0]["id"],
            "link_session_id": session.session_id,
            "transfer_status": None,
        },
    }


def institution_of(session: LinkSession) -> Payload | None:
    """The chosen bank as Link's metadata names it."""
    institution = chosen(session)
    return {"institution_id": institution.institution_id, "name": institution.name} if institution else None


def _resumed(world: World, token: LinkToken, received: str) -> LinkSession:
    parts = urlsplit(received)
    query = parse_qs(parts.query)
    state = query.get("oauth_state_id", [""])[0]
    address = parts._replace(query="", fragment="").geturl()
    for session in world.link_sessions.values():
        if state and session.oauth_state_id == state and session.link_token == token.token:
            if address != token.redirect_uri or set(query) != {"oauth_state_id"} or parts.fragment:
                break
            return session
    raise errors.incorrect_oauth_nonce()


def _item_to_repair(world: World, token: LinkToken) -> Item | None:
    if token.item_id is None:
        return None
    item = world.items[token.item_id]
    if item.is_removed:
        raise errors.item_not_found()
    return item


def _refuse_when_down(world: World, session: LinkSession) -> None:
    if session.institution_id in world.institutions_down:
        raise errors.institution_down()
