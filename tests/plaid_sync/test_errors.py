"""What Plaid's error codes mean for the user and for the next attempt."""

import re

import pytest

from plaid_sync import errors
from plaid_sync.error_codes import plaid_error
from plaid_sync.steps import Step

LOGIN, BROKEN, FINE = "login_required", "error", ""


def meaning(code: str, kind: str) -> tuple[object, ...]:
    error = plaid_error({"error_code": code, "error_type": kind, "error_message": "m", "request_id": "r1"})
    return type(error), error.item_status, error.step, error.is_retryable


@pytest.mark.parametrize(
    ("kind", "codes", "expected", "item_status", "step", "is_retryable"),
    [
        (
            "ITEM_ERROR",
            (
                "ITEM_LOGIN_REQUIRED ITEM_LOCKED PASSWORD_RESET_REQUIRED USER_SETUP_REQUIRED USER_INPUT_TIMEOUT "
                "INVALID_CREDENTIALS INVALID_MFA INVALID_UPDATED_USERNAME INSUFFICIENT_CREDENTIALS MFA_NOT_SUPPORTED "
                "ACCESS_NOT_GRANTED"
            ),
            errors.LoginRequired,
            LOGIN,
            Step.SIGN_IN,
            False,
        ),
        ("INVALID_INPUT", "ADDITIONAL_CONSENT_REQUIRED", errors.ConsentMissing, FINE, Step.SIGN_IN, False),
        ("ITEM_ERROR", "NO_ACCOUNTS", errors.NothingShared, BROKEN, Step.CHOOSE, False),
        (
            "ITEM_ERROR",
            "NO_INVESTMENT_ACCOUNTS NO_LIABILITY_ACCOUNTS PRODUCTS_NOT_SUPPORTED PRODUCT_NOT_ENABLED",
            errors.ProductUnavailable,
            FINE,
            Step.NOTHING,
            False,
        ),
        ("ITEM_ERROR", "PRODUCT_NOT_READY", errors.NotReady, FINE, Step.WAIT, True),
        ("ITEM_ERROR", "ITEM_NOT_FOUND", errors.AccessRevoked, BROKEN, Step.RELINK, False),
        (
            "INVALID_INPUT",
            "USER_PERMISSION_REVOKED INVALID_ACCESS_TOKEN",
            errors.AccessRevoked,
            BROKEN,
            Step.RELINK,
            False,
        ),
        ("INVALID_INPUT", "INVALID_ACCOUNT_ID USER_ACCOUNT_REVOKED", errors.AccountGone, FINE, Step.CHOOSE, False),
        (
            "INVALID_INPUT",
            "INVALID_API_KEYS UNAUTHORIZED_ENVIRONMENT UNAUTHORIZED_ROUTE_ACCESS INVALID_PRODUCT",
            errors.ConfigurationError,
            FINE,
            Step.CONFIGURE,
            False,
        ),
        ("RATE_LIMIT_EXCEEDED", "CREDITS_EXHAUSTED", errors.ConfigurationError, FINE, Step.CONFIGURE, False),
        (
            "INVALID_INPUT",
            "INVALID_LINK_TOKEN INVALID_PUBLIC_TOKEN INCORRECT_OAUTH_NONCE",
            errors.LinkExpired,
            FINE,
            Step.RELINK,
            False,
        ),
        (
            "TRANSACTIONS_ERROR",
            "TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION",
            errors.MutationDuringPagination,
            FINE,
            Step.WAIT,
            True,
        ),
        (
            "INVALID_REQUEST",
            (
                "MISSING_FIELDS UNKNOWN_FIELDS INVALID_FIELD INVALID_BODY INVALID_HEADERS INVALID_CONFIGURATION "
                "NOT_FOUND NO_LONGER_AVAILABLE"
            ),
            errors.RequestRefused,
            FINE,
            Step.REPORT,
            False,
        ),
        (
            "INSTITUTION_ERROR",
            "INSTITUTION_DOWN INSTITUTION_NOT_RESPONDING INSTITUTION_NOT_AVAILABLE",
            errors.TemporarilyUnavailable,
            FINE,
            Step.WAIT,
            True,
        ),
        (
            "INSTITUTION_ERROR",
            "INSTITUTION_NO_LONGER_SUPPORTED UNSUPPORTED_RESPONSE",
            errors.BankUnsupported,
            BROKEN,
            Step.NOTHING,
            False,
        ),
        ("ITEM_ERROR", "ITEM_NOT_SUPPORTED", errors.BankUnsupported, BROKEN, Step.NOTHING, False),
        (
            "INSTITUTION_ERROR",
            "UNAUTHORIZED_INSTITUTION INSTITUTION_REGISTRATION_REQUIRED",
            errors.BankNotEnabled,
            BROKEN,
            Step.CONFIGURE,
            False,
        ),
        (
            "RATE_LIMIT_EXCEEDED",
            (
                "TRANSACTIONS_SYNC_LIMIT ACCOUNTS_LIMIT BALANCE_LIMIT ITEM_GET_LIMIT INVESTMENT_HOLDINGS_GET_LIMIT "
                "INVESTMENT_TRANSACTIONS_LIMIT TRANSACTIONS_REFRESH_LIMIT INSTITUTION_RATE_LIMIT RATE_LIMIT"
            ),
            errors.RateLimited,
            FINE,
            Step.WAIT,
            True,
        ),
        (
            "API_ERROR",
            "INTERNAL_SERVER_ERROR PLANNED_MAINTENANCE",
            errors.TemporarilyUnavailable,
            FINE,
            Step.WAIT,
            True,
        ),
        (
            "INVALID_RESULT",
            "LAST_UPDATED_DATETIME_OUT_OF_RANGE",
            errors.TemporarilyUnavailable,
            FINE,
            Step.WAIT,
            True,
        ),
    ],
)
def test_each_code_means_one_error_one_state_and_one_step(kind, codes, expected, item_status, step, is_retryable):
    for code in codes.split():
        assert meaning(code, kind) == (expected, item_status, step, is_retryable), code


@pytest.mark.parametrize(
    ("kind", "expected", "step"),
    [
        ("ITEM_ERROR", errors.NeedsAttention, Step.SIGN_IN),
        ("INSTITUTION_ERROR", errors.TemporarilyUnavailable, Step.WAIT),
        ("API_ERROR", errors.TemporarilyUnavailable, Step.WAIT),
        ("RATE_LIMIT_EXCEEDED", errors.RateLimited, Step.WAIT),
        ("A_NEW_TYPE", errors.RequestRefused, Step.REPORT),
    ],
)
def test_an_unknown_code_goes_by_its_type(kind, expected, step):
    error = plaid_error({"error_code": "A_NEW_ONE", "error_type": kind, "request_id": "r1"})
    assert (type(error), error.step) == (expected, step)
    assert (error.code, error.kind, error.request_id) == ("A_NEW_ONE", kind, "r1")


@pytest.mark.parametrize(
    "code", ["ITEM_LOCKED", "ITEM_NOT_FOUND", "INSTITUTION_DOWN", "INVALID_ACCOUNT_ID", "A_NEW_ONE"]
)
@pytest.mark.parametrize("bank", ["", "First Platypus Bank"])
def test_the_sentence_is_whole_with_and_without_the_banks_name(code, bank):
    sentence = plaid_error({"error_code": code, "error_type": "ITEM_ERROR"}).about(bank)
    assert sentence.endswith((".", ")"))
    assert "{" not in sentence
    assert not re.search(r"[^.] The bank|(^|[.] )the bank", sentence)
    assert (bank or "bank") in sentence


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
