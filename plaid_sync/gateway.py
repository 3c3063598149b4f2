"""The only door to Plaid: the real client, raw JSON, and errors as `plaid_sync.errors` has them."""

import datetime
import logging
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from typing import Any, TypeVar

import urllib3

from investments.facts import HoldingsRead
from plaid_sync.answers import (
    BankAccount,
    Exchange,
    Institution,
    Item,
    LinkToken,
    TransactionsPage,
    VerificationKey,
    read_account,
    read_institution,
    read_item,
    read_link_token,
    read_transactions_page,
    read_verification_key,
)
from plaid_sync.brokerage.payloads import TradesPage, read_holdings, read_trades_page
from plaid_sync.credentials import Credentials, credentials
from plaid_sync.errors import NotConfigured, TemporarilyUnavailable
from plaid_sync.replies import bad_answer, read_reply, refusal
from plaid_sync.transport import CallFailed, Transport

logger = logging.getLogger(__name__)
logging.getLogger("plaid.rest").setLevel(logging.INFO)  # it logs whole answers at DEBUG

PRODUCTS = ("transactions", "investments", "liabilities")
DAYS_REQUESTED = 730
PAGE_ROWS = 500

# Seconds from the first to the last byte.
_NORMAL = 30.0
_PAGE = 60.0
_FIRST_PAGE = 120.0  # the first call of a history is up to eight times slower
_REAL_TIME = 75.0
_FIRST_TRADES = 180.0

T = TypeVar("T")


def gateway_from_settings() -> "Gateway":
    """The process's gateway for the credentials in the settings. Raises NotConfigured."""
    found = credentials()
    if found is None:
        raise NotConfigured
    return _gateway(found)


