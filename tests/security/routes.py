"""What was decided for every address of the app: who may ask, how, and with the id of what.

A route that is missing here fails a test, so nothing is added without a decision.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern


class Who(StrEnum):
    ANYBODY = "anybody"  # each of these has a lock of its own, or nothing to hide
    MEMBER = "member"  # one household: everybody who is signed in sees the same
    SUPERUSER = "superuser"


@dataclass(frozen=True)
class Route:
    methods: frozenset[str]
    who: Who = Who.MEMBER
    of: str = ""  # whose id the address holds

    @property
    def is_page(self) -> bool:
        return "GET" in self.methods

    @property
    def is_form(self) -> bool:
        return "POST" in self.methods


def page(of: str = "", who: Who = Who.MEMBER) -> Route:
    return Route(frozenset({"GET"}), who, of)


def button(of: str = "", who: Who = Who.MEMBER) -> Route:
    return Route(frozenset({"POST"}), who, of)


def form(of: str = "", who: Who = Who.MEMBER) -> Route:
    return Route(frozenset({"GET", "POST"}), who, of)


ROUTES = {
    "home": page(),
    "welcome": page(),
    "sign_in": form(who=Who.ANYBODY),
    "sign_out": button(),
    "set_up": form("token", who=Who.ANYBODY),  # asks for a signed link instead
    "healthz": page(who=Who.ANYBODY),
    "readyz": page(who=Who.ANYBODY),
    "theme": button(),
    "settings": page(),
    "settings_plaid": button(who=Who.SUPERUSER),
    "settings_test": button(who=Who.SUPERUSER),
    "settings_forget_secret": button("environment", who=Who.SUPERUSER),
    "settings_household": button(),
    "password": form(),
    "demo": page(),
    "demo_begin": button(who=Who.SUPERUSER),
    "demo_end": form(who=Who.SUPERUSER),
    "system_health": page(),
    # The books
    "accounts": page(),
    "account_totals": page(),
    "account": page("account"),
    "account_row": page("account"),
    "account_progress": page("account"),
    "account_create": form(),
    "account_edit": form("account"),
    "account_delete": form("account"),
    "needs_you": page(),
    "decide": form("held_line"),  # whoever signs in again on the way to it is led back to the list
    "transactions": page(),
    "transaction": form("transaction"),
    "transaction_row": page("transaction"),
    "transaction_reset": button("transaction"),
    "take_apart": button("transaction"),
    "sync_history": page(),
    "sync_run": page("run"),
    "sync_run_row": page("run"),
    "investment_runs": page(),
    # Files
    "imports": page(),
    "import_upload": form(),
    "import_batch": page("batch"),
    "import_map": form("unread_batch"),
    "import_layout": button("unread_batch"),
    "import_accounts": form("parted_batch"),
    "import_review": page("reviewed_batch"),
    "import_choice": button("reviewed_batch"),
    "import_confirm": form("reviewed_batch"),
    "import_done": page("batch"),
    "import_resume": button("batch"),
    "import_undo": form("batch"),
    "import_again": button("batch"),
    "import_discard": button("reviewed_batch"),
    # Banks
    "connect": page(),
    "connect_start": button(),
    "connect_brokerage": page(),
    "connect_brokerage_start": button(),
    "connect_exchange": button(),
    "connect_exit": button(),
    "connect_accounts": form("visit"),
    "connect_progress": page("visit"),
    "connections": page(),
    "sign_in_again": page("item"),
    "sign_in_again_start": button("item"),
    "add_accounts": page("item"),
    "add_accounts_start": button("item"),
    "oauth_callback": page(),
    "sync_all": button(),
    "sync_account": button("account"),
    "refresh_balances": button("account"),
    "disconnect": form("account"),
    "plaid_webhook": button(who=Who.ANYBODY),  # asks for Plaid's signature instead
    # Investments
    "portfolio": page(),
    "investment_progress": page(),
    "investment_account": page("investment_account"),
    "investment_account_add": form(),
    "investment_account_edit": form("investment_account"),
    "investment_account_delete": form("investment_account"),
    "investment_activity": page(),
    "investment_income": page(),
    "investment_position_add": form("account_by_hand"),
    "investment_position": form("position_by_hand"),
    "investment_position_remove": button("position_by_hand"),
    "sync_investments": button(),
    "sync_investment_account": button("investment_account"),
    "disconnect_investment_account": form("investment_account"),
    "prices": page(),
    "refresh_prices": button(),
}

EXAMPLES = {"int": "1", "str": "x", "slug": "x", "path": "x", "uuid": "5f0c0f6e-7d3c-4e0e-9a53-0d9a3c1f2b3a"}


def patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    """Every route below `resolver`."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            yield entry
        else:
            yield from patterns(entry)


def addresses(prefix: str = "/", namespace: str = "", resolver: URLResolver | None = None) -> Iterator[tuple[str, str]]:
    """Name and an example address of every route."""
    for entry in (resolver or get_resolver()).url_patterns:
        if not isinstance(entry.pattern, RoutePattern):
            continue  # the admin's catch-all for addresses that don't exist
        address = prefix + re.sub(r"<(?:(\w+):)?\w+>", lambda part: EXAMPLES[part[1] or "str"], str(entry.pattern))
        if isinstance(entry, URLPattern):
            yield namespace + (entry.name or ""), address
        else:
            yield from addresses(address, f"{namespace}{entry.namespace}:" if entry.namespace else namespace, entry)
