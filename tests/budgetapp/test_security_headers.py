from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponseBase
from django.test import Client
from pytest_django import Settings

from tests.budgetapp.processes import run

POLICY = {
    "default-src 'self'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
}


def assert_guarded(response: HttpResponseBase) -> None:
    assert set(response["Content-Security-Policy"].split("; ")) == POLICY
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["X-Frame-Options"] == "DENY"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "status"), [("/admin/login/", 200), ("/admin/", 302), ("/no-such-page/", 404), ("/fails/", 500)]
)
def test_every_answer_carries_the_policy(settings: Settings, path: str, status: int) -> None:
    settings.ROOT_URLCONF = "tests.budgetapp.failing_urls"
    response = Client(raise_request_exception=False).get(path)
    assert response.status_code == status
    assert_guarded(response)


@pytest.mark.django_db
def test_a_refused_form_carries_the_policy() -> None:
    response = Client(enforce_csrf_checks=True).post("/admin/login/", {"username": "a", "password": "b"})
    assert response.status_code == 403
    assert_guarded(response)


@pytest.mark.parametrize("path", ["/accounts/", "/transactions/", "/sync-history/", "/accounts/new/", "/investments/"])
def test_pages_of_the_books_carry_the_policy(signed_in: Client, path: str) -> None:
    response = signed_in.get(path)
    assert response.status_code == 200
    assert_guarded(response)


@pytest.mark.django_db
def test_pages_of_the_admin_carry_the_policy(client: Client) -> None:
    client.force_login(User.objects.create_superuser("root"))
    assert_guarded(client.get("/admin/"))


def test_a_page_contains_nothing_that_the_policy_forbids(db: None, client: Client) -> None:
    page = client.get("/admin/login/").content.decode()
    assert "style=" not in page
    assert "onclick=" not in page


SIGN_IN = """
import django, json; django.setup()
from django.test import Client
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.contrib.auth.models import User
User.objects.create_superuser("root", password="a long enough password")
client = Client(headers={"host": "money.example.org"})
page = client.get("/admin/login/", secure=True)
form = {"username": "root", "password": "a long enough password", "next": "/admin/"}
client.post("/admin/login/", form, secure=True)
print(json.dumps({
    "cookies": {c.key: [c["secure"], c["httponly"], c["samesite"], c["path"], c["domain"]]
                for c in client.cookies.values()},
    "hsts": page.headers.get("Strict-Transport-Security"),
    "plain": client.get("/admin/login/").status_code,
    "evil": Client(headers={"host": "evil.example.org"}).get("/admin/login/", secure=True).status_code,
    "hash": User.objects.get().password.split("$")[0],
}))
"""


def test_under_https_cookies_stay_on_this_host_and_browsers_stay_on_https(tmp_path: Path) -> None:
    seen = run(SIGN_IN, SITE_URL="https://money.example.org", DATA_DIR=str(tmp_path))
    assert seen["cookies"] == {
        "__Host-budgetapp-session": [True, True, "Lax", "/", ""],
        "__Host-budgetapp-csrf": [True, True, "Lax", "/", ""],
    }
    assert seen["hsts"] == "max-age=31536000; includeSubDomains; preload"
    assert seen["plain"] == 301


def test_a_request_for_another_host_is_refused_and_passwords_are_kept_by_argon2(tmp_path: Path) -> None:
    seen = run(SIGN_IN, SITE_URL="https://money.example.org", DATA_DIR=str(tmp_path))
    assert seen["evil"] == 400
    assert seen["hash"] == "argon2"
