"""Every address against what was decided for it."""

import re
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import connections
from django.test import Client
from django.urls import get_resolver, reverse

from tests.security.furnished import Furnished
from tests.security.routes import ROUTES, Who, addresses, patterns

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}  # without it, fragments send on to their page
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}
SIGN_IN = re.compile(r"/(admin/login|sign-in)/\?next=")
# The page before an import compares the file with the books anew, and keeps what it found for the next page.
FOUND_ANEW = {"imports.ImportBatch", "imports.ImportedLine"}
NOBODYS_ID = 987654321
TOO_LARGE = 10**30


def names(**wanted: object) -> list[str]:
    return [
        name for name, route in ROUTES.items() if all(getattr(route, key) == value for key, value in wanted.items())
    ]


def test_every_route_was_decided() -> None:
    ours = {name or address for name, address in addresses() if not name.startswith("admin:")}
    assert ours == set(ROUTES)


def test_only_webhooks_need_no_csrf_token() -> None:
    exempt = {entry.name for entry in patterns(get_resolver()) if getattr(entry.callback, "csrf_exempt", False)}
    assert exempt == {"plaid_webhook"}


@pytest.mark.parametrize("method", sorted(METHODS))
def test_nobody_gets_anywhere_without_signing_in(method: str) -> None:
    anybody = {"admin:login", *names(who=Who.ANYBODY)}
    answers = {
        name: Client().generic(method, address, content_type="application/json")
        for name, address in addresses()
        if name not in anybody
    }
    assert len(answers) > 100
    open_routes = {
        name: response.status_code
        for name, response in answers.items()
        if response.status_code != 302 or not SIGN_IN.match(response["Location"])
    }
    assert open_routes == {}


def test_other_methods_than_the_decided_ones_are_refused(admin_client: Client, furnished: Furnished) -> None:
    answers = {
        (name, method): admin_client.generic(method, furnished.address(name)).status_code
        for name, route in ROUTES.items()
        for method in METHODS - route.methods
        if name not in {"sign_in", "set_up"}  # they only send on who is signed in
    }
    assert {key: status for key, status in answers.items() if status != 405} == {}


def test_the_decided_methods_are_taken(furnished: Furnished, user: User) -> None:
    """Those of addresses with an id are seen where nobody has the id."""
    for name, route in ROUTES.items():
        for method in route.methods if not route.of else ():
            browser = Client(raise_request_exception=False)
            browser.force_login(user)
            assert browser.generic(method, furnished.address(name)).status_code != 405, name


def test_no_form_is_taken_without_a_csrf_token(furnished: Furnished, user: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user)
    answers = {name: browser.post(furnished.address(name)).status_code for name in names(is_form=True)}
    assert answers.pop("plaid_webhook") == 400  # refused for its missing signature instead
    assert set(answers.values()) == {403}, answers


def test_what_is_for_superusers_is_refused_to_the_rest_of_the_household(
    signed_in: Client, furnished: Furnished
) -> None:
    answers = [signed_in.post(furnished.address(name)).status_code for name in names(who=Who.SUPERUSER)]
    assert answers == [403] * 5


def test_everybody_of_the_household_sees_every_page(signed_in: Client, furnished: Furnished) -> None:
    answers = {address: signed_in.get(address).status_code for address in furnished.pages()}
    refused = {furnished.address(name) for name in names(who=Who.SUPERUSER)} & set(answers)
    assert {address: status for address, status in answers.items() if status not in {200, 302}} == dict.fromkeys(
        refused, 403
    )


def test_an_id_that_nobody_has_is_not_found(user: User, furnished: Furnished) -> None:
    answers = {}
    browser = Client(raise_request_exception=False)
    browser.force_login(user)
    for name, route in ROUTES.items():
        ids = furnished.ids.get(route.of, ())
        for strange in (NOBODYS_ID, TOO_LARGE) if ids and all(isinstance(value, int) for value in ids) else ():
            address = reverse(name, args=[*ids[:-1], strange])
            answers |= {
                (name, method, strange): browser.generic(method, address, headers=HTMX) for method in route.methods
            }
    assert len(answers) > 60
    found = {key: answer.status_code for key, answer in answers.items() if answer.status_code != 404}
    lines = {("decide", "GET", strange): 302 for strange in (NOBODYS_ID, TOO_LARGE)}  # to the list, without the line
    assert found == lines


def test_looking_changes_nothing(admin_client: Client, furnished: Furnished) -> None:
    before = everything_stored()
    for address in furnished.pages():
        admin_client.get(address)
        admin_client.get(address, headers=HTMX)
    assert everything_stored() == before


def everything_stored() -> dict[str, list[Any]]:
    """All rows of both databases, but for sessions, which note when somebody was last seen."""
    stored = {}
    for model in apps.get_models(include_auto_created=True):
        if model._meta.label not in {"sessions.Session", *FOUND_ANEW}:
            alias = "investments" if model._meta.app_label == "investments" else "default"
            with connections[alias].cursor() as cursor:
                cursor.execute(f'SELECT * FROM "{model._meta.db_table}"')  # noqa: S608  a table of ours
                stored[model._meta.label] = sorted(map(repr, cursor.fetchall()))
    return stored
