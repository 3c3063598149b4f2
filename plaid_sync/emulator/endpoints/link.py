"""/link/token/create and /link/token/get."""

from urllib.parse import urlsplit

from plaid_sync.emulator import errors, ids
from plaid_sync.emulator.bank import Account
from plaid_sync.emulator.call import Call, check_token
from plaid_sync.emulator.institutions import INSTITUTIONS, PRODUCTS
from plaid_sync.emulator.payloads import Payload
from plaid_sync.emulator.sessions import NEW_ITEM_LIFE, UPDATE_LIFE, LinkSession, LinkToken
from plaid_sync.emulator.world import World

DEFAULT_DAYS = 90
LOCAL = frozenset({"localhost", "127.0.0.1"})


def token_create(call: Call) -> Payload:
    """A link token: for a new item, or with an access token for repairing one."""
    world = call.world
    item = call.item() if call.text("access_token") else None
    _check_products(call, is_update=item is not None)
    if "user" not in call.body and "user_id" not in call.body:
        raise errors.missing_fields(["user"])
    _check_redirect_uri(call.text("redirect_uri"))
    token = LinkToken(
        token=ids.token("link", world.salt, world.number()),
        created_at=world.now,
        expires_at=world.now + (UPDATE_LIFE if item else NEW_ITEM_LIFE),
        client_name=call.text("client_name"),
        language=call.text("language"),
        country_codes=call.texts("country_codes"),
        products=call.texts("products"),
        consented_products=call.texts("additional_consented_products"),
        days_requested=call.part("transactions").number("days_requested", DEFAULT_DAYS),
        redirect_uri=call.text("redirect_uri") or None,
        webhook=call.text("webhook") or None,
        item_id=item.item_id if item else None,
        selects_accounts=call.part("update").flag("account_selection_enabled"),
    )
    world.link_tokens[token.token] = token
    return {"link_token": token.token, "expiration": token.expires_at}


def token_get(call: Call) -> Payload:
    """What was asked of Link with this token, and what came of it."""
    check_token("link", call.text("link_token"))
    token = call.world.link_tokens.get(call.text("link_token"))
    if token is None:
        raise errors.unknown_token("link")
    sessions = [session for session in call.world.link_sessions.values() if session.link_token == token.token]
    return {
        "link_token": token.token,
        "created_at": token.created_at,
        "expiration": token.expires_at,
        "metadata": {
            "initial_products": list(token.products),
            "webhook": token.webhook,
            "country_codes": list(token.country_codes),
            "language": token.language,
            "redirect_uri": token.redirect_uri,
            "client_name": token.client_name,
        },
        "link_sessions": [_session(call.world, session) for session in sessions],
    }


def link_account(account: Account) -> Payload:
    """An account as Link names it to the application."""
    return {
        "id": account.account_id,
        "name": account.plan.name,
        "mask": account.plan.mask,
        "type": account.plan.type,
        "subtype": account.plan.subtype,
        "verification_status": None,
        "class_type": None,
    }


def _check_products(call: Call, *, is_update: bool) -> None:
    products = call.texts("products")
    if is_update:
        if products:
            raise errors.invalid_field("products must not be given together with access_token")
        return
    if not products:
        raise errors.missing_fields(["products"])
    if "balance" in products:
        raise errors.invalid_product("balance")
    if overlap := set(products) & set(call.texts("additional_consented_products")):
        named = ", ".join(sorted(overlap))
        raise errors.invalid_field(f"additional_consented_products must not overlap with products: {named}")
    if unsupported := set(products) - set(PRODUCTS):
        raise errors.invalid_product(", ".join(sorted(unsupported)))


def _check_redirect_uri(uri: str) -> None:
    parts = urlsplit(uri)
    if "?" in uri or "#" in uri:
        raise errors.invalid_field("redirect_uri must not contain a query string or a fragment")
    if uri and parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOCAL):
        raise errors.invalid_field("redirect_uri must use HTTPS, or HTTP on localhost")


def _session(world: World, session: LinkSession) -> Payload:
    return {
        "link_session_id": session.session_id,
        "started_at": session.started_at,
        "finished_at": session.finished_at,
        "results": _results(world, session) if session.public_token else None,
        "exit": None,
        "events": [],
    }


def _results(world: World, session: LinkSession) -> Payload:
    item = world.items[session.item_id or ""]
    institution = INSTITUTIONS[item.institution_id]
    added = {
        "public_token": session.public_token,
        "accounts": [link_account(account) for account in item.accounts.values()],
        "institution": {"institution_id": institution.institution_id, "name": institution.name},
    }
    kinds = ("cra_item_add", "cra_update", "bank_income", "payroll_income")
    return {
        "item_add_results": [added],
        **{f"{kind}_results": [] for kind in kinds},
        "document_income_results": None,
    }
