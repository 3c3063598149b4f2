"""The gateway: what it asks, what it reads, and what it makes of everything that can go wrong on the wire."""

import gzip
import json
import logging
import time
from decimal import Decimal

import pytest
import urllib3

from plaid_sync import errors
from plaid_sync.credentials import Credentials
from plaid_sync.emulator.errors import Fault
from plaid_sync.gateway import Gateway, gateway_from_settings
from plaid_sync.replies import parse_json
from plaid_sync.transport import Answer, CallFailed, Transport
from tests.plaid_sync.faults import answer, drip, flood, say, serving, silence, then_hang_up
from tests.plaid_sync.visits import report

TOKEN = "access-sandbox-0123456789abcdef"
SECRET = "the-secret-of-the-client"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def gateway(url: str) -> Gateway:
    return Gateway(Credentials("sandbox", "client", SECRET, url))


# Credentials


def test_credentials_do_not_show_their_secret():
    assert SECRET not in repr(Credentials("sandbox", "client", SECRET, "https://sandbox.plaid.com"))


def test_a_process_has_one_client(bank):
    assert gateway_from_settings() is gateway_from_settings()


# Endpoints, against the simulated bank


def test_the_way_from_link_to_transactions(bank):
    plaid = gateway_from_settings()
    link = plaid.link_token_create(client_user_id="household", redirect_uri="")
    assert link.token.startswith("link-")
    assert link.expires_at.tzinfo is not None
    exchange = plaid.exchange(report(bank)["public_token"])
    item = plaid.item_get(exchange.access_token)
    assert (item.item_id, item.institution_id, item.error) == (exchange.item_id, "ins_109508", None)
    accounts = plaid.accounts_get(exchange.access_token)
    assert {(each.type, each.subtype) for each in accounts} >= {("depository", "checking"), ("credit", "credit card")}
    assert all(isinstance(each.balances.current, Decimal) for each in accounts)
    chosen = accounts[0].account_id
    assert [each.account_id for each in plaid.balances_get(exchange.access_token, [chosen])] == [chosen]
    assert plaid.institution("ins_127287").is_oauth
    plaid.item_remove(exchange.access_token)
    with pytest.raises(errors.AccessRevoked):
        plaid.item_get(exchange.access_token)


def test_a_page_tells_where_the_next_one_begins(bank):
    linked = bank.bank.link()
    bank.bank.fill(linked.accounts["savings"], 500)
    page = gateway_from_settings().transactions_page(
        linked.access_token, account_id=linked.accounts["savings"], cursor=""
    )
    assert (page.has_more, page.row_count, page.update_status) == (True, 500, "HISTORICAL_UPDATE_COMPLETE")
    assert page.next_cursor
    assert isinstance(parse_json(page.body)["added"][0]["amount"], Decimal)


def test_transactions_are_asked_for_with_all_that_the_books_need():
    with serving(answer(b"{}")) as server:
        with pytest.raises(errors.BadAnswer):
            gateway(server.url).transactions_page(TOKEN, account_id="account-1", cursor="cursor-1")
        head, _, body = server.requests[0].partition(b"{")
    assert b"POST /transactions/sync" in head
    assert json.loads(b"{" + body) == {
        "access_token": TOKEN,
        "cursor": "cursor-1",
        "count": 500,
        "options": {
            "account_id": "account-1",
            "include_original_description": True,
            "personal_finance_category_version": "v2",
            "days_requested": 730,
        },
    }


def test_wrong_keys_are_a_configuration_error(bank):
    with pytest.raises(errors.ConfigurationError) as caught:
        gateway(bank.url).link_token_create(client_user_id="household")
    assert caught.value.code == "INVALID_API_KEYS"
    assert caught.value.request_id


def test_a_cursor_of_another_account_is_refused(bank):
    linked = bank.bank.link()
    plaid = gateway_from_settings()
    page = plaid.transactions_page(linked.access_token, account_id=linked.accounts["checking"], cursor="")
    with pytest.raises(errors.CursorRefused):
        plaid.transactions_page(linked.access_token, account_id=linked.accounts["card"], cursor=page.next_cursor)


def test_a_bank_that_wants_a_sign_in_says_so(bank):
    linked = bank.bank.link()
    bank.bank.reset_login(linked.item_id)
    with pytest.raises(errors.LoginRequired, match="sign in again"):
        gateway_from_settings().accounts_get(linked.access_token)


