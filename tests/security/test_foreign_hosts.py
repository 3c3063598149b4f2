"""Addresses that come with a request lead nowhere but into the app, whatever they say."""

import itertools
from urllib.parse import quote, urlsplit

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from accounts.models import Account
from tests.household import make_account

pytestmark = pytest.mark.django_db

PASSWORD = "a long enough password"
EVIL = [
    "https://evil.example/",
    "http://evil.example",
    "//evil.example/",
    "///evil.example",
    "////evil.example/%2e%2e",
    "/\\evil.example",
    "\\\\evil.example",
    "https:evil.example",
    "https:/evil.example",
    "http://testserver@evil.example/",
    "http://testserver.evil.example/",
    "https://evil.example#testserver",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    " https://evil.example",
    "\thttps://evil.example",
    "/\t/evil.example",
    "ftp://testserver/",
]
HOSTS = [
    "evil.example",
    "evil.example:8000",
    "127.0.0.1.evil.example",
    "127.0.0.1@evil.example",
    "evil.example\r\nX: 1",
]


@pytest.fixture
def account(db: None) -> Account:
    return make_account()


def stays_here(location: str) -> bool:
    """Whether a browser that is told so stays on the app's own host."""
    seen = location.replace("\\", "/").replace("\t", "").strip()  # as browsers read it
    parts = urlsplit(seen)
    return parts.scheme in {"", "http"} and parts.hostname in {None, "testserver"} and not seen.startswith("//")


@pytest.mark.parametrize("target", EVIL)
def test_signing_in_leads_into_the_app(user: User, target: str) -> None:
    form = {"username": "alice", "password": PASSWORD, "next": target}
    assert stays_here(Client().post("/sign-in/", form)["Location"])
    assert stays_here(Client().post(f"/sign-in/?next={quote(target)}", form | {"next": target})["Location"])


@pytest.mark.parametrize("target", EVIL)
def test_buttons_lead_back_into_the_app(signed_in: Client, account: Account, target: str) -> None:
    for address in ("/accounts/sync/", f"/accounts/{account.pk}/sync/", f"/accounts/{account.pk}/balances/"):
        assert stays_here(signed_in.post(address, headers={"Referer": target})["Location"]), address
    assert stays_here(signed_in.post("/investments/sync/", headers={"Referer": target})["Location"])
    assert stays_here(signed_in.post("/investments/prices/refresh/", headers={"Referer": target})["Location"])
    answer = signed_in.post("/theme/", {"theme": "dark", "next": target})
    assert stays_here(answer["Location"])


@pytest.mark.parametrize("host", HOSTS)
def test_a_request_for_a_foreign_host_is_refused(signed_in: Client, host: str) -> None:
    for address in ("/accounts/", "/connect/", "/oauth-callback?oauth_state_id=1", "/sign-in/", "/admin/"):
        assert signed_in.get(address, headers={"Host": host}).status_code == 400, address


@pytest.mark.parametrize("host", HOSTS)
def test_a_forwarded_host_is_not_listened_to(signed_in: Client, bank, host: str, settings: Settings) -> None:
    for settings.TRUST_PROXY in (False, True):
        for name in ("X-Forwarded-Host", "Forwarded", "X-Original-Host", "X-Host", "X-Forwarded-Server"):
            answer = signed_in.get("/connect/", headers={name: host, "Host": "127.0.0.1:8000"})
            assert answer.status_code == 200
            assert "evil" not in answer.content.decode()


def test_the_return_from_a_bank_is_told_to_link_by_our_own_address(signed_in: Client, bank) -> None:
    signed_in.post("/connect/start/", {}, content_type="application/json")
    for host, forwarded in itertools.product(("127.0.0.1:8000", "localhost:8000"), HOSTS):
        answer = signed_in.get(
            "/oauth-callback?oauth_state_id=1&next=//evil.example",
            headers={"Host": host, "X-Forwarded-Host": forwarded},
        )
        assert answer.context["visit"]["receivedRedirectUri"].startswith("http://127.0.0.1:8000/oauth-callback?")


def test_a_stolen_return_opens_nothing_for_somebody_else(signed_in: Client, bank) -> None:
    signed_in.post("/connect/start/", {}, content_type="application/json")
    thief = Client()
    assert thief.get("/oauth-callback?oauth_state_id=1")["Location"].startswith("/sign-in/")
    thief.force_login(User.objects.create_user("bob"))
    assert "visit" not in thief.get("/oauth-callback?oauth_state_id=1").context
    victims_second_browser = Client()
    victims_second_browser.force_login(User.objects.get(username="alice"))
    assert "visit" not in victims_second_browser.get("/oauth-callback?oauth_state_id=1").context
