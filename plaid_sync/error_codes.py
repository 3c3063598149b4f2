"""What each of Plaid's error codes means: one error, and with it one state and one step."""

import re
from collections.abc import Mapping
from typing import Any

from plaid_sync.errors import (
    AccessRevoked,
    AccountGone,
    BankNotEnabled,
    BankUnsupported,
    ConfigurationError,
    ConsentMissing,
    CursorRefused,
    LinkExpired,
    LoginRequired,
    MutationDuringPagination,
    NeedsAttention,
    NothingShared,
    NotReady,
    PlaidError,
    ProductUnavailable,
    RateLimited,
    RequestRefused,
    TemporarilyUnavailable,
)

_TOKEN = re.compile(r"\b(access|public|link|processor)-[a-z]+-[0-9A-Za-z-]{6,}")

_SIGN_IN = "{bank} asks you to sign in again."
_AT_THE_BANK = "Do what it asks at its own site, then sign in again here."
_BANK_DOWN = "{bank} is temporarily unavailable. BudgetApp tries again by itself."
_BUG = "Plaid did not understand BudgetApp's request ({code}). Please report this with the reference."
_LIMIT = "Plaid asks for a pause. BudgetApp tries again by itself."
_RELINK = "The access to {bank} has ended. Connect it again; your transactions stay."
_GONE = "{bank} no longer knows this account: it was closed, renumbered or is not shared any more."
_NOT_OFFERED = "{bank} does not offer this for your account."
_KEYS = "Plaid refuses the app's own credentials ({code}). Whoever runs BudgetApp has to check its Plaid settings."

MEANINGS: Mapping[str, tuple[type[PlaidError], str]] = {
    "ITEM_LOGIN_REQUIRED": (LoginRequired, _SIGN_IN),
    "INVALID_CREDENTIALS": (LoginRequired, _SIGN_IN),
    "INVALID_MFA": (LoginRequired, _SIGN_IN),
    "INVALID_UPDATED_USERNAME": (LoginRequired, _SIGN_IN),
    "INSUFFICIENT_CREDENTIALS": (LoginRequired, _SIGN_IN),
    "MFA_NOT_SUPPORTED": (LoginRequired, _SIGN_IN),
    "ITEM_LOCKED": (LoginRequired, "{bank} has locked your login. " + _AT_THE_BANK),
    "PASSWORD_RESET_REQUIRED": (LoginRequired, "{bank} wants a new password. " + _AT_THE_BANK),
    "USER_SETUP_REQUIRED": (LoginRequired, "{bank} is waiting for an action of yours. " + _AT_THE_BANK),
    "USER_INPUT_TIMEOUT": (LoginRequired, _SIGN_IN),
    "ACCESS_NOT_GRANTED": (LoginRequired, "You have not allowed this access at {bank}. Sign in again and allow it."),
    "ADDITIONAL_CONSENT_REQUIRED": (ConsentMissing, "{bank} needs your consent for this. Sign in again and give it."),
    "NO_ACCOUNTS": (NothingShared, "{bank} shares no account with BudgetApp any more."),
    "NO_INVESTMENT_ACCOUNTS": (ProductUnavailable, _NOT_OFFERED),
    "NO_LIABILITY_ACCOUNTS": (ProductUnavailable, _NOT_OFFERED),
    "PRODUCTS_NOT_SUPPORTED": (ProductUnavailable, _NOT_OFFERED),
    "ITEM_NOT_SUPPORTED": (BankUnsupported, "Plaid can't serve this kind of sign-in at {bank}. Your data stays."),
    "PRODUCT_NOT_ENABLED": (ProductUnavailable, _NOT_OFFERED),
    "PRODUCT_NOT_READY": (NotReady, "{bank} is still preparing your data. BudgetApp asks again by itself."),
    "ITEM_NOT_FOUND": (AccessRevoked, _RELINK),
    "USER_PERMISSION_REVOKED": (
        AccessRevoked,
        "You have withdrawn the access at {bank}. Connect it again; your transactions stay.",
    ),
    "USER_ACCOUNT_REVOKED": (AccountGone, "You have withdrawn the access to this account at {bank}."),
    "INVALID_ACCESS_TOKEN": (AccessRevoked, _RELINK),
    "INVALID_ACCOUNT_ID": (AccountGone, _GONE),
    "INVALID_API_KEYS": (ConfigurationError, _KEYS),
    "UNAUTHORIZED_ENVIRONMENT": (ConfigurationError, _KEYS),
    "UNAUTHORIZED_ROUTE_ACCESS": (ConfigurationError, _KEYS),
    "INVALID_PRODUCT": (ConfigurationError, _KEYS),
    "CREDITS_EXHAUSTED": (ConfigurationError, _KEYS),
    "INVALID_LINK_TOKEN": (LinkExpired, "The connection took too long. Please start again."),
    "INVALID_PUBLIC_TOKEN": (LinkExpired, "The connection took too long. Please start again."),
    "INCORRECT_OAUTH_NONCE": (LinkExpired, "The bank's answer does not belong to this visit. Please start again."),
    "LAST_UPDATED_DATETIME_OUT_OF_RANGE": (
        TemporarilyUnavailable,
        "{bank} has no balance of this moment. The last one stays until it sends another.",
    ),
    "TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION": (
        MutationDuringPagination,
        "{bank}'s data kept changing during the sync. BudgetApp tries again by itself.",
    ),
    "INSTITUTION_DOWN": (TemporarilyUnavailable, _BANK_DOWN),
    "INSTITUTION_NOT_RESPONDING": (TemporarilyUnavailable, _BANK_DOWN),
    "INSTITUTION_NOT_AVAILABLE": (TemporarilyUnavailable, _BANK_DOWN),
    "INSTITUTION_NO_LONGER_SUPPORTED": (BankUnsupported, "Plaid no longer supports {bank}. Your data stays."),
    "UNSUPPORTED_RESPONSE": (BankUnsupported, "Plaid can't read {bank}'s answers at present. Your data stays."),
    "UNAUTHORIZED_INSTITUTION": (BankNotEnabled, "{bank} is not enabled for this Plaid account. Your data stays."),
    "INSTITUTION_REGISTRATION_REQUIRED": (BankNotEnabled, "{bank} asks whoever runs BudgetApp to register with Plaid."),
    "INTERNAL_SERVER_ERROR": (
        TemporarilyUnavailable,
        "Plaid has a problem of its own. BudgetApp tries again by itself.",
    ),
    "PLANNED_MAINTENANCE": (TemporarilyUnavailable, "Plaid is under maintenance. BudgetApp tries again by itself."),
}