# The wire


@pytest.mark.parametrize(
    ("reply", "expected", "code"),
    [
        (
            answer(b"<html>502 Bad Gateway</html>", status=502, kind="text/html"),
            errors.TemporarilyUnavailable,
            "HTTP_502",
        ),
        (answer(b"", status=500), errors.TemporarilyUnavailable, "HTTP_500"),
        (answer(b"<html>slow down</html>", status=429, kind="text/html"), errors.RateLimited, "HTTP_429"),
        (answer(b"no", status=404, kind="text/plain"), errors.BadAnswer, "HTTP_404"),
        (answer(b"", status=302, Location="http://127.0.0.1:9/"), errors.BadAnswer, "HTTP_302"),
        (answer(b"[1]", status=400), errors.BadAnswer, "HTTP_400"),
        (answer(b"\xff\xfe\x00", status=400), errors.BadAnswer, "BAD_ANSWER"),
        (answer(b"<html>Sign in to this Wi-Fi</html>", kind="text/html"), errors.BadAnswer, "BAD_ANSWER"),
        (answer(b"\xff\xfe"), errors.BadAnswer, "BAD_ANSWER"),
        (answer(b""), errors.BadAnswer, "BAD_ANSWER"),
        (answer(b"null"), errors.BadAnswer, "BAD_ANSWER"),
        (answer(b"[]"), errors.BadAnswer, "BAD_ANSWER"),
        (answer(b"{}"), errors.BadAnswer, "BAD_ANSWER"),
        (answer(b'{"accounts": [null]}'), errors.BadAnswer, "BAD_ANSWER"),
        (answer(b'{"accounts": [{"name": "no id"}]}'), errors.BadAnswer, "BAD_ANSWER"),
        (answer(b"[" * 100_000), errors.BadAnswer, "BAD_ANSWER"),
        (answer(b'{"accounts": [', length=9000), errors.TemporarilyUnavailable, ""),
        (answer(b"not gzip", Content_Encoding="gzip"), errors.TemporarilyUnavailable, ""),
        (say(b""), errors.TemporarilyUnavailable, ""),
        (say(b"\x16\x03\x01 what?\r\n\r\n"), errors.TemporarilyUnavailable, ""),
        (say(HEAD + b"Content-Length: 100\r\n\r\n{"), errors.TemporarilyUnavailable, ""),
    ],
)
def test_whatever_comes_back_becomes_an_error_to_act_on(reply, expected, code):
    with serving(then_hang_up(reply)) as server, pytest.raises(errors.PlaidError) as caught:
        gateway(server.url).accounts_get(TOKEN)
    assert type(caught.value) is expected
    assert caught.value.code == code
    assert caught.value.is_retryable


def test_nobody_there_is_an_outage():
    with serving(silence) as server:
        url = server.url
    with pytest.raises(errors.TemporarilyUnavailable, match="could not be reached"):
        gateway(url).accounts_get(TOKEN)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("90", 90), ("0", 0), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("-5", None), ("9" * 50, None)],
)
def test_the_pause_that_plaid_asks_for_is_kept(header, seconds):
    body = json.dumps({"error_type": "RATE_LIMIT_EXCEEDED", "error_code": "TRANSACTIONS_SYNC_LIMIT"}).encode()
    with serving(answer(body, status=429, Retry_After=header)) as server, pytest.raises(errors.RateLimited) as caught:
        gateway(server.url).accounts_get(TOKEN)
    assert caught.value.retry_after == seconds


def test_a_call_that_was_sent_is_not_sent_twice():
    with serving(say(b"")) as server:
        with pytest.raises(errors.TemporarilyUnavailable):
            gateway(server.url).accounts_get(TOKEN)
        assert len(server.requests) == 1


def test_a_redirect_does_not_carry_the_secret_along():
    with serving(answer(b"{}")) as target, serving(answer(b"", status=307, Location=target.url)) as server:
        with pytest.raises(errors.BadAnswer):
            gateway(server.url).accounts_get(TOKEN)
        assert target.requests == []


