"""Webhooks of the simulated bank: when they are sent, how they are signed, and that Plaid's models read them."""

import hashlib
import json
import time
from datetime import timedelta

import jwt
import plaid
import pytest
from plaid.api.plaid_api import PlaidApi
from plaid.model.custom_sandbox_transaction import CustomSandboxTransaction
from plaid.model.default_update_webhook import DefaultUpdateWebhook
from plaid.model.historical_update_webhook import HistoricalUpdateWebhook
from plaid.model.holdings_default_update_webhook import HoldingsDefaultUpdateWebhook
from plaid.model.initial_update_webhook import InitialUpdateWebhook
from plaid.model.investments_default_update_webhook import InvestmentsDefaultUpdateWebhook
from plaid.model.investments_historical_update_webhook import InvestmentsHistoricalUpdateWebhook
from plaid.model.item_access_token_invalidate_request import ItemAccessTokenInvalidateRequest
from plaid.model.item_error_webhook import ItemErrorWebhook
from plaid.model.item_get_request import ItemGetRequest
from plaid.model.item_login_repaired_webhook import ItemLoginRepairedWebhook
from plaid.model.item_webhook_update_request import ItemWebhookUpdateRequest
from plaid.model.new_accounts_available_webhook import NewAccountsAvailableWebhook
from plaid.model.pending_disconnect_webhook import PendingDisconnectWebhook
from plaid.model.pending_expiration_webhook import PendingExpirationWebhook
from plaid.model.sandbox_item_fire_webhook_request import SandboxItemFireWebhookRequest
from plaid.model.sandbox_item_reset_login_request import SandboxItemResetLoginRequest
from plaid.model.sandbox_transactions_create_request import SandboxTransactionsCreateRequest
from plaid.model.sync_updates_available_webhook import SyncUpdatesAvailableWebhook
from plaid.model.transactions_refresh_request import TransactionsRefreshRequest
from plaid.model.transactions_removed_webhook import TransactionsRemovedWebhook
from plaid.model.user_account_revoked_webhook import UserAccountRevokedWebhook
from plaid.model.user_permission_revoked_webhook import UserPermissionRevokedWebhook
from plaid.model.webhook_type import WebhookType
from plaid.model.webhook_update_acknowledged_webhook import WebhookUpdateAcknowledgedWebhook
from plaid.model.webhook_verification_key_get_request import WebhookVerificationKeyGetRequest
from plaid.model_utils import validate_and_convert_types

from plaid_sync.emulator.bank import Phase
from plaid_sync.emulator.news import pending_expiration
from plaid_sync.emulator.server import EmulatorServer
from tests.emulator.asking import read_all
from tests.emulator.conftest import TODAY

MODELS = {
    ("TRANSACTIONS", "SYNC_UPDATES_AVAILABLE"): SyncUpdatesAvailableWebhook,
    ("TRANSACTIONS", "INITIAL_UPDATE"): InitialUpdateWebhook,
    ("TRANSACTIONS", "HISTORICAL_UPDATE"): HistoricalUpdateWebhook,
    ("TRANSACTIONS", "DEFAULT_UPDATE"): DefaultUpdateWebhook,
    ("TRANSACTIONS", "TRANSACTIONS_REMOVED"): TransactionsRemovedWebhook,
    ("HOLDINGS", "DEFAULT_UPDATE"): HoldingsDefaultUpdateWebhook,
    ("INVESTMENTS_TRANSACTIONS", "DEFAULT_UPDATE"): InvestmentsDefaultUpdateWebhook,
    ("INVESTMENTS_TRANSACTIONS", "HISTORICAL_UPDATE"): InvestmentsHistoricalUpdateWebhook,
    ("ITEM", "ERROR"): ItemErrorWebhook,
    ("ITEM", "LOGIN_REPAIRED"): ItemLoginRepairedWebhook,
    ("ITEM", "NEW_ACCOUNTS_AVAILABLE"): NewAccountsAvailableWebhook,
    ("ITEM", "PENDING_DISCONNECT"): PendingDisconnectWebhook,
    ("ITEM", "PENDING_EXPIRATION"): PendingExpirationWebhook,
    ("ITEM", "USER_PERMISSION_REVOKED"): UserPermissionRevokedWebhook,
    ("ITEM", "USER_ACCOUNT_REVOKED"): UserAccountRevokedWebhook,
    ("ITEM", "WEBHOOK_UPDATE_ACKNOWLEDGED"): WebhookUpdateAcknowledgedWebhook,
}
FIRED = [
    ("ITEM", "ERROR"), ("ITEM", "LOGIN_REPAIRED"), ("ITEM", "NEW_ACCOUNTS_AVAILABLE"), ("ITEM", "PENDING_DISCONNECT"),
    ("ITEM", "USER_PERMISSION_REVOKED"), ("ITEM", "USER_ACCOUNT_REVOKED"), ("TRANSACTIONS", "SYNC_UPDATES_AVAILABLE"),
    ("TRANSACTIONS", "DEFAULT_UPDATE"), ("HOLDINGS", "DEFAULT_UPDATE"), ("INVESTMENTS_TRANSACTIONS", "DEFAULT_UPDATE"),
]  # fmt: skip


