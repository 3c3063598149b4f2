"""What Plaid's endpoints answer, as far as BudgetApp uses it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.utils.dateparse import parse_datetime

from money.fields import to_ten_thousandths
from plaid_sync.error_codes import plaid_error
from plaid_sync.errors import PlaidError

_LONGEST_CURSOR = 1024  # Plaid's are at most 256


@dataclass(frozen=True, slots=True)
class LinkToken:
    """A permission to open Link once, until `expires_at`."""

    token: str
    expires_at: datetime
    request_id: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """What a public token was exchanged for."""

    access_token: str
    item_id: str
    request_id: str


@dataclass(frozen=True, slots=True)
class Item:
    """One login at one bank, as Plaid sees it. `error` is None while it is healthy.

    `products` are those that it has and those that the user has consented to.
    """

    item_id: str
    institution_id: str
    institution: str
    error: PlaidError | None
    webhook: str
    consent_expires_at: datetime | None
    products: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Balances:
    """What a bank says is there; None where it doesn't say. `currency` is "" if it names none."""

    current: Decimal | None
    available: Decimal | None
    limit: Decimal | None
    currency: str


@dataclass(frozen=True, slots=True)
class BankAccount:
    """One account of an item. `type` and `subtype` decide together what it is."""

    account_id: str
    persistent_account_id: str
    name: str
    official_name: str
    mask: str
    type: str
    subtype: str
    balances: Balances


@dataclass(frozen=True, slots=True)
class Institution:
    """One bank in Plaid's directory."""

    institution_id: str
    name: str
    is_oauth: bool


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """A public key that webhooks are signed with; `expired_at` is None while it is in use."""

    jwk: Mapping[str, str]
    expired_at: datetime | None


@dataclass(frozen=True, slots=True)
class TransactionsPage:
    """One page of /transactions/sync; `body` is the answer's JSON as it came."""

    next_cursor: str
    has_more: bool
    update_status: str
    row_count: int
    request_id: str
    body: str


def clean(text: str) -> str:
    """`text` without what a database can't keep: NUL characters and halves of surrogate pairs."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def read_item(answer: Mapping[str, Any]) -> Item:
    """Plaid's `item` object."""
    error = answer.get("error")
    return Item(
        item_id=answer["item_id"],
        institution_id=_text(answer.get("institution_id")),
        institution=_text(answer.get("institution_name")),
        error=plaid_error(error) if isinstance(error, Mapping) else None,
        webhook=_text(answer.get("webhook")),
        consent_expires_at=_instant(answer.get("consent_expiration_time")),
        products=tuple(
            sorted({_text(name) for key in ("products", "consented_products") for name in answer.get(key) or ()})
        ),
    )


def read_account(answer: Mapping[str, Any]) -> BankAccount:
    """Plaid's `AccountBase`."""
    return BankAccount(
        account_id=answer["account_id"],
        persistent_account_id=_text(answer.get("persistent_account_id")),
        name=_text(answer.get("name")),
        official_name=_text(answer.get("official_name")),
        mask=_text(answer.get("mask")),
        type=_text(answer.get("type")),
        subtype=_text(answer.get("subtype")),
        balances=_read_balances(answer.get("balances")),
    )


def read_link_token(answer: Mapping[str, Any]) -> LinkToken:
    """The answer of /link/token/create. ValueError without a usable expiry."""
    expires_at = _instant(answer["expiration"])
    if expires_at is None:
        raise ValueError("no expiry")
    return LinkToken(answer["link_token"], expires_at, _text(answer.get("request_id")))


def read_verification_key(answer: Mapping[str, Any]) -> VerificationKey:
    """Plaid's `key` object. KeyError or TypeError if it is none."""
    jwk = {name: answer[name] for name in ("alg", "crv", "kid", "kty", "use", "x", "y")}
    if not all(isinstance(value, str) for value in jwk.values()):
        raise TypeError("a part of the key is no text")
    expired_at = answer.get("expired_at")
    return VerificationKey(jwk, None if expired_at is None else datetime.fromtimestamp(int(expired_at), UTC))


def _read_balances(answer: object) -> Balances:
    answer = answer if isinstance(answer, Mapping) else {}
    return Balances(
        current=_amount(answer.get("current")),
        available=_amount(answer.get("available")),
        limit=_amount(answer.get("limit")),
        currency=_text(answer.get("iso_currency_code")) or _text(answer.get("unofficial_currency_code")),
    )


def _amount(value: object) -> Decimal | None:
    """The amount, None if it is none that can be kept exactly (a coin's balance with eight decimals)."""
    if not isinstance(value, Decimal):
        return None
    try:
        to_ten_thousandths(value)
    except ValueError:
        return None
    return value


def _instant(value: object) -> datetime | None:
    moment = parse_datetime(value) if isinstance(value, str) else None
    return moment if moment is not None and moment.tzinfo is not None else None


def _text(value: object) -> str:
    return clean(value) if isinstance(value, str) else ""


def read_institution(answer: Mapping[str, Any]) -> Institution:
    """One bank of Plaid's directory."""
    return Institution(answer["institution_id"], answer["name"], bool(answer["oauth"]))


def read_transactions_page(answer: Mapping[str, Any], body: str) -> TransactionsPage:
    """One page of /transactions/sync, whose rows stay in `body` as they came."""
    next_cursor, has_more = answer.get("next_cursor") or "", answer["has_more"]
    rows = [answer[key] for key in ("added", "modified", "removed")]
    if not isinstance(next_cursor, str) or not isinstance(has_more, bool):
        raise TypeError("next_cursor or has_more")
    if not (next_cursor.isascii() and next_cursor.isprintable() and len(next_cursor) <= _LONGEST_CURSOR):
        raise ValueError("next_cursor")
    if not all(isinstance(part, list) for part in [*rows, answer["accounts"]]):
        raise TypeError("added, modified, removed or accounts")
    return TransactionsPage(
        next_cursor=next_cursor,
        has_more=has_more,
        update_status=clean(str(answer.get("transactions_update_status") or ""))[:40],
        row_count=sum(map(len, rows)),
        request_id=clean(str(answer.get("request_id") or ""))[:64],
        body=body,
    )
