"""What can go wrong between BudgetApp and a bank, in words that a user can act on.

`str()` of every error here is a sentence for a person. None holds a token or a raw answer.
"""

import re
from collections.abc import Mapping
from typing import Any

_TOKEN = re.compile(r"\b(access|public|link|processor)-[a-z]+-[0-9A-Za-z-]{6,}")


class TokenUnreadable(Exception):
    """A stored token can't be decrypted here, or belongs to something else: reconnect that account."""


class KeyProblem(Exception):
    """Nothing can be encrypted now; the message says which key is missing or wrong and what to do."""


class NotConfigured(Exception):
    """Plaid's client id or secret is not set: bank syncing is off."""

    def __init__(self) -> None:
        super().__init__("Bank syncing is off: Plaid's client id and secret are not set.")


class PlaidError(Exception):
    """Plaid refused a call, or could not be reached.

    `code` and `kind` are Plaid's error_code and error_type ("" without an answer), `request_id` its
    reference, `display_message` its own words for the user ("" if none), `retry_after` the seconds
    that it asks to wait (None if it doesn't say).
    """

    is_retryable = False
    """Whether the same call can succeed later without anybody doing anything."""
    item_status = ""
    """The `PlaidItem.Status` that the error puts the whole login in; "" if it says nothing about it."""

    def __init__(
        self,
        sentence: str,
        *,
        code: str = "",
        kind: str = "",
        request_id: str = "",
        display_message: str = "",
        retry_after: int | None = None,
    ) -> None:
        super().__init__(sentence)
        self.code = code
        self.kind = kind
        self.request_id = request_id
        self.display_message = display_message
        self.retry_after = retry_after


class LoginRequired(PlaidError):
    """The bank wants the user to sign in again."""

    item_status = "login_required"


class AccessRevoked(PlaidError):
    """The access is gone for good: the bank has to be connected anew."""

    item_status = "error"


class NeedsAttention(PlaidError):
    """The login does not work and a person has to look."""

    item_status = "error"


class AccountGone(PlaidError):
    """The bank no longer knows this one account; its siblings are not concerned."""


class ProductUnavailable(PlaidError):
    """The bank does not offer what was asked for."""


class LinkExpired(PlaidError):
    """The link or public token is used up: start again."""


class ConfigurationError(PlaidError):
    """Credentials or environment are wrong: no item works until they are put right."""


class RequestRefused(PlaidError):
    """Plaid found the request itself wrong: a fault of BudgetApp."""


class MutationDuringPagination(PlaidError):
    """The data changed between two pages: start again at the first cursor."""

    is_retryable = True


class CursorRefused(PlaidError):
    """The cursor does not belong to this access token."""

    is_retryable = True


class TemporarilyUnavailable(PlaidError):
    """Plaid, the bank or the network is down for the moment."""

    is_retryable = True


class NotReady(TemporarilyUnavailable):
    """The bank is still preparing its data."""


class RateLimited(TemporarilyUnavailable):
    """Too many calls; wait at least a minute."""


class BadAnswer(TemporarilyUnavailable):
    """The answer was not what Plaid sends: a proxy's page, a broken or an oversized body."""


class ProviderLoop(BadAnswer):
    """The pages of a sync don't lead to an end."""


_SIGN_IN = "{bank} asks you to sign in again."
_AT_THE_BANK = "Sign in at {bank}'s own site and do what it asks there, then connect it again here."
_BANK_DOWN = "{bank} is temporarily unavailable. BudgetApp tries again by itself."
_BUG = "Plaid did not understand BudgetApp's request ({code}). Please report this with the reference."
_LIMIT = "Plaid asks for a pause. BudgetApp tries again by itself."
_RELINK = "The access to {bank} has ended. Connect it again; your transactions stay."
_GONE = (
    "{bank} no longer knows this account: it was closed or renumbered. If it goes on under another number, "
    "disconnect all accounts of this sign-in and connect the bank again; your transactions stay."
)
_NOT_OFFERED = "{bank} does not offer this for your account."
_KEYS = "Plaid refuses the app's own credentials ({code}). Whoever runs BudgetApp has to check its Plaid settings."

