"""The table of Plaid's endpoints: a path, the function that answers, and the fields its request may have."""

from collections.abc import Callable
from dataclasses import dataclass

from plaid_sync.emulator import errors
from plaid_sync.emulator.call import Call
from plaid_sync.emulator.endpoints import (
    accounts,
    institutions,
    investments,
    items,
    liabilities,
    link,
    sandbox,
    transactions,
    webhooks,
)
from plaid_sync.emulator.fields import (
    Body,
    Field,
    any_text,
    anything,
    check,
    day,
    flag,
    integer,
    number,
    record,
    records,
    text,
    texts,
)
from plaid_sync.emulator.institutions import KNOWN_PRODUCTS
from plaid_sync.emulator.payloads import Payload
from plaid_sync.emulator.world import World

CREDENTIALS = (text("client_id"), text("secret"))
ACCESS_TOKEN = text("access_token").required()
VERSIONS = ("v1", "v2")
_PERSON = tuple(
    anything(name)
    for name in ("legal_name", "name", "phone_number", "email_address", "date_of_birth", "address", "id_number")
)


@dataclass(frozen=True, slots=True)
class Keys:
    """The client id and secret that a caller must show."""

    client_id: str
    secret: str


@dataclass(frozen=True, slots=True)
class Route:
    """An endpoint: its answer and its request."""

    answer: Callable[[Call], Payload]
    fields: tuple[Field, ...]


def _route(answer: Callable[[Call], Payload], *fields: Field) -> Route:
    return Route(answer, (*CREDENTIALS, *fields))