class Gateway:
    """Plaid's endpoints. Every method raises only PlaidErrors, and none lasts longer than three minutes."""

    def __init__(self, known_as: Credentials) -> None:
        self.environment = known_as.environment
        self._secret = known_as.secret
        self._api = _plaid_api(known_as)

    def link_token_create(
        self, *, client_user_id: str, redirect_uri: str = "", webhook: str = "", product: str = "transactions"
    ) -> LinkToken:
        """A link token for a new login at an institution that offers `product`.

        The other products are consented to, so that they can be added later. `redirect_uri` "" leaves out
        institutions that sign in by OAuth, `webhook` "" has Plaid send none.
        """
        request = {
            **_link_request(client_user_id, redirect_uri),
            "products": [product],
            "additional_consented_products": [other for other in PRODUCTS if other != product],
        }
        if product == "transactions":
            request["transactions"] = {"days_requested": DAYS_REQUESTED}
        if webhook:
            request["webhook"] = webhook
        return self._call("link_token_create", request, read_link_token)

    def link_token_update(
        self,
        access_token: str,
        *,
        client_user_id: str,
        redirect_uri: str = "",
        selects_accounts: bool = False,
        consents_to: Collection[str] = (),
    ) -> LinkToken:
        """A link token that opens Link for an existing login: to sign in, and to choose its accounts if asked for.

        `consents_to` are the products that the user is asked to let be read from now on.
        """
        request = {**_link_request(client_user_id, redirect_uri), "access_token": access_token}
        if selects_accounts:
            request["update"] = {"account_selection_enabled": True}
        if consents_to:
            request["additional_consented_products"] = sorted(consents_to)
        return self._call("link_token_create", request, read_link_token)

    def simulated_login(self, institution_id: str, *, product: str, webhook: str = "") -> str:
        """The public token of a new login at a test bank, without a visit to Link."""
        request: dict[str, Any] = {"institution_id": institution_id, "initial_products": [product]}
        options: dict[str, Any] = {"webhook": webhook} if webhook else {}
        if product == "transactions":
            options["transactions"] = {"days_requested": DAYS_REQUESTED}
        return self._call(
            "sandbox_public_token_create", request | {"options": options}, lambda a: str(a["public_token"])
        )

    def exchange(self, public_token: str) -> Exchange:
        """The access token and item that a public token stands for."""
        return self._call(
            "item_public_token_exchange",
            {"public_token": public_token},
            lambda answer: Exchange(answer["access_token"], answer["item_id"], answer["request_id"]),
        )

    def item_get(self, access_token: str) -> Item:
        """The item; answers also while the item is in error."""
        return self._call("item_get", {"access_token": access_token}, lambda answer: read_item(answer["item"]))

    def item_remove(self, access_token: str) -> None:
        """Ends the item at Plaid. Raises AccessRevoked if Plaid doesn't know it (any more)."""
        self._call("item_remove", {"access_token": access_token}, lambda _answer: None)

    def item_webhook_update(self, access_token: str, url: str) -> None:
        """Has the item's webhooks sent to `url`; none with ""."""
        request = {"access_token": access_token, "webhook": url or None}
        self._call("item_webhook_update", request, lambda _answer: None)

    def accounts_get(self, access_token: str) -> list[BankAccount]:
        """The item's open accounts with balances of about today; free."""
        return self._call("accounts_get", {"access_token": access_token}, _accounts)

    def balances_get(
        self, access_token: str, account_ids: list[str], *, oldest: datetime.datetime | None = None
    ) -> list[BankAccount]:
        """The accounts with balances of this moment; paid for by call. `oldest`: how old they may be."""
        options: dict[str, Any] = {"account_ids": account_ids}
        if oldest:
            options["min_last_updated_datetime"] = oldest.isoformat(timespec="seconds")
        request = {"access_token": access_token, "options": options}
        return self._call("accounts_balance_get", request, _accounts, seconds=_REAL_TIME)

    def transactions_page(self, access_token: str, *, account_id: str, cursor: str) -> TransactionsPage:
        """The next page of one account's stream; `cursor` "" is its beginning."""
        request = {
            "access_token": access_token,
            "cursor": cursor,
            "count": PAGE_ROWS,
            "options": {
                "account_id": account_id,
                "include_original_description": True,
                "personal_finance_category_version": "v2",
                "days_requested": DAYS_REQUESTED,
            },
        }
        seconds = _PAGE if cursor else _FIRST_PAGE
        body = self._send("transactions_sync", request, seconds)
        return read_reply(lambda answer: read_transactions_page(answer, body), body)

    def holdings(self, access_token: str, *, account_id: str) -> HoldingsRead:
        """What one investment account holds."""
        request = {"access_token": access_token, "options": {"account_ids": [account_id]}}
        return self._call(
            "investments_holdings_get", request, lambda answer: read_holdings(answer, account_id), seconds=_PAGE
        )

    def investment_transactions_page(
        self, access_token: str, *, account_id: str, first: datetime.date, last: datetime.date, offset: int
    ) -> TradesPage:
        """What happened on one investment account in these days, newest first, from the entry `offset` on.

        Raises NotReady while the institution is still being asked for the history.
        """
        request = {
            "access_token": access_token,
            "start_date": first.isoformat(),
            "end_date": last.isoformat(),
            "options": {
                "account_ids": [account_id],
                "count": PAGE_ROWS,
                "offset": offset,
                "async_update": True,
            },
        }
        return self._call(
            "investments_transactions_get",
            request,
            lambda answer: read_trades_page(answer, account_id),
            seconds=_PAGE if offset else _FIRST_TRADES,
        )

    def webhook_verification_key(self, key_id: str) -> VerificationKey:
        """The key of this id, expired ones included. Raises RequestRefused or the like for a key that never was."""
        return self._call(
            "webhook_verification_key_get", {"key_id": key_id}, lambda answer: read_verification_key(answer["key"])
        )

    def institution(self, institution_id: str) -> Institution:
        """One bank of Plaid's directory."""
        request = {"institution_id": institution_id, "country_codes": ["US"]}
        return self._call("institutions_get_by_id", request, lambda answer: read_institution(answer["institution"]))

    def _call(
        self, operation: str, request: Mapping[str, Any], read: Callable[[Any], T], *, seconds: float = _NORMAL
    ) -> T:
        return read_reply(read, self._send(operation, request, seconds))

    def _send(self, operation: str, request: Mapping[str, Any], seconds: float) -> str:
        """The answer's JSON text. Never logs or raises what was sent or received."""
        import plaid

        try:
            answer = getattr(self._api, operation)(dict(request), _preload_content=False, _request_timeout=seconds)
            return str(answer.data.decode("utf-8"))
        except plaid.ApiException as error:
            raise refusal(error.status, self._without_secrets(error.body, request), error.headers) from None
        except CallFailed as error:
            logger.warning("Plaid's %s failed: %s", operation, error)
            raise TemporarilyUnavailable("Plaid did not answer in time. BudgetApp tries again by itself.") from None
        except (urllib3.exceptions.HTTPError, OSError) as error:
            logger.warning("Plaid's %s could not be reached: %s", operation, type(error).__name__)
            raise TemporarilyUnavailable("Plaid could not be reached. BudgetApp tries again by itself.") from None
        except (plaid.OpenApiException, ValueError, TypeError, AttributeError) as error:
            logger.warning("Plaid's %s gave no answer that can be read: %s", operation, type(error).__name__)
            raise bad_answer() from None

    def _without_secrets(self, body: str | None, request: Mapping[str, Any]) -> str:
        """The body of a refusal: its words may be shown, and something on the way may have repeated what was sent."""
        text = body or ""
        for secret in (self._secret, request.get("access_token"), request.get("public_token")):
            text = text.replace(secret, "***") if secret else text
        return text


@lru_cache(maxsize=1)
def _gateway(known_as: Credentials) -> Gateway:
    return Gateway(known_as)


def _link_request(client_user_id: str, redirect_uri: str) -> dict[str, Any]:
    """What every visit to Link asks for. Plaid refuses an empty `redirect_uri`."""
    request: dict[str, Any] = {
        "client_name": "BudgetApp",
        "language": "en",
        "country_codes": ["US"],
        "user": {"client_user_id": client_user_id},
    }
    return request | ({"redirect_uri": redirect_uri} if redirect_uri else {})


def _plaid_api(known_as: Credentials) -> Any:
    import plaid  # 45 MB and over half a second: only where Plaid is spoken to
    from plaid.api.plaid_api import PlaidApi

    configuration = plaid.Configuration(
        host=known_as.host, api_key={"clientId": known_as.client_id, "secret": known_as.secret}
    )
    client = plaid.ApiClient(configuration)
    client.rest_client.pool_manager = Transport()
    return PlaidApi(client)


def _accounts(answer: Mapping[str, Any]) -> list[BankAccount]:
    return [read_account(account) for account in answer["accounts"]]
