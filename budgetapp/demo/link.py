"""The way through Link, page by page, as a browser with Plaid's script would go."""

import html
import json
import re
from typing import Any
from urllib.parse import urlencode

from budgetapp.demo.visitor import Page, Visitor

USER, PASSWORD = "user_good", "pass_good"
VISIT = re.compile(r'<script id="link-visit" type="application/json">(.*?)</script>', re.DOTALL)
SUCCESS = re.compile(r'data-success="([^"]*)"')


def connect(visitor: Visitor, bank: str, institution_id: str, *, begin: str = "/connect/") -> Page:
    """Connects all accounts of the bank, from the page `begin`, and adds them; gives the page of the first sync."""
    page = visitor.get(begin)
    visit = visitor.post_json(page, f"{begin}start/", {"account": ""})
    step = _open_link(visitor, bank, visit)
    step = visitor.submit(step, step.form("institution_id"), institution_id=institution_id)
    if step.url.endswith("/oauth"):
        page = _sign_in_at_the_bank(visitor, step)
        visit = _visit_of(page)
        step = _open_link(visitor, bank, visit)
    else:
        step = visitor.submit(step, step.form("password"), user=USER, password=PASSWORD)
    step = visitor.submit(step, step.form("role"))
    report = _success_of(step)
    answer = visitor.post_json(page, "/connect/exchange/", {"session": visit["session"], **report})
    mapping = visitor.get(answer["next"])
    return visitor.submit(mapping, mapping.form("bank-0"))


def _open_link(visitor: Visitor, bank: str, visit: dict[str, Any]) -> Page:
    """The first page in Link's frame; after OAuth the one where the session had been left."""
    query = {"token": visit["token"], "origin": visitor.site}
    if "receivedRedirectUri" in visit:
        query["received_redirect_uri"] = visit["receivedRedirectUri"]
    return visitor.get(f"{bank}/link/start?{urlencode(query)}")


def _sign_in_at_the_bank(visitor: Visitor, step: Page) -> Page:
    """Leaves the app for the bank's own page; gives the page of the app that the bank returns to."""
    own = visitor.get(step.url.removesuffix("/oauth") + "/bank")
    page = visitor.submit(own, own.form("password"), user=USER, password=PASSWORD)
    if not page.url.startswith(visitor.site):
        raise LookupError(f"The bank did not return to the app but to {page.url}.")
    return page


def _visit_of(page: Page) -> dict[str, Any]:
    found = VISIT.search(page.text)
    if not found:
        raise LookupError(f"{page.url} has nothing to resume.")
    visit: dict[str, Any] = json.loads(found[1])
    return visit


def _success_of(step: Page) -> dict[str, Any]:
    found = SUCCESS.search(step.text)
    if not found:
        raise LookupError(f"{step.url} does not say that Link succeeded.")
    success: dict[str, Any] = json.loads(html.unescape(found[1]))
    return success
