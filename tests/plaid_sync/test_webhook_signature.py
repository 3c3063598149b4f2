"""What is sent to the webhooks' address has an effect only if Plaid signed it, just now, as it is."""

import base64
import hashlib
import hmac
import json
import logging
import time
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client
from django_q.models import OrmQ

from accounts.worker import beat
from plaid_sync.emulator import errors as bank_errors
from plaid_sync.emulator.signing import SigningKey
from plaid_sync.models import WebhookEvent
from plaid_sync.views import webhook as view
from plaid_sync.webhooks.receiving import verification_keys
from plaid_sync.webhooks.signature import LARGEST_BODY, Reason, Refused, VerificationKeys
from tests.plaid_sync.faults import answer, serving
from tests.plaid_sync.notices import PATH, body_of, post, send

pytestmark = pytest.mark.django_db
LOOKUP = "/webhook_verification_key/get"
BODY = body_of("item-1")


@pytest.fixture(autouse=True)
def fresh():
    """A process that knows no keys and has logged no refusal."""
    verification_keys.cache_clear()
    view._told.clear()


@pytest.fixture
def key(bank) -> SigningKey:
    beat()
    return bank.world.keys.current


def token(key: SigningKey, *, header: dict | None = None, claims: dict | None = None, by: object = None) -> str:
    """A token whose parts can be bent; signed by the key, or by another and with another algorithm."""
    head = {"alg": "ES256", "kid": key.kid, "typ": "JWT", **(header or {})}
    said = {"iat": int(time.time()), "request_body_sha256": hashlib.sha256(BODY).hexdigest(), **(claims or {})}
    said = {name: value for name, value in said.items() if value is not None}
    head = {name: value for name, value in head.items() if value is not None}
    signed = ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (head, said)
    )
    algorithm = jwt.get_algorithm_by_name(head["alg"])
    signature = algorithm.sign(signed.encode(), key._private if by is None else by)
    return f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def public_pem(key: SigningKey) -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key._private.public_key().public_bytes(serialization.Encoding.PEM, form)