@pytest.mark.parametrize("cursor", ["é", "a\x00", "x" * 1025, 7])
def test_a_cursor_that_cannot_be_one_is_a_bad_answer(cursor):
    page = {"added": [], "modified": [], "removed": [], "accounts": [], "has_more": False, "next_cursor": cursor}
    with serving(answer(json.dumps(page).encode())) as server, pytest.raises(errors.BadAnswer):
        gateway(server.url).transactions_page(TOKEN, account_id="a", cursor="")


@pytest.mark.parametrize("key", ["added", "modified", "removed", "accounts", "has_more"])
@pytest.mark.parametrize("value", [None, "x", {}])
def test_a_page_without_its_parts_is_a_bad_answer(key, value):
    page = {"added": [], "modified": [], "removed": [], "accounts": [], "has_more": False, "next_cursor": "c"}
    with serving(answer(json.dumps(page | {key: value}).encode())) as server, pytest.raises(errors.BadAnswer):
        gateway(server.url).transactions_page(TOKEN, account_id="a", cursor="")


def test_a_key_that_expires_beyond_all_time_is_a_bad_answer():
    key = dict.fromkeys(("alg", "crv", "kid", "kty", "use", "x", "y"), "text") | {"expired_at": "9" * 500}
    with serving(answer(json.dumps({"key": key}).encode())) as server, pytest.raises(errors.BadAnswer):
        gateway(server.url).webhook_verification_key("key-1")


# Time and size


def send(url: str, seconds: float) -> Answer:
    return Transport().request(
        "POST", url, body="{}", headers={}, timeout=urllib3.Timeout(total=seconds), preload_content=False
    )


@pytest.mark.parametrize(
    "reply",
    [
        silence,
        drip(b"HTTP/1.1 200 OK\r\nX-A: ", b"a"),
        drip(HEAD + b"Content-Length: 100000\r\n\r\n", b"["),
        drip(HEAD + b"Connection: close\r\nContent-Length: 100000\r\n\r\n", b"["),
        drip(HEAD + b"\r\n", b"["),
        drip(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n[\r\n"),
        drip(b"HTTP/1.1 500 Oops\r\nContent-Length: 100000\r\n\r\n", b"["),
    ],
    ids=["silence", "headers", "body", "closing", "endless", "chunks", "error page"],
)
def test_a_slow_drip_does_not_outlast_the_time(reply):
    with serving(reply) as server:
        started = time.monotonic()
        with pytest.raises(urllib3.exceptions.HTTPError):
            send(server.url, 0.4)
        assert time.monotonic() - started < 5


def test_a_slow_drip_on_a_connection_that_was_kept_alive_does_not_either():
    transport = Transport()
    limit = urllib3.Timeout(total=0.4)
    with serving(answer(b"{}"), drip(HEAD + b"Content-Length: 100000\r\n\r\n", b"[")) as server:
        facts = {"body": "{}", "headers": {}, "timeout": limit, "preload_content": False}
        assert transport.request("POST", server.url, **facts).data == b"{}"
        with pytest.raises(CallFailed):
            transport.request("POST", server.url, **facts)
        assert transport.request  # and the next call finds a fresh connection


def test_an_endless_body_ends_at_the_size():
    with serving(flood) as server, pytest.raises(CallFailed, match="too large"):
        send(server.url, 20)


def test_a_body_that_unpacks_without_end_ends_at_the_size():
    bomb = gzip.compress(b"[" * 200_000_000, compresslevel=9)
    with serving(answer(bomb, Content_Encoding="gzip")) as server, pytest.raises(CallFailed, match="too large"):
        send(server.url, 20)


# Secrets


def test_no_secret_reaches_the_log_or_the_error(bank, caplog):
    caplog.set_level(logging.DEBUG)
    linked = bank.bank.link()
    echo = Fault("ITEM_ERROR", "NEW_CODE", f"failed for {linked.access_token}", display=f"See {linked.access_token}")
    bank.script.refuse("/accounts/get", echo)
    with pytest.raises(errors.NeedsAttention) as caught:
        gateway_from_settings().accounts_get(linked.access_token)
    gateway_from_settings().accounts_get(linked.access_token)
    with pytest.raises(errors.AccessRevoked):
        gateway_from_settings().accounts_get(TOKEN)
    shown = caplog.text + str(caught.value) + repr(caught.value) + caught.value.display_message
    assert linked.access_token not in shown
    assert TOKEN not in shown
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
