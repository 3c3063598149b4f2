"""Requests that Plaid refuses are refused in Plaid's words."""

import json

import pytest

from plaid_sync.emulator.routes import ROUTES
from tests.emulator.asking import send

KEYS = {"client_id": "emulator", "secret": "emulator"}
TOKEN = "access-sandbox-00000000-0000-0000-0000-000000000000"
LINK = {
    "client_name": "BudgetApp",
    "language": "en",
    "country_codes": ["US"],
    "user": {"client_user_id": "household"},
    "products": ["transactions"],
}


def error(answer):
    return answer.status, answer.body["error_type"], answer.body["error_code"]


def without(fields, name):
    return {key: value for key, value in fields.items() if key != name}


def test_credentials_count_in_headers_and_in_the_body(server, ask):
    request = {"institution_id": "ins_109508", "country_codes": ["US"]}

    assert ask("/institutions/get_by_id", **request).status == 200
    assert send(f"{server.url}/institutions/get_by_id", json.dumps(KEYS | request).encode()).status == 200


def test_wrong_credentials_are_refused(server):
    body = json.dumps({"client_id": "emulator", "secret": "other"}).encode()

    assert error(send(f"{server.url}/accounts/get", body)) == (400, "INVALID_INPUT", "INVALID_API_KEYS")


def test_missing_credentials_are_named(server):
    answer = send(f"{server.url}/accounts/get", b"{}")

    assert answer.body["error_message"] == "the following required fields are missing: client_id,secret"


def test_an_unknown_path_is_not_found(ask):
    assert error(ask("/no/such/path")) == (404, "INVALID_REQUEST", "NOT_FOUND")


def test_plaids_paths_cannot_be_read_with_get(server):
    assert send(f"{server.url}/accounts/get", None).status == 404


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"\xff"])
def test_a_body_that_is_no_json_object_is_refused(server, body):
    assert error(send(f"{server.url}/accounts/get", body)) == (400, "INVALID_REQUEST", "INVALID_BODY")


@pytest.mark.parametrize("path", ROUTES)
def test_unknown_fields_are_named(ask, path):
    answer = ask(path, surprise=1)

    assert error(answer) == (400, "INVALID_REQUEST", "UNKNOWN_FIELDS")
    assert answer.body["error_message"].endswith("recognized by this endpoint: surprise")


@pytest.mark.parametrize("path", ROUTES)
def test_missing_fields_are_named(ask, path):
    answer = ask(path)

    assert error(answer) == (400, "INVALID_REQUEST", "MISSING_FIELDS")
    assert answer.body["request_id"].isalnum()
    assert len(answer.body["request_id"]) == 15


def test_unknown_fields_are_found_in_nested_objects(ask):
    answer = ask("/accounts/get", access_token=TOKEN, options={"surprise": 1})

    assert answer.body["error_message"].endswith("recognized by this endpoint: options.surprise")


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/transactions/sync", {"access_token": TOKEN, "count": 0}),
        ("/transactions/sync", {"access_token": TOKEN, "count": 501}),
        ("/transactions/sync", {"access_token": TOKEN, "count": "500"}),
        ("/transactions/sync", {"access_token": TOKEN, "count": True}),
        ("/transactions/sync", {"access_token": TOKEN, "options": []}),
        ("/transactions/sync", {"access_token": TOKEN, "options": {"days_requested": 731}}),
        ("/transactions/get", {"access_token": TOKEN, "start_date": "2026-2-1", "end_date": "2026-02-30"}),
        ("/accounts/get", {"access_token": ""}),
        ("/accounts/get", {"access_token": 7}),
        ("/accounts/get", {"access_token": TOKEN, "options": {"account_ids": "one"}}),
        ("/link/token/create", LINK | {"products": ["money"]}),
        ("/link/token/create", LINK | {"country_codes": []}),
        ("/link/token/create", LINK | {"redirect_uri": "https://budget.example/back?x=1"}),
        ("/link/token/create", LINK | {"redirect_uri": "http://budget.example/back"}),
        ("/link/token/create", LINK | {"additional_consented_products": ["transactions"]}),
        ("/link/token/create", LINK | {"transactions": {"days_requested": 731}}),
    ],
)
def test_values_that_do_not_fit_are_refused(ask, path, fields):
    assert error(ask(path, **fields)) == (400, "INVALID_REQUEST", "INVALID_FIELD")