_BY_TYPE: Mapping[str, tuple[type[PlaidError], str]] = {
    "ITEM_ERROR": (NeedsAttention, "{bank} needs your attention ({code}). Sign in again."),
    "INSTITUTION_ERROR": (TemporarilyUnavailable, _BANK_DOWN),
    "API_ERROR": (TemporarilyUnavailable, "Plaid has a problem of its own. BudgetApp tries again by itself."),
    "RATE_LIMIT_EXCEEDED": (RateLimited, _LIMIT),
}

_CURSOR_REFUSED = "cursor not associated with access_token"  # Plaid has no code for it


def plaid_error(answer: Mapping[str, Any], *, retry_after: int | None = None) -> PlaidError:
    """The error that Plaid's error body `answer` stands for; an unknown code goes by its type."""
    code, kind = _text(answer, "error_code"), _text(answer, "error_type")
    display = _text(answer, "display_message")
    if code == "INVALID_FIELD" and _CURSOR_REFUSED in _text(answer, "error_message").lower():
        meaning: type[PlaidError] = CursorRefused
        sentence = "The bank's place in the data was lost. BudgetApp starts over by itself."
    elif code in MEANINGS:
        meaning, sentence = MEANINGS[code]
    else:
        meaning, sentence = _BY_TYPE.get(kind, (RequestRefused, _BUG))
        sentence = display or sentence
    return meaning(
        sentence.replace("{code}", code),
        code=code,
        kind=kind,
        request_id=_text(answer, "request_id")[:64],
        display_message=display,
        retry_after=retry_after,
    )


def _text(answer: Mapping[str, Any], name: str) -> str:
    value = answer.get(name)
    return _TOKEN.sub("***", value)[:300] if isinstance(value, str) else ""
