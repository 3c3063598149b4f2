import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

PUBLIC = {
    "sign_in",
    "admin:login",
    "plaid_webhook",
    "healthz",
    "readyz",
    "set_up",
}  # the last one asks for a signature instead
EXAMPLES = {"int": "1", "str": "x", "slug": "x", "path": "x", "uuid": "5f0c0f6e-7d3c-4e0e-9a53-0d9a3c1f2b3a"}


def patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    """Every route below `resolver`."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            yield entry
        else:
            yield from patterns(entry)


def routes(resolver: URLResolver, prefix: str = "/", namespace: str = "") -> Iterator[tuple[str, str]]:
    """Name and an example address of every route below `resolver`."""
    for entry in resolver.url_patterns:
        if not isinstance(entry.pattern, RoutePattern):
            continue  # the admin's catch-all for addresses that don't exist
        address = prefix + re.sub(r"<(?:(\w+):)?\w+>", lambda part: EXAMPLES[part[1] or "str"], str(entry.pattern))
        if isinstance(entry, URLPattern):
            yield namespace + (entry.name or ""), address
        else:
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from routes(entry, address, inner)


def test_only_webhooks_need_no_csrf_token() -> None:
    exempt = {entry.name for entry in patterns(get_resolver()) if getattr(entry.callback, "csrf_exempt", False)}
    assert exempt == {"plaid_webhook"}


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
def test_nobody_gets_anywhere_without_signing_in(method: str) -> None:
    answers = {
        name or address: getattr(Client(), method)(address)
        for name, address in routes(get_resolver())
        if name not in PUBLIC
    }
    assert len(answers) > 10
    open_routes = {
        name: response.status_code
        for name, response in answers.items()
        if response.status_code != 302 or not re.match(r"/(admin/login|sign-in)/\?next=", response["Location"])
    }
    assert open_routes == {}