ROUTES: dict[str, Route] = {
    "/link/token/create": _route(
        link.token_create,
        text("client_name").required(),
        text("language").required(),
        texts("country_codes").required(),
        record("user", text("client_user_id").required(), *_PERSON),
        text("user_id"),
        texts("products", *KNOWN_PRODUCTS),
        texts("required_if_supported_products", *KNOWN_PRODUCTS),
        texts("optional_products", *KNOWN_PRODUCTS),
        texts("additional_consented_products", *KNOWN_PRODUCTS),
        text("webhook"),
        text("access_token").or_null(),
        text("link_customization_name"),
        text("redirect_uri"),
        anything("account_filters"),
        record("transactions", integer("days_requested", 1, 730)),
        anything("investments"),
        record(
            "update",
            flag("account_selection_enabled"),
            flag("reauthorization_enabled"),
            flag("user"),
            texts("item_ids"),
        ),
    ),
    "/link/token/get": _route(link.token_get, text("link_token").required()),
    "/item/public_token/exchange": _route(items.public_token_exchange, text("public_token").required()),
    "/item/get": _route(items.item_get, ACCESS_TOKEN),
    "/item/remove": _route(items.item_remove, ACCESS_TOKEN, text("reason_code"), text("reason_note")),
    "/item/webhook/update": _route(items.webhook_update, ACCESS_TOKEN, text("webhook").or_null()),
    "/item/access_token/invalidate": _route(items.access_token_invalidate, ACCESS_TOKEN),
    "/webhook_verification_key/get": _route(webhooks.verification_key_get, text("key_id").required()),
    "/accounts/get": _route(accounts.accounts_get, ACCESS_TOKEN, record("options", texts("account_ids"))),
    "/accounts/balance/get": _route(
        accounts.accounts_get,
        ACCESS_TOKEN,
        record("options", texts("account_ids"), text("min_last_updated_datetime")),
    ),
    "/transactions/sync": _route(
        transactions.transactions_sync,
        ACCESS_TOKEN,
        any_text("cursor").or_null(),
        integer("count", 1, 500),
        record(
            "options",
            text("account_id"),
            flag("include_original_description").or_null(),
            flag("include_personal_finance_category"),
            flag("include_logo_and_counterparty_beta").or_null(),
            integer("days_requested", 1, 730),
            text("personal_finance_category_version", *VERSIONS),
        ),
    ),
    "/transactions/get": _route(
        transactions.transactions_get,
        ACCESS_TOKEN,
        day("start_date").required(),
        day("end_date").required(),
        record(
            "options",
            texts("account_ids"),
            integer("count", 1, 500),
            integer("offset", 0, 10**9),
            flag("include_original_description").or_null(),
            flag("include_personal_finance_category"),
            flag("include_personal_finance_category_beta"),
            flag("include_logo_and_counterparty_beta").or_null(),
            integer("days_requested", 1, 730),
            text("personal_finance_category_version", *VERSIONS),
        ),
    ),
    "/transactions/refresh": _route(transactions.transactions_refresh, ACCESS_TOKEN),
    "/investments/holdings/get": _route(
        investments.holdings_get, ACCESS_TOKEN, record("options", texts("account_ids"))
    ),
    "/investments/transactions/get": _route(
        investments.transactions_get,
        ACCESS_TOKEN,
        day("start_date").required(),
        day("end_date").required(),
        record(
            "options",
            texts("account_ids"),
            integer("count", 1, 500),
            integer("offset", 0, 10**9),
            flag("async_update"),
        ),
    ),
    "/investments/refresh": _route(investments.refresh, ACCESS_TOKEN),
    "/liabilities/get": _route(liabilities.liabilities_get, ACCESS_TOKEN, record("options", texts("account_ids"))),
    "/institutions/get": _route(
        institutions.institutions_get,
        integer("count", 1, 500).required(),
        integer("offset", 0, 10**9).required(),
        texts("country_codes").required(),
        record(
            "options",
            texts("products", *KNOWN_PRODUCTS).or_null(),
            texts("routing_numbers").or_null(),
            flag("oauth").or_null(),
            flag("include_optional_metadata"),
            flag("include_auth_metadata").or_null(),
        ),
    ),
    "/institutions/get_by_id": _route(
        institutions.institutions_get_by_id,
        text("institution_id").required(),
        texts("country_codes").required(),
        record("options", flag("include_optional_metadata"), flag("include_status"), flag("include_auth_metadata")),
    ),
    "/institutions/search": _route(
        institutions.institutions_search,
        text("query").required(),
        texts("country_codes").required(),
        texts("products", *KNOWN_PRODUCTS).or_null(),
        record(
            "options",
            flag("oauth").or_null(),
            flag("include_optional_metadata"),
            flag("include_auth_metadata").or_null(),
            flag("include_payment_initiation_metadata").or_null(),
        ),
    ),
    "/sandbox/public_token/create": _route(
        sandbox.public_token_create,
        text("institution_id").required(),
        texts("initial_products").required(),
        record(
            "options",
            text("webhook"),
            text("override_username").or_null(),
            text("override_password").or_null(),
            record("transactions", day("start_date"), day("end_date"), integer("days_requested", 1, 730)),
        ),
        anything("user_token"),
        anything("user_id"),
    ),
    "/sandbox/item/reset_login": _route(sandbox.item_reset_login, ACCESS_TOKEN),
    "/sandbox/item/fire_webhook": _route(
        sandbox.item_fire_webhook,
        ACCESS_TOKEN,
        text("webhook_code").required(),
        text("webhook_type"),
        record("options", integer("new_transactions", 0, 10**6)),
    ),
    "/sandbox/transactions/create": _route(
        sandbox.transactions_create,
        ACCESS_TOKEN,
        records(
            "transactions",
            10,
            day("date_transacted").required(),
            day("date_posted").required(),
            number("amount").required(),
            text("description").required(),
            text("iso_currency_code"),
            text("account_id"),
        ).required(),
    ),
}


def answer(world: World, keys: Keys, path: str, headers_keys: tuple[str | None, str | None], body: Body) -> Payload:
    """The answer of the endpoint at this path; Fault when it refuses."""
    if path not in ROUTES:
        raise errors.not_found()
    route = ROUTES[path]
    _authenticate(keys, headers_keys, body)
    check(route.fields, body)
    world.catch_up()
    return route.answer(Call(world, body))


def _authenticate(keys: Keys, headers_keys: tuple[str | None, str | None], body: Body) -> None:
    """Headers or body must hold both keys; where both do, the body counts."""
    given = (body.get("client_id", headers_keys[0]), body.get("secret", headers_keys[1]))
    if missing := [name for name, value in zip(("client_id", "secret"), given, strict=True) if value is None]:
        raise errors.missing_fields(missing)
    if given != (keys.client_id, keys.secret):
        raise errors.invalid_api_keys()
