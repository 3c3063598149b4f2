"""What every answer says to the browser about itself, whoever asks and however it ends."""

import re

import pytest
from django.contrib.admin import site
from django.contrib.auth.models import User
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from tests.budgetapp.test_security_headers import POLICY
from tests.security.furnished import Furnished
from tests.security.routes import ROUTES, addresses

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
BANKS = {"connect", "connect_brokerage", "sign_in_again", "add_accounts", "oauth_callback"}  # they load Link's script
LINK = "http://127.0.0.1:9"
INLINE = re.compile(r"""<style|\sstyle=|\son\w+=|<script(?![^>]*(\ssrc=|type="application/json"))""")


def assert_guarded(answer: HttpResponseBase, name: str) -> None:
    policy = set(answer["Content-Security-Policy"].split("; "))
    if name in BANKS:
        assert policy - POLICY <= {
            f"script-src 'self' {LINK}",
            f"frame-src 'self' {LINK}",
            f"connect-src 'self' {LINK}",
        }, name
        assert POLICY - policy == {"script-src 'self'"}, name
    else:
        assert policy == POLICY, name
    opener = "same-origin-allow-popups" if name in BANKS else "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == opener, name
    assert answer["X-Content-Type-Options"] == "nosniff", name
    assert answer["Referrer-Policy"] == "same-origin", name
    assert answer["X-Frame-Options"] == "DENY", name


def test_every_answer_to_a_household_is_guarded_and_has_nothing_inline(
    admin_client: Client, furnished: Furnished
) -> None:
    for name, route in ROUTES.items():
        for method in ("GET", "PUT"):
            answer = admin_client.generic(method, furnished.address(name), headers=HTMX)
            assert_guarded(answer, name if method in route.methods else "refused")
            page = answer.content.decode() if answer.get("Content-Type", "").startswith("text/html") else ""
            assert not INLINE.search(page), name


def test_every_answer_to_nobody_is_guarded(settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.budgetapp.failing_urls"
    browser = Client(raise_request_exception=False)
    for _name, address in [*addresses(), ("missing", "/no-such-page/"), ("failing", "/fails/")]:
        for method in ("GET", "POST"):
            assert_guarded(browser.generic(method, address), "answer to nobody")
    assert_guarded(browser.get("/accounts/", headers={"Host": "evil.example"}), "foreign host")


def test_every_page_of_the_admin_is_guarded_and_has_nothing_inline(admin_client: Client, furnished: Furnished) -> None:
    for model in site._registry:
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        answers = [admin_client.get(reverse(f"admin:{name}_changelist"))]
        answers += [admin_client.get(reverse(f"admin:{name}_change", args=[row.pk])) for row in model.objects.all()[:1]]
        for answer in answers:
            assert answer.status_code == 200
            assert_guarded(answer, name)
            assert not INLINE.search(answer.content.decode()), name


@pytest.mark.parametrize("name", ["schedule", "failure", "success"])
def test_nobody_edits_the_queue(admin_client: Client, name: str) -> None:
    assert admin_client.get(f"/admin/django_q/{name}/").status_code == 200
    assert admin_client.post(f"/admin/django_q/{name}/add/", {"name": "x", "func": "os.system"}).status_code == 403


def test_the_admin_is_closed_to_who_does_not_run_the_server(signed_in: Client, furnished: Furnished) -> None:
    assert signed_in.get("/admin/")["Location"].startswith("/admin/login/")
    User.objects.filter(username="alice").update(is_staff=True)  # without permissions
    for model in site._registry:
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        assert signed_in.get(reverse(f"admin:{name}_changelist")).status_code == 403, name