@pytest.mark.parametrize("name", ["user", "products"])
def test_a_link_token_needs_a_user_and_a_product(ask, name):
    answer = ask("/link/token/create", **without(LINK, name))

    assert answer.body["error_message"] == f"the following required fields are missing: {name}"


def test_balance_is_no_product_to_link_with(ask):
    assert error(ask("/link/token/create", **LINK | {"products": ["balance"]}))[2] == "INVALID_PRODUCT"


@pytest.mark.parametrize("token", [TOKEN, TOKEN.replace("sandbox", "production"), "public-sandbox-1", "nonsense"])
def test_an_unknown_access_token_is_refused(ask, token):
    assert error(ask("/accounts/get", access_token=token)) == (400, "INVALID_INPUT", "INVALID_ACCESS_TOKEN")


def test_a_public_token_serves_once(ask):
    created = ask("/sandbox/public_token/create", institution_id="ins_109508", initial_products=["transactions"])
    token = created.body["public_token"]

    assert ask("/item/public_token/exchange", public_token=token).status == 200
    assert error(ask("/item/public_token/exchange", public_token=token))[2] == "INVALID_PUBLIC_TOKEN"


def test_a_public_token_dies_of_age(server, ask):
    created = ask("/sandbox/public_token/create", institution_id="ins_109508", initial_products=["transactions"])
    server.bank.tick()

    answer = ask("/item/public_token/exchange", public_token=created.body["public_token"])

    assert error(answer)[2] == "INVALID_PUBLIC_TOKEN"


def test_a_removed_item_is_not_found(server, ask):
    linked = server.bank.link(days=1)

    assert ask("/item/remove", access_token=linked.access_token).status == 200
    for path in ("/item/get", "/accounts/get", "/transactions/sync", "/item/remove"):
        assert error(ask(path, access_token=linked.access_token)) == (400, "ITEM_ERROR", "ITEM_NOT_FOUND")


def test_an_unknown_institution_is_refused(ask):
    answer = ask("/institutions/get_by_id", institution_id="ins_0", country_codes=["US"])

    assert error(answer) == (400, "INVALID_INPUT", "INVALID_INSTITUTION")


def test_a_bank_that_is_down_links_nothing(ask):
    answer = ask("/sandbox/public_token/create", institution_id="ins_132361", initial_products=["transactions"])

    assert error(answer) == (400, "INSTITUTION_ERROR", "INSTITUTION_DOWN")


def test_wrong_bank_credentials_are_refused(ask):
    answer = ask(
        "/sandbox/public_token/create",
        institution_id="ins_109508",
        initial_products=["transactions"],
        options={"override_username": "user_bad"},
    )

    assert error(answer) == (400, "ITEM_ERROR", "INVALID_CREDENTIALS")


@pytest.mark.parametrize("path", ["/accounts/get", "/accounts/balance/get", "/transactions/sync"])
def test_an_item_that_needs_its_customer_refuses_products(server, ask, path):
    linked = server.bank.link(days=1)
    ask("/sandbox/item/reset_login", access_token=linked.access_token)

    assert error(ask(path, access_token=linked.access_token)) == (400, "ITEM_ERROR", "ITEM_LOGIN_REQUIRED")


def test_a_bank_can_go_down_and_come_back(server, ask):
    linked = server.bank.link(days=1)

    server.bank.take_down("ins_109508")
    assert error(ask("/accounts/get", access_token=linked.access_token))[2] == "INSTITUTION_DOWN"
    server.bank.bring_up("ins_109508")
    assert ask("/accounts/get", access_token=linked.access_token).status == 200


def test_a_stranger_among_the_account_ids_is_refused(server, ask):
    linked = server.bank.link(days=1)

    answer = ask("/accounts/get", access_token=linked.access_token, options={"account_ids": ["stranger"]})

    assert error(answer)[2] == "INVALID_ACCOUNT_ID"


@pytest.mark.parametrize("path", ["/accounts/get", "/emulator/ledger", "/emulator/tick"])
def test_a_host_name_that_is_not_loopback_is_refused(server, path):
    answer = send(f"{server.url}{path}", b"{}", {"Host": "bank.example"})

    assert error(answer)[2] == "INVALID_HEADERS"


@pytest.mark.parametrize("path", ["/sandbox/public_token/create", "/emulator/tick"])
@pytest.mark.parametrize("body", [b"", b"{}"])
def test_a_form_of_a_web_page_changes_nothing(server, path, body):
    answer = send(f"{server.url}{path}", body, {"Content-Type": "text/plain"})

    assert error(answer)[2] == "INVALID_HEADERS"