@pytest.fixture
def api(server):
    keys = {"clientId": "emulator", "secret": "emulator"}
    with plaid.ApiClient(plaid.Configuration(host=server.url, api_key=keys)) as client:
        yield PlaidApi(client)


@pytest.fixture
def linked(server, app):
    """A bank whose webhooks go to the app."""
    linked = server.bank.link(days=10)
    server.bank.send_webhooks(linked.item_id, app.url)
    return linked


@pytest.fixture
def everything(server, app):
    """A bank with every product, whose webhooks go to the app."""
    linked = server.bank.link("ins_109511", products=("transactions", "investments"))
    server.bank.send_webhooks(linked.item_id, app.url)
    return linked


def typed(request):
    """The payload, read with the model that Plaid's client has for it."""
    payload = request.payload
    model = MODELS[payload["webhook_type"], payload["webhook_code"]]
    return validate_and_convert_types(payload, (model,), ["payload"], True, True, plaid.Configuration())


def test_a_webhook_is_signed_with_a_key_that_plaid_tells_of(api, server, app, linked):
    api.sandbox_item_fire_webhook(
        SandboxItemFireWebhookRequest(access_token=linked.access_token, webhook_code="DEFAULT_UPDATE")
    )
    server.webhooks.settle()

    [request] = app.requests
    header = jwt.get_unverified_header(request.signature)
    key = api.webhook_verification_key_get(WebhookVerificationKeyGetRequest(key_id=header["kid"])).key
    claims = jwt.decode(request.signature, jwt.PyJWK(key.to_dict()).key, algorithms=["ES256"])
    assert header == {"alg": "ES256", "kid": key.kid, "typ": "JWT"}
    assert abs(claims["iat"] - time.time()) < 60
    assert claims["request_body_sha256"] == hashlib.sha256(request.body).hexdigest()
    assert request.path == "/webhooks/plaid/"
    assert request.body == json.dumps(request.payload, indent=2).encode()


def test_a_retired_key_is_still_told_of_with_its_end(api, server):
    retired = server.world.keys.current.kid
    server.world.keys.rotate()

    old, new = (
        api.webhook_verification_key_get(WebhookVerificationKeyGetRequest(key_id=kid)).key
        for kid in (retired, server.world.keys.current.kid)
    )

    assert old.expired_at is not None
    assert new.expired_at is None
    assert (old.x, old.y) != (new.x, new.y)


def test_a_key_that_never_was_is_refused(ask):
    answer = ask("/webhook_verification_key/get", key_id="nobody's")

    assert (answer.status, answer.body["error_code"]) == (400, "INVALID_WEBHOOK_VERIFICATION_KEY_ID")


@pytest.mark.parametrize(("kind", "code"), FIRED)
def test_every_webhook_that_can_be_fired_passes_plaids_model(api, server, app, everything, kind, code):
    answer = api.sandbox_item_fire_webhook(
        SandboxItemFireWebhookRequest(
            access_token=everything.access_token, webhook_code=code, webhook_type=WebhookType(kind)
        )
    )
    server.webhooks.settle()

    [request] = app.requests
    assert answer.webhook_fired
    assert typed(request).item_id == everything.item_id
    assert request.payload["environment"] == "sandbox"
    last = api.item_get(ItemGetRequest(access_token=everything.access_token)).status.last_webhook
    assert last.code_sent == code


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"webhook_code": "DEFAULT_UPDATE", "webhook_type": "HOLDINGS"}, "SANDBOX_PRODUCT_NOT_ENABLED"),
        ({"webhook_code": "NO_SUCH_CODE"}, "INVALID_FIELD"),
        ({"webhook_code": "ERROR", "webhook_type": "TRANSACTIONS"}, "INVALID_FIELD"),
    ],
)
def test_a_webhook_that_does_not_fit_the_item_is_refused(ask, app, linked, fields, code):
    answer = ask("/sandbox/item/fire_webhook", access_token=linked.access_token, **fields)

    assert (answer.status, answer.body["error_code"]) == (400, code)
    assert app.requests == []


