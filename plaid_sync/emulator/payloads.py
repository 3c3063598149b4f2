"""Items, accounts, transactions and institutions in the shapes of Plaid's answers."""

from collections.abc import Iterable
from functools import cache

from plaid_sync.emulator.bank import Account, Item, Row
from plaid_sync.emulator.errors import Fault, institution_down, item_login_required, user_permission_revoked
from plaid_sync.emulator.ids import identifier
from plaid_sync.emulator.institutions import COUNTRIES, INSTITUTIONS, Institution
from plaid_sync.emulator.wire import money
from plaid_sync.emulator.world import World

Payload = dict[str, object]

CURRENCY = "USD"
_NO_PAYMENT_META = dict.fromkeys(
    ("by_order_of", "payee", "payer", "payment_method", "payment_processor", "ppd_id", "reason", "reference_number")
)


def item_fault(world: World, item: Item) -> Fault | None:
    """The error that the item's product endpoints answer with; None while it is healthy."""
    if item_error := own_fault(item):
        return item_error
    if item.institution_id in world.institutions_down:
        return institution_down()
    return None


def own_fault(item: Item) -> Fault | None:
    """What is wrong with the sign-in itself; None while it is healthy."""
    if item.is_revoked:
        return user_permission_revoked()
    return item_login_required() if item.needs_login else None


def item_payload(item: Item) -> Payload:
    """The `item` object."""
    institution = INSTITUTIONS[item.institution_id]
    fault = own_fault(item)
    return {
        "item_id": item.item_id,
        "institution_id": item.institution_id,
        "institution_name": institution.name,
        "webhook": item.webhook or "",
        "error": fault.body("") if fault else None,
        "available_products": [product for product in institution.products if product not in item.products],
        "billed_products": list(item.products),
        "products": list(item.products),
        "consented_products": list(item.consented_products),
        "consent_expiration_time": item.consent_expires_at,
        "update_type": "background",
        "auth_method": None,
    }


def account_payload(account: Account) -> Payload:
    """An `accounts` entry with its balances."""
    limit = account.plan.limit
    payload: Payload = {
        "account_id": account.account_id,
        "balances": {
            "available": None if account.plan.type == "loan" else money(account.available),
            "current": money(account.current),
            "limit": None if limit is None else money(limit),
            "iso_currency_code": CURRENCY,
            "unofficial_currency_code": None,
        },
        "holder_category": "personal",
        "mask": account.plan.mask,
        "name": account.plan.name,
        "official_name": account.plan.official_name,
        "subtype": account.plan.subtype,
        "type": account.plan.type,
    }
    if account.persistent_account_id:
        payload["persistent_account_id"] = account.persistent_account_id
    return payload


def transaction_payload(row: Row, *, with_original_description: bool) -> Payload:
    """A transaction; the raw line of the statement only when it was asked for."""
    payload: Payload = {
        "account_id": row.account_id,
        "account_owner": None,
        "amount": money(row.cents),
        "authorized_date": row.authorized_date and row.authorized_date.isoformat(),
        "authorized_datetime": None,
        "category": None,
        "category_id": None,
        "check_number": row.description[len("CHECK # ") :] if row.description.startswith("CHECK # ") else None,
        "counterparties": list(_counterparties(row)),
        "date": row.date.isoformat(),
        "datetime": None,
        "iso_currency_code": CURRENCY,
        "location": _location(row),
        "logo_url": None,
        "merchant_entity_id": _entity_id(row),
        "merchant_name": row.merchant_name,
        "name": row.merchant_name or row.description.title(),
        "payment_channel": row.channel,
        "payment_meta": _NO_PAYMENT_META,
        "pending": row.is_pending,
        "pending_transaction_id": row.pending_transaction_id,
        "personal_finance_category": _category(row),
        "personal_finance_category_icon_url": f"https://plaid-category-icons.plaid.com/PFC_{_primary(row.category)}.png",
        "transaction_code": None,
        "transaction_id": row.transaction_id,
        "transaction_type": "place" if row.channel == "in store" else "special",
        "unofficial_currency_code": None,
        "website": row.website,
    }
    if with_original_description:
        payload["original_description"] = row.description
    return payload


def institution_payload(institution: Institution, *, with_metadata: bool, with_status: bool) -> Payload:
    """An `institution` object; address, colour and status only when they were asked for."""
    payload: Payload = {
        "institution_id": institution.institution_id,
        "name": institution.name,
        "products": list(institution.products),
        "country_codes": list(COUNTRIES),
        "routing_numbers": [],
        "dtc_numbers": [],
        "oauth": institution.is_oauth,
        "connection_availability": "SUPPORTED",
    }
    if with_metadata:
        payload |= {"url": institution.url, "primary_color": institution.colour, "logo": None}
    if with_status:
        payload["status"] = None
    return payload


_PRIMARIES = (
    "INCOME", "LOAN_DISBURSEMENTS", "LOAN_PAYMENTS", "TRANSFER_IN", "TRANSFER_OUT", "BANK_FEES", "ENTERTAINMENT",
    "FOOD_AND_DRINK", "GENERAL_MERCHANDISE", "HOME_IMPROVEMENT", "MEDICAL", "PERSONAL_CARE", "GENERAL_SERVICES",
    "GOVERNMENT_AND_NON_PROFIT", "TRANSPORTATION", "TRAVEL", "RENT_AND_UTILITIES", "OTHER",
)  # fmt: skip


@cache
def _primary(category: str) -> str:
    return next(primary for primary in _PRIMARIES if category.startswith(f"{primary}_"))


def _category(row: Row) -> Payload:
    return {
        "primary": _primary(row.category),
        "detailed": row.category,
        "confidence_level": row.confidence,
        "version": "v2",
    }


def _location(row: Row) -> Payload:
    return {
        "address": None,
        "city": row.city,
        "region": row.region,
        "postal_code": None,
        "country": "US" if row.city else None,
        "lat": None,
        "lon": None,
        "store_number": None,
    }


def _entity_id(row: Row) -> str | None:
    return _merchant_id(row.merchant_name) if row.merchant_name else None


@cache
def _merchant_id(name: str) -> str:
    return identifier("merchant", name)


def _counterparties(row: Row) -> Iterable[Payload]:
    if row.merchant_name:
        yield {
            "name": row.merchant_name,
            "type": "merchant",
            "website": row.website,
            "logo_url": None,
            "entity_id": _entity_id(row),
            "confidence_level": row.confidence,
            "phone_number": None,
        }