_BY_CODE: Mapping[str, tuple[type[PlaidError], str]] = {
    "ITEM_LOGIN_REQUIRED": (LoginRequired, _SIGN_IN),
    "INVALID_CREDENTIALS": (LoginRequired, _SIGN_IN),
    "INVALID_MFA": (LoginRequired, _SIGN_IN),
    "INSUFFICIENT_CREDENTIALS": (LoginRequired, _SIGN_IN),
    "MFA_NOT_SUPPORTED": (LoginRequired, _SIGN_IN),
    "ITEM_LOCKED": (LoginRequired, "{bank} has locked your login. " + _AT_THE_BANK),
    "PASSWORD_RESET_REQUIRED": (LoginRequired, "{bank} wants a new password. " + _AT_THE_BANK),
    "USER_SETUP_REQUIRED": (LoginRequired, "{bank} is waiting for an action of yours. " + _AT_THE_BANK),
    "USER_INPUT_TIMEOUT": (LoginRequired, _SIGN_IN),
    "ACCESS_NOT_GRANTED": (LoginRequired, "You have not allowed access to this at {bank}. Connect it again."),
    "ADDITIONAL_CONSENT_REQUIRED": (LoginRequired, "{bank} needs your consent for this. Connect it again."),
    "NO_ACCOUNTS": (NeedsAttention, "{bank} shares no account with BudgetApp any more. Connect it again."),
    "NO_INVESTMENT_ACCOUNTS": (ProductUnavailable, _NOT_OFFERED),
    "NO_LIABILITY_ACCOUNTS": (ProductUnavailable, _NOT_OFFERED),
    "PRODUCTS_NOT_SUPPORTED": (ProductUnavailable, _NOT_OFFERED),
    "PRODUCT_NOT_ENABLED": (ProductUnavailable, _NOT_OFFERED),
    "PRODUCT_NOT_READY": (NotReady, "{bank} is still preparing your data. BudgetApp asks again by itself."),
    "ITEM_NOT_FOUND": (AccessRevoked, _RELINK),
    "USER_PERMISSION_REVOKED": (
        AccessRevoked,
        "You have withdrawn the access at {bank}. Connect it again; your transactions stay.",
    ),
    "USER_ACCOUNT_REVOKED": (AccountGone, "You have withdrawn the access to this account at {bank}."),
    "INVALID_ACCESS_TOKEN": (AccessRevoked, _RELINK),
    "INVALID_ACCOUNT_ID": (
        AccountGone,
        _GONE,
    ),
    "INVALID_API_KEYS": (ConfigurationError, _KEYS),
    "UNAUTHORIZED_ENVIRONMENT": (ConfigurationError, _KEYS),
    "UNAUTHORIZED_ROUTE_ACCESS": (ConfigurationError, _KEYS),
    "INVALID_PRODUCT": (ConfigurationError, _KEYS),
    "CREDITS_EXHAUSTED": (ConfigurationError, _KEYS),
    "INVALID_LINK_TOKEN": (LinkExpired, "The connection took too long. Please start again."),
    "INVALID_PUBLIC_TOKEN": (LinkExpired, "The connection took too long. Please start again."),
    "TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION": (
        MutationDuringPagination,
        "{bank}'s data kept changing during the sync. BudgetApp tries again by itself.",
    ),
    "INSTITUTION_DOWN": (TemporarilyUnavailable, _BANK_DOWN),
    "INSTITUTION_NOT_RESPONDING": (TemporarilyUnavailable, _BANK_DOWN),
    "INSTITUTION_NOT_AVAILABLE": (TemporarilyUnavailable, _BANK_DOWN),
    "INSTITUTION_NO_LONGER_SUPPORTED": (NeedsAttention, "Plaid no longer supports {bank}. Your data stays."),
    "UNSUPPORTED_RESPONSE": (NeedsAttention, "Plaid can't read {bank}'s answers at present. Your data stays."),
    "UNAUTHORIZED_INSTITUTION": (NeedsAttention, "{bank} is not enabled for this Plaid account. Your data stays."),
    "INSTITUTION_REGISTRATION_REQUIRED": (NeedsAttention, "{bank} asks whoever runs BudgetApp to register with Plaid."),
    "INTERNAL_SERVER_ERROR": (
        TemporarilyUnavailable,
        "Plaid has a problem of its own. BudgetApp tries again by itself.",
    ),
    "PLANNED_MAINTENANCE": (TemporarilyUnavailable, "Plaid is under maintenance. BudgetApp tries again by itself."),
}

_BY_TYPE: Mapping[str, tuple[type[PlaidError], str]] = {
    "ITEM_ERROR": (NeedsAttention, "{bank} needs your attention ({code}). Connect it again."),
    "INSTITUTION_ERROR": (TemporarilyUnavailable, _BANK_DOWN),
    "API_ERROR": (TemporarilyUnavailable, "Plaid has a problem of its own. BudgetApp tries again by itself."),
    "RATE_LIMIT_EXCEEDED": (RateLimited, _LIMIT),
}

_AT_THE_BEGINNING = re.compile(r"(^|\. )\{bank\}")
_CURSOR_REFUSED = "cursor not associated with access_token"  # Plaid has no code for it


def plaid_error(answer: Mapping[str, Any], *, retry_after: int | None = None) -> PlaidError:
    """The error that Plaid's error body `answer` stands for; an unknown code goes by its type."""
    code, kind = _text(answer, "error_code"), _text(answer, "error_type")
    display = _text(answer, "display_message")
    if code == "INVALID_FIELD" and _CURSOR_REFUSED in _text(answer, "error_message").lower():
        meaning: type[PlaidError] = CursorRefused
        sentence = "The bank's place in the data was lost. BudgetApp starts over by itself."
    elif code in _BY_CODE:
        meaning, sentence = _BY_CODE[code]
    else:
        meaning, sentence = _BY_TYPE.get(kind, (RequestRefused, _BUG))
        sentence = display or sentence
    return meaning(
        _AT_THE_BEGINNING.sub(r"\1The bank", sentence).replace("{bank}", "the bank").replace("{code}", code),
        code=code,
        kind=kind,
        request_id=_text(answer, "request_id")[:64],
        display_message=display,
        retry_after=retry_after,
    )


def _text(answer: Mapping[str, Any], name: str) -> str:
    value = answer.get(name)
    return _TOKEN.sub("***", value)[:300] if isinstance(value, str) else ""
