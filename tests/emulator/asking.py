"""Bare requests to the simulated bank, and reading a whole update as an application does."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen


@dataclass(frozen=True)
class Answer:
    """An HTTP answer; `body` has exact numbers."""

    status: int
    body: dict


def send(url: str, body: bytes | None, headers: dict[str, str] | None = None) -> Answer:
    """One request with these bytes, as JSON; a POST when there is a body."""
    request = Request(url, body, {"Content-Type": "application/json", **(headers or {})})
    try:
        with urlopen(request, timeout=20) as response:
            return Answer(response.status, json.loads(response.read(), parse_float=Decimal))
    except HTTPError as error:
        with error:
            return Answer(error.code, json.loads(error.read(), parse_float=Decimal))


def poster(url: str) -> Callable[..., Answer]:
    """A function that posts fields to a path, with the right keys in the headers."""

    def ask(path: str, **fields: object) -> Answer:
        keys = {"PLAID-CLIENT-ID": "emulator", "PLAID-SECRET": "emulator"}
        return send(url + path, json.dumps(fields).encode(), keys)

    return ask


def walk_through_link(url: str, token: str, institution_id: str, *roles: str) -> None:
    """Link a bank with credentials by posting the forms of Link's pages; no bank is chosen ("") in update mode."""
    address = f"{url}/link/start?token={token}&origin=http://127.0.0.1:8000"
    with urlopen(address, timeout=20) as page:
        session = page.url.rpartition("/")[0]
    steps = (
        ("institutions", [("institution_id", institution_id)]),
        ("credentials", [("user", "user_good"), ("password", "pass_good")]),
        ("accounts", [("role", role) for role in roles]),
    )
    for step, fields in steps if institution_id else steps[1:]:
        urlopen(f"{session}/{step}", urlencode(fields).encode(), timeout=20).close()


@dataclass
class Update:
    """All pages of one loop."""

    cursor: str = ""
    status: str = ""
    pages: int = 0
    accounts: list = field(default_factory=list)
    added: list = field(default_factory=list)
    modified: list = field(default_factory=list)
    removed: list = field(default_factory=list)


def ask_page(ask, linked, account_id: str | None, cursor: str, *, count: int = 2) -> Answer:
    """One page, whatever the answer."""
    options = {"include_original_description": True} | ({"account_id": account_id} if account_id else {})
    return ask("/transactions/sync", access_token=linked.access_token, cursor=cursor, count=count, options=options)


def read_all(ask, linked, account_id: str | None, cursor: str = "", *, count: int = 500) -> Update:
    """Page from the cursor until there is no more."""
    update = Update(cursor)
    has_more = True
    while has_more:
        answer = ask_page(ask, linked, account_id, update.cursor, count=count)
        assert answer.status == 200, answer.body
        update.cursor, has_more = answer.body["next_cursor"], answer.body["has_more"]
        update.status = answer.body["transactions_update_status"]
        update.pages += 1
        for name in ("accounts", "added", "modified", "removed"):
            getattr(update, name).extend(answer.body[name])
    return update
