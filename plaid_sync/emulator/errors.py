"""The errors Plaid answers with, as exceptions that the HTTP layer turns into error bodies."""

from collections.abc import Iterable

DOCUMENTATION = "https://plaid.com/docs/?ref=error#"


class Fault(Exception):
    """One Plaid error: type, code, message, HTTP status and the sentence meant for a person."""

    def __init__(
        self, error_type: str, code: str, message: str, *, status: int = 400, display: str | None = None
    ) -> None:
        super().__init__(f"{error_type}/{code}: {message}")
        self.error_type = error_type
        self.code = code
        self.message = message
        self.status = status
        self.display = display

    def body(self, request_id: str) -> dict[str, object]:
        """The JSON body Plaid sends with this error."""
        return {
            "display_message": self.display,
            "documentation_url": f"{DOCUMENTATION}{self.error_type.lower().replace('_', '-')}-errors",
            "error_code": self.code,
            "error_message": self.message,
            "error_type": self.error_type,
            "request_id": request_id,
            "suggested_action": None,
        }


def missing_fields(names: Iterable[str]) -> Fault:
    """The request lacks required fields."""
    return _request("MISSING_FIELDS", f"the following required fields are missing: {','.join(names)}")


def unknown_fields(names: Iterable[str]) -> Fault:
    """The request has fields that the endpoint does not know."""
    listed = ",".join(names)
    return _request("UNKNOWN_FIELDS", f"the following fields are not recognized by this endpoint: {listed}")


def invalid_field(message: str) -> Fault:
    """A field has a value of the wrong type or outside its range."""
    return _request("INVALID_FIELD", message)


def invalid_body(message: str = "body could not be parsed as JSON") -> Fault:
    """The body is no JSON object."""
    return _request("INVALID_BODY", message)


def invalid_headers(message: str) -> Fault:
    """A header is missing or wrong."""
    return _request("INVALID_HEADERS", message)


def not_found() -> Fault:
    """There is no such path."""
    return Fault("INVALID_REQUEST", "NOT_FOUND", "the requested path could not be found", status=404)


def invalid_api_keys() -> Fault:
    """Client id and secret do not belong together."""
    return _input("INVALID_API_KEYS", "invalid client_id or secret provided")


def malformed_token(kind: str) -> Fault:
    """A token that has not the form `<kind>-<environment>-<identifier>`; `kind` is access, public or link."""
    return _input(
        f"INVALID_{kind.upper()}_TOKEN",
        f"provided {kind} token is in an invalid format. expected format: {kind}-<environment>-<identifier>",
    )


def token_of_another_environment(kind: str, expected: str, got: str) -> Fault:
    """A token made in another environment of Plaid."""
    return _input(
        f"INVALID_{kind.upper()}_TOKEN",
        f"provided {kind} token is for the wrong Plaid environment. expected {expected!r}, got {got!r}",
    )


def unknown_token(kind: str) -> Fault:
    """A well-formed token that was never given out, has been used, or has expired."""
    reason = {
        "access": "could not find matching access token",
        "public": "could not find matching public token, or it has expired or been exchanged",
        "link": "link token can only be configured for one Link flow, or has expired",
    }[kind]
    return _input(f"INVALID_{kind.upper()}_TOKEN", reason)


def invalid_institution() -> Fault:
    """No institution has this id."""
    return _input("INVALID_INSTITUTION", "invalid institution_id provided")


def invalid_account_id() -> Fault:
    """The item has no account of this id."""
    return _input("INVALID_ACCOUNT_ID", "failed to find requested account ID for requested item")


def invalid_product(name: str) -> Fault:
    """A product that cannot be asked for here."""
    return _input("INVALID_PRODUCT", f"client is not authorized to access the following products: [{name}]")


def invalid_credentials() -> Fault:
    """Wrong user name or password at the bank."""
    return Fault(
        "ITEM_ERROR",
        "INVALID_CREDENTIALS",
        "the credentials were not correct. Try again",
        display="The credentials were not correct. Please try again.",
    )


def invalid_updated_username() -> Fault:
    """In update mode, somebody else has signed in at the bank."""
    return Fault(
        "ITEM_ERROR",
        "INVALID_UPDATED_USERNAME",
        "the username provided to the item's update does not match its original username",
        display="This sign-in belongs to somebody else. Sign in as the person who connected the bank.",
    )