def test_an_item_without_an_address_can_be_fired_nowhere(server, ask):
    answer = ask("/sandbox/item/fire_webhook", access_token=server.bank.link(days=1).access_token, webhook_code="ERROR")

    assert answer.body["error_code"] == "SANDBOX_WEBHOOK_INVALID"


def test_a_new_address_hears_that_it_is_the_address_now(api, server, app):
    linked = server.bank.link(days=10)

    item = api.item_webhook_update(ItemWebhookUpdateRequest(access_token=linked.access_token, webhook=app.url)).item
    server.webhooks.settle()

    assert item.webhook == app.url
    assert typed(app.requests[0]).new_webhook_url == app.url
    api.item_webhook_update(ItemWebhookUpdateRequest(access_token=linked.access_token, webhook=None))
    server.bank.reset_login(linked.item_id)
    server.webhooks.settle()
    assert app.codes() == ["WEBHOOK_UPDATE_ACKNOWLEDGED"]


def test_days_bring_news_of_rows_once_they_are_being_synced(server, ask, app, linked):
    server.bank.tick(3)
    server.webhooks.settle()
    assert "DEFAULT_UPDATE" in app.codes()
    assert "SYNC_UPDATES_AVAILABLE" not in app.codes()

    read_all(ask, linked, linked.accounts["checking"])
    server.bank.tick()
    server.webhooks.settle()

    news = [request for request in app.requests if request.payload["webhook_code"] == "SYNC_UPDATES_AVAILABLE"]
    assert [typed(request).historical_update_complete for request in news] == [True]
    for request in app.requests:
        typed(request)


def test_each_phase_of_the_history_is_told_of(server, ask, app):
    server.bank.begin_items_at(Phase.NOT_READY)
    linked = server.bank.link(days=60)
    server.bank.send_webhooks(linked.item_id, app.url)
    ask("/transactions/sync", access_token=linked.access_token)

    for phase in (Phase.INITIAL, Phase.HISTORICAL):
        server.bank.advance(linked.item_id, phase)
    server.webhooks.settle()

    assert app.codes() == ["INITIAL_UPDATE", "SYNC_UPDATES_AVAILABLE", "HISTORICAL_UPDATE", "SYNC_UPDATES_AVAILABLE"]
    told = [typed(request) for request in app.requests]
    assert told[0].new_transactions > 0
    assert (told[1].initial_update_complete, told[1].historical_update_complete) == (True, False)


def test_a_refresh_tells_of_rows_that_nobody_was_told_of(api, server, app, linked):
    api.transactions_refresh(TransactionsRefreshRequest(access_token=linked.access_token))
    server.bank.add(linked.accounts["checking"], "4.50")
    api.transactions_refresh(TransactionsRefreshRequest(access_token=linked.access_token))
    api.transactions_refresh(TransactionsRefreshRequest(access_token=linked.access_token))
    server.webhooks.settle()

    [request] = app.requests
    assert typed(request).new_transactions == 1


def test_rows_can_be_created_and_are_told_of(api, server, ask, app, linked):
    read_all(ask, linked, linked.accounts["savings"])
    row = CustomSandboxTransaction(
        date_transacted=TODAY - timedelta(days=1),
        date_posted=TODAY,
        amount=12.34,
        description="SQ *BLUE BOTTLE",
        account_id=linked.accounts["savings"],
    )
    api.sandbox_transactions_create(
        SandboxTransactionsCreateRequest(access_token=linked.access_token, transactions=[row])
    )
    server.webhooks.settle()

    assert app.codes() == ["DEFAULT_UPDATE", "SYNC_UPDATES_AVAILABLE"]
    made = server.bank.rows(linked.accounts["savings"])[-1]
    assert (made.cents, made.date, made.authorized_date) == (1234, TODAY, TODAY - timedelta(days=1))