def bare(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def confused(key: SigningKey) -> str:
    """HS256 with the public key as the secret: the classic confusion of algorithms."""
    parts = f"{bare({'alg': 'HS256', 'kid': key.kid})}.{token(key).split('.')[1]}"
    mac = hmac.digest(public_pem(key), parts.encode(), "sha256")
    return f"{parts}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def by_rsa(key: SigningKey) -> str:
    return token(key, header={"alg": "RS256"}, by=rsa.generate_private_key(public_exponent=65537, key_size=2048))


NOW = time.time
FORGERIES = {
    "no signature": lambda _key: None,
    "an empty signature": lambda _key: "",
    "no token": lambda _key: "Bearer abc",
    "three parts of nothing": lambda _key: "a.b.c",
    "a header that is a list": lambda key: f"{bare([])}.{token(key).split('.', 1)[1]}",
    "a header without end": lambda _key: f"{base64.urlsafe_b64encode(b'[' * 1400).decode()}.e.e",
    "a long token": lambda key: token(key, claims={"more": "x" * 2048}),
    "no algorithm": lambda key: f"{bare({'alg': 'none', 'kid': key.kid})}.{token(key).split('.')[1]}.",
    "HS256 with the public key": confused,
    "RS256": by_rsa,
    "another's key under Plaid's key id": lambda key: token(key, by=SigningKey()._private),
    "a key of the sender's own": lambda _key: token(SigningKey()),
    "no key id": lambda key: token(key, header={"kid": None}),
    "several key ids": lambda key: f"{bare({'alg': 'ES256', 'kid': [key.kid]})}.{token(key).split('.', 1)[1]}",
    "a long key id": lambda key: token(key, header={"kid": "k" * 65}),
    "a path as key id": lambda key: token(key, header={"kid": "../../keys/1"}),
    "a critical extension": lambda key: token(key, header={"crit": ["exp"], "exp": 1}),
    "no time": lambda key: token(key, claims={"iat": None}),
    "a time in words": lambda key: token(key, claims={"iat": str(int(NOW()))}),
    "a time that is true": lambda key: token(key, claims={"iat": True}),
    "a time beyond all calendars": lambda key: token(key, claims={"iat": 10**30}),
    "over five minutes ago": lambda key: token(key, claims={"iat": int(NOW()) - 303}),
    "in the future": lambda key: token(key, claims={"iat": int(NOW()) + 30}),
    "no hash": lambda key: token(key, claims={"request_body_sha256": None}),
    "a hash that is a number": lambda key: token(key, claims={"request_body_sha256": 5}),
    "a hash of another body": lambda key: token(key, claims={"request_body_sha256": hashlib.sha256(b"").hexdigest()}),
    "a signature that was cut": lambda key: token(key)[:-4],
}
ALTERED = {
    "one byte more": BODY + b"\n",
    "one byte less": BODY[:-1],
    "another object behind it": BODY + b"{}",
    "the same object without indents": json.dumps(json.loads(BODY)).encode(),
    "another item": body_of("item-2"),
    "nothing": b"",
}


def assert_refused(response, status: int = 400) -> None:
    assert (response.status_code, response.content) == (status, b"")
    assert not WebhookEvent.objects.exists()
    assert not OrmQ.objects.exists()


def test_what_plaid_has_signed_is_stored_and_left_to_the_worker(key):
    response = post(BODY, token(key))
    assert (response.status_code, response.content) == (200, b"")
    event = WebhookEvent.objects.get()
    assert (event.kind, event.code, event.item_id) == ("TRANSACTIONS", "SYNC_UPDATES_AVAILABLE", "item-1")
    assert (event.environment, event.outcome) == ("sandbox", WebhookEvent.Outcome.WAITING)
    assert [each.task["func"] for each in OrmQ.objects.all()] == ["plaid_sync.webhooks.tasks.act_on_webhooks"]


@pytest.mark.parametrize("forgery", FORGERIES)
def test_what_plaid_has_not_signed_has_no_effect(key, forgery):
    assert_refused(post(BODY, FORGERIES[forgery](key)))


@pytest.mark.parametrize("body", ALTERED)
def test_what_was_altered_on_its_way_has_no_effect(key, body):
    assert_refused(post(ALTERED[body], key.sign(BODY, at=time.time())))


def test_what_is_too_large_is_not_even_read(key):
    body = body_of("item-1", more="x" * LARGEST_BODY)
    assert_refused(send(key, body), 413)
    fitting = body_of("item-1", more="x" * (LARGEST_BODY - len(body_of("item-1", more=""))))
    assert len(fitting) == LARGEST_BODY
    assert send(key, fitting).status_code == 200


def test_clocks_may_differ_a_little(key):
    assert send(key, BODY, age=290).status_code == 200
    assert send(key, BODY, age=-3).status_code == 200


def test_a_key_that_was_retired_signs_no_more(bank, key):
    bank.world.keys.rotate()
    assert_refused(send(key, BODY))
    assert send(bank.world.keys.current, BODY).status_code == 200


def test_a_key_that_is_known_is_asked_about_again_a_day_later(bank, key):
    keys, now = VerificationKeys(), datetime.now(UTC)
    keys.find(key.kid, now=now)
    bank.world.keys.rotate()
    keys.find(key.kid, now=now + timedelta(hours=23))
    assert bank.calls[LOOKUP] == 1
    with pytest.raises(Refused, match=Reason.EXPIRED_KEY.value):
        keys.find(key.kid, now=now + timedelta(hours=25))


def test_an_unknown_key_is_asked_about_once_in_ten_minutes(bank, key):
    keys, now, unknown = VerificationKeys(), datetime.now(UTC), SigningKey()
    for moment in (now, now + timedelta(minutes=9)):
        with pytest.raises(Refused, match=Reason.UNKNOWN_KEY.value):
            keys.find(unknown.kid, now=moment)
    assert bank.calls[LOOKUP] == 1
    with pytest.raises(Refused, match=Reason.UNKNOWN_KEY.value):
        keys.find(unknown.kid, now=now + timedelta(minutes=11))
    assert bank.calls[LOOKUP] == 2


def test_a_flood_of_unknown_keys_is_not_passed_on_to_plaid(bank, key):
    for _ in range(10):
        assert_refused(post(BODY, token(SigningKey())))
    assert_refused(post(BODY, token(SigningKey())), 429)
    assert bank.calls[LOOKUP] == 10


def test_a_known_key_is_good_during_a_flood(key):
    send(key, body_of("item-2"))
    for _ in range(11):
        post(BODY, token(SigningKey()))
    assert send(key, BODY).status_code == 200


def test_a_known_key_is_asked_about_again_during_a_flood(key):
    keys, now = VerificationKeys(), datetime.now(UTC)
    keys.find(key.kid, now=now)
    tomorrow = now + timedelta(days=1, minutes=1)
    for number in range(11):
        with pytest.raises(Refused):
            keys.find(f"made-up-{number}", now=tomorrow)
    assert keys.find(key.kid, now=tomorrow).jwk["kid"] == key.kid


def test_while_plaid_can_not_tell_its_key_it_is_asked_to_come_again(bank, key):
    bank.script.refuse(LOOKUP, bank_errors.internal_server_error())
    assert_refused(send(key, BODY), 503)
    assert send(key, BODY).status_code == 200


@pytest.mark.parametrize("broken", [{"x": "AAAA"}, {"y": None}, {"crv": "P-521"}, {"kty": "oct"}, {"alg": "ES512"}])
def test_a_key_that_is_none_verifies_nothing(settings, key, broken):
    told = json.dumps({"key": key.public() | broken, "request_id": "r"}).encode()
    with serving(answer(told)) as plaid:
        settings.PLAID_EMULATOR_URL = plaid.url
        assert_refused(send(key, BODY), 503)


def test_a_replay_is_answered_and_does_nothing(key):
    signature = key.sign(BODY, at=time.time())
    assert [post(BODY, signature).status_code for _ in range(3)] == [200] * 3
    assert WebhookEvent.objects.count() == OrmQ.objects.count() == 1


def test_a_second_signature_that_is_derived_from_the_first_is_a_replay_too(key):
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    signature = key.sign(BODY, at=time.time())
    signed, _, mac = signature.rpartition(".")
    raw = base64.urlsafe_b64decode(mac + "==")
    twin = raw[:32] + (order - int.from_bytes(raw[32:], "big")).to_bytes(32, "big")
    post(BODY, signature)
    assert post(BODY, f"{signed}.{base64.urlsafe_b64encode(twin).rstrip(b'=').decode()}").status_code == 200
    assert WebhookEvent.objects.count() == 1


def test_the_same_news_signed_again_is_news(key):
    send(key, BODY, age=60)
    send(key, BODY)
    assert WebhookEvent.objects.count() == 2


@pytest.mark.parametrize(
    "body", [b"[]", b"null", b"\xff\xfe", b"{", b"[" * 5000, b'{"webhook_type": 5, "item_id": null}']
)
def test_what_plaid_has_signed_is_stored_whatever_it_is(key, body):
    assert send(key, body).status_code == 200
    event = WebhookEvent.objects.get()
    assert (event.kind, event.code, event.item_id, event.facts) == ("", "", "", {})


def test_of_what_it_says_only_what_is_used_is_kept(key):
    send(key, body_of("item-1", "ERROR", "ITEM", error={"display_message": "secret"}, account_id="a\0b", user_id="u"))
    assert WebhookEvent.objects.get().facts == {"account_id": "ab"}


def test_without_a_worker_it_waits(bank):
    send(bank.world.keys.current, BODY)
    assert WebhookEvent.objects.get().outcome == WebhookEvent.Outcome.WAITING
    assert not OrmQ.objects.exists()


@pytest.mark.parametrize("method", ["get", "head", "put", "delete", "patch"])
def test_only_post_is_answered(key, method):
    assert getattr(Client(), method)(PATH).status_code == 405


def test_without_plaid_there_is_no_such_address(settings, key):
    settings.PLAID_ENV = ""
    assert_refused(send(key, BODY), 404)


def test_a_refusal_is_logged_now_and_then_without_what_was_sent(key, caplog):
    caplog.set_level(logging.INFO, "plaid_sync")
    for _ in range(5):
        post(b"my secret body", token(key))
    refusals = [record.getMessage() for record in caplog.records if record.name == view.__name__]
    assert refusals == ["A webhook was refused: its body is not the one that was signed"]
