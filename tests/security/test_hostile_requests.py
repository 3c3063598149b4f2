"""Whatever stands in an address or a form: it is ignored or refused, and never an error of the server."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.security.furnished import Furnished
from tests.security.routes import ROUTES, Who

pytestmark = pytest.mark.django_db

NAMES = (
    "account", "account_type", "after", "all", "amount", "answer", "asked", "balance", "before", "category", "change",
    "choice", "client_id", "cost", "cost_basis", "currency", "date", "description", "direction", "environment", "field",
    "institution", "interval", "kind", "line", "mask", "merchant_name", "name", "next", "notes", "oauth_state_id",
    "page", "password", "period", "price", "q", "quantity", "secret", "security", "sent", "show", "since", "sort",
    "status", "theme", "ticker", "time_zone", "until",
)  # fmt: skip
VALUES = {
    "a number of 5,000 digits": "9" * 5000,
    "beyond 64 bits": str(2**63),
    "infinite": "1e999999999",
    "a power, which is a digit but no decimal": "²",
    "a day that is none": "2026-13-40",
    "a day at the end of time": "9999-12-31",
    "a NUL": "1\x002",
    "JSON": '[{"a": null}]',
    "a long text": "x" * 20_000,
    "two lines": "a\r\nSet-Cookie: b=c",
}


def query(value: str) -> dict[str, str]:
    text = value.encode("utf-8", "replace").decode()
    return dict.fromkeys(NAMES, text)


def test_no_page_fails_because_of_what_was_asked(user: User, furnished: Furnished) -> None:
    browser = Client(raise_request_exception=False)
    browser.force_login(user)
    answers = {
        (address, kind): browser.get(address, query(value), headers={"HX-Request": "true"})
        for kind, value in VALUES.items()
        for address in furnished.pages()
        if address != "/readyz"  # says 503 without a worker
    }
    assert {key: answer.status_code for key, answer in answers.items() if answer.status_code >= 500} == {}
    assert not [key for key, answer in answers.items() if "Set-Cookie: b" in str(answer.headers)]


def test_no_form_fails_because_of_what_was_sent(admin_user: User, furnished: Furnished) -> None:
    browser = Client(raise_request_exception=False)
    browser.force_login(admin_user)
    left_out = {"sign_out", "import_discard", "import_again", "disconnect", "disconnect_investment_account"}
    answers = {
        (name, kind): browser.post(furnished.address(name), query(value)).status_code
        for kind, value in VALUES.items()
        for name, route in ROUTES.items()
        if route.is_form and route.who != Who.ANYBODY and name not in left_out
    }
    # 502: the bank can't be reached, and that is said
    assert {key: status for key, status in answers.items() if status >= 500 and status != 502} == {}


def test_no_call_of_links_script_fails_because_of_its_json(user: User, plaid: None) -> None:
    browser = Client(raise_request_exception=False)
    browser.force_login(user)
    bodies = ["", "null", "[]", "{", '"x"', "1" * 5000, '{"session": 1e400}', '{"session": {"a": 1}}', "[" * 100_000,
              '{"session": "' + "9" * 5000 + '"}', '{"session": 1, "metadata": []}', '{"session": true}']  # fmt: skip
    for address in ("/connect/exchange/", "/connect/exit/", "/webhooks/plaid/"):
        for body in bodies:
            answer = browser.post(address, body, content_type="application/json")
            assert 400 <= answer.status_code < 500, (address, body[:40])