@pytest.mark.parametrize(
    "wrong",
    [
        {"date_posted": "2026-07-22"},
        {"date_transacted": "2026-07-01"},
        {"date_posted": "2026-07-19"},
        {"amount": 1.005},
        {"amount": "4.50"},
        {"account_id": "nobody's"},
        {"iso_currency_code": "EUR"},
        {"description": ""},
    ],
)
def test_rows_that_cannot_be_are_not_created(server, ask, linked, wrong):
    row = {"date_transacted": "2026-07-20", "date_posted": "2026-07-21", "amount": 4.5, "description": "COFFEE"}
    before = len(server.world.items[linked.item_id].log.events)

    answer = ask("/sandbox/transactions/create", access_token=linked.access_token, transactions=[row | wrong])

    assert answer.status == 400
    assert answer.body["error_code"] in {"INVALID_FIELD", "INVALID_ACCOUNT_ID"}
    assert len(server.world.items[linked.item_id].log.events) == before


def test_a_lost_sign_in_and_its_repair_elsewhere_are_told_of(api, server, app, linked):
    api.sandbox_item_reset_login(SandboxItemResetLoginRequest(access_token=linked.access_token))
    server.bank.tick(2)
    server.bank.repair_login(linked.item_id)
    server.webhooks.settle()

    assert app.codes()[0] == "ERROR"
    assert typed(app.requests[0]).error.error_code == "ITEM_LOGIN_REQUIRED"
    assert app.codes()[1] == "DEFAULT_UPDATE"
    assert app.codes()[-1] == "LOGIN_REPAIRED"


def test_a_revoked_access_answers_nothing_but_its_state(api, server, ask, app, linked):
    server.bank.revoke(linked.item_id)
    server.webhooks.settle()

    assert app.codes() == ["USER_PERMISSION_REVOKED"]
    item = api.item_get(ItemGetRequest(access_token=linked.access_token)).item
    assert item.error.error_code == "USER_PERMISSION_REVOKED"
    assert ask("/accounts/get", access_token=linked.access_token).body["error_code"] == "USER_PERMISSION_REVOKED"


def test_a_revoked_account_is_gone_and_its_siblings_stay(server, ask, app, linked):
    server.bank.revoke_account(linked.accounts["card"])
    server.webhooks.settle()

    assert typed(app.requests[0]).account_id == linked.accounts["card"]
    left = ask("/accounts/get", access_token=linked.access_token).body["accounts"]
    assert [account["account_id"] for account in left] == [linked.accounts["checking"], linked.accounts["savings"]]
    assert read_all(ask, linked, None).added
    gone = ask("/transactions/sync", access_token=linked.access_token, options={"account_id": linked.accounts["card"]})
    assert gone.body["error_code"] == "INVALID_ACCOUNT_ID"


def test_a_consent_that_ends_is_announced(server, app, linked):
    server.bank.notify(linked.item_id, news=pending_expiration(server.world.now + timedelta(days=7)))
    server.webhooks.settle()

    assert typed(app.requests[0]).consent_expiration_time.date() == TODAY + timedelta(days=7)


def test_trades_and_holdings_are_told_of(server, app):
    linked = server.bank.link("ins_900101")
    server.bank.send_webhooks(linked.item_id, app.url)
    server.bank.trade(linked.accounts["ira"], "xplt", "3")
    server.bank.refresh(linked.item_id)
    server.webhooks.settle()

    holdings, trades = map(typed, app.requests)
    assert holdings.updated_holdings > 0
    assert (trades.new_investments_transactions, trades.cancelled_investments_transactions) == (1, 0)


def test_a_token_can_be_replaced(api, ask, linked):
    answer = api.item_access_token_invalidate(ItemAccessTokenInvalidateRequest(access_token=linked.access_token))

    assert ask("/item/get", access_token=answer.new_access_token).status == 200
    assert ask("/item/get", access_token=linked.access_token).body["error_code"] == "INVALID_ACCESS_TOKEN"


def test_what_was_told_survives_a_restart(tmp_path, app):
    file = tmp_path / "state.json"
    with EmulatorServer(file, today=TODAY) as server:
        linked = server.bank.link(days=30)
        server.bank.send_webhooks(linked.item_id, app.url)
        server.bank.add(linked.accounts["checking"], "4.50")
        server.bank.refresh(linked.item_id)
        server.webhooks.settle()
    with EmulatorServer(file, today=TODAY) as server:
        server.bank.refresh(linked.item_id)
        server.webhooks.settle()

    assert app.codes() == ["DEFAULT_UPDATE"]