def incorrect_oauth_nonce() -> Fault:
    """The page the browser came back to does not belong to this Link flow."""
    return Fault("INVALID_INPUT", "INCORRECT_OAUTH_NONCE", "nonce does not match")


def item_not_found() -> Fault:
    """The item was removed."""
    return Fault(
        "ITEM_ERROR",
        "ITEM_NOT_FOUND",
        "The Item you requested cannot be found. This Item does not exist, has been previously removed via "
        "/item/remove, or has had access removed by the user.",
    )


def item_login_required() -> Fault:
    """The bank wants its customer to sign in again."""
    return Fault(
        "ITEM_ERROR",
        "ITEM_LOGIN_REQUIRED",
        "the login details of this item have changed (credentials, MFA, or required user action) and a user "
        "login is required to update this information. use Link's update mode to restore the item to a good state",
    )


def user_permission_revoked() -> Fault:
    """The customer has ended the application's access at the bank."""
    return _input(
        "USER_PERMISSION_REVOKED",
        "the holder of this account has revoked their permission for your application to access it",
    )


def sandbox_webhook_invalid() -> Fault:
    """There is no address to send a webhook to."""
    return Fault("SANDBOX_ERROR", "SANDBOX_WEBHOOK_INVALID", "the item does not have a webhook configured")


def sandbox_product_not_enabled(product: str) -> Fault:
    """A webhook of a product that the item does not have."""
    message = f"the requested webhook needs a product that is not enabled for this item: {product}"
    return Fault("SANDBOX_ERROR", "SANDBOX_PRODUCT_NOT_ENABLED", message)


def unknown_verification_key() -> Fault:
    """No key of this id has signed a webhook."""
    return _input("INVALID_WEBHOOK_VERIFICATION_KEY_ID", "invalid webhook verification key id provided")


def institution_down() -> Fault:
    """The bank itself cannot be reached."""
    return Fault(
        "INSTITUTION_ERROR",
        "INSTITUTION_DOWN",
        "this institution is not currently responding to this request. please try again soon",
        display="This financial institution is not currently responding to requests. We apologize for the "
        "inconvenience.",
    )


def product_not_ready() -> Fault:
    """The first pull of the item's data has not ended."""
    return Fault(
        "ITEM_ERROR",
        "PRODUCT_NOT_READY",
        "the requested product is not yet ready. please provide a webhook or try the request again later",
    )


def products_not_supported(product: str) -> Fault:
    """The bank does not serve the product."""
    return Fault(
        "ITEM_ERROR",
        "PRODUCTS_NOT_SUPPORTED",
        f"the following products are not supported by this institution: [{product}]",
    )


def additional_consent_required(product: str) -> Fault:
    """The customer was not asked whether this product may be read."""
    return _input(
        "ADDITIONAL_CONSENT_REQUIRED",
        f"client does not have user consent to access the {product} product. use Link's update mode to ask for it",
    )


def no_investment_accounts() -> Fault:
    """The item shares no investment account."""
    return Fault(
        "ITEM_ERROR", "NO_INVESTMENT_ACCOUNTS", "there are no valid investment account(s) associated with this Item"
    )


def no_liability_accounts() -> Fault:
    """The item shares neither a card nor a loan."""
    return Fault(
        "ITEM_ERROR", "NO_LIABILITY_ACCOUNTS", "there are no valid liability account(s) associated with this Item"
    )


def sync_mutation() -> Fault:
    """The log grew between two pages of one loop."""
    return Fault(
        "TRANSACTIONS_ERROR",
        "TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION",
        "Underlying transaction data changed since last page was fetched. Please restart pagination from last update.",
    )


def foreign_cursor() -> Fault:
    """A cursor of another item or account filter, or no cursor at all."""
    return invalid_field("cursor not associated with access_token")


def internal_server_error() -> Fault:
    """The simulated bank itself failed: its log has the reason."""
    return Fault("API_ERROR", "INTERNAL_SERVER_ERROR", "an unexpected error occurred", status=500)


def _request(code: str, message: str) -> Fault:
    return Fault("INVALID_REQUEST", code, message)


def _input(code: str, message: str) -> Fault:
    return Fault("INVALID_INPUT", code, message)
