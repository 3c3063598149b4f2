"""What Plaid's error codes mean for the user and for the next attempt."""

import re

import pytest

from plaid_sync import errors
from plaid_sync.errors import plaid_error


@pytest.mark.parametrize(
    ("code", "kind", "expected", "item_status", "is_retryable"),
    [
        ("ITEM_LOGIN_REQUIRED", "ITEM_ERROR", errors.LoginRequired, "login_required", False),
        ("ITEM_LOCKED", "ITEM_ERROR", errors.LoginRequired, "login_required", False),
        ("PASSWORD_RESET_REQUIRED", "ITEM_ERROR", errors.LoginRequired, "login_required", False),
        ("INVALID_CREDENTIALS", "ITEM_ERROR", errors.LoginRequired, "login_required", False),
        ("ACCESS_NOT_GRANTED", "ITEM_ERROR", errors.LoginRequired, "login_required", False),
        ("ADDITIONAL_CONSENT_REQUIRED", "INVALID_INPUT", errors.LoginRequired, "login_required", False),
        ("NO_ACCOUNTS", "ITEM_ERROR", errors.NeedsAttention, "error", False),
        ("ITEM_NOT_FOUND", "INVALID_INPUT", errors.AccessRevoked, "error", False),
        ("USER_PERMISSION_REVOKED", "INVALID_INPUT", errors.AccessRevoked, "error", False),
        ("INVALID_ACCESS_TOKEN", "INVALID_INPUT", errors.AccessRevoked, "error", False),
        ("INVALID_ACCOUNT_ID", "INVALID_INPUT", errors.AccountGone, "", False),
        ("PRODUCTS_NOT_SUPPORTED", "ITEM_ERROR", errors.ProductUnavailable, "", False),
        ("PRODUCT_NOT_READY", "ITEM_ERROR", errors.NotReady, "", True),
        ("INVALID_API_KEYS", "INVALID_INPUT", errors.ConfigurationError, "", False),
        ("CREDITS_EXHAUSTED", "RATE_LIMIT_EXCEEDED", errors.ConfigurationError, "", False),
        ("INVALID_PUBLIC_TOKEN", "INVALID_INPUT", errors.LinkExpired, "", False),
        (
            "TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION",
            "TRANSACTIONS_ERROR",
            errors.MutationDuringPagination,
            "",
            True,
        ),
        ("INSTITUTION_DOWN", "INSTITUTION_ERROR", errors.TemporarilyUnavailable, "", True),
        ("INSTITUTION_NO_LONGER_SUPPORTED", "INSTITUTION_ERROR", errors.NeedsAttention, "error", False),
        ("INTERNAL_SERVER_ERROR", "API_ERROR", errors.TemporarilyUnavailable, "", True),
        ("PLANNED_MAINTENANCE", "API_ERROR", errors.TemporarilyUnavailable, "", True),
        ("TRANSACTIONS_SYNC_LIMIT", "RATE_LIMIT_EXCEEDED", errors.RateLimited, "", True),
        ("RATE_LIMIT", "RATE_LIMIT_EXCEEDED", errors.RateLimited, "", True),
        ("MISSING_FIELDS", "INVALID_REQUEST", errors.RequestRefused, "", False),
        ("A_NEW_ONE", "ITEM_ERROR", errors.NeedsAttention, "error", False),
        ("A_NEW_ONE", "INSTITUTION_ERROR", errors.TemporarilyUnavailable, "", True),
        ("A_NEW_ONE", "API_ERROR", errors.TemporarilyUnavailable, "", True),
        ("A_NEW_ONE", "A_NEW_TYPE", errors.RequestRefused, "", False),
        ("INVALID_FIELD", "INVALID_REQUEST", errors.RequestRefused, "", False),
    ],
)
def test_means(code, kind, expected, item_status, is_retryable):
    error = plaid_error({"error_code": code, "error_type": kind, "error_message": "m", "request_id": "r1"})
    assert type(error) is expected
    assert (error.item_status, error.is_retryable) == (item_status, is_retryable)
    assert (error.code, error.kind, error.request_id) == (code, kind, "r1")
    assert str(error).endswith((".", ")"))
    assert "{" not in str(error)
    assert not re.search(r"[^.] The bank|(^|[.] )the bank", str(error))


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("ITEM_LOGIN_REQUIRED", "The bank asks you to sign in again."),
        ("INVALID_ACCESS_TOKEN", "The access to the bank has ended. Connect it again; your transactions stay."),
        ("UNSUPPORTED_RESPONSE", "Plaid can't read the bank's answers at present. Your data stays."),
    ],
)
def test_says_in_plain_words(code, sentence):
    assert str(plaid_error({"error_code": code})) == sentence


def test_a_foreign_cursor_is_told_by_its_message():
    body = {
        "error_code": "INVALID_FIELD",
        "error_type": "INVALID_REQUEST",
        "error_message": "cursor not associated with access_token",
    }
    assert type(plaid_error(body)) is errors.CursorRefused


def test_an_unknown_error_is_told_in_the_banks_words_without_tokens():
    body = {
        "error_code": "A_NEW_ONE",
        "error_type": "ITEM_ERROR",
        "display_message": "Call us about access-production-1234567890.",
    }
    assert str(plaid_error(body)) == "Call us about ***."


@pytest.mark.parametrize("body", [{}, {"error_code": 7, "error_type": None, "request_id": []}])
def test_a_body_without_sense_is_a_refusal(body):
    error = plaid_error(body)
    assert type(error) is errors.RequestRefused
    assert (error.code, error.request_id) == ("", "")
