"""Visits to Link that end well, without the browser."""

import json
from datetime import timedelta
from urllib.request import Request, urlopen

from django.contrib.auth.models import User
from django.utils import timezone

from plaid_sync.emulator.institutions import INSTITUTIONS
from plaid_sync.emulator.link import flow
from plaid_sync.emulator.server import EmulatorServer
from plaid_sync.linking import LinkSuccess, connect
from plaid_sync.models import LinkSession, PlaidItem
from plaid_sync.repair import complete, start_repair
from plaid_sync.vault import decrypt_link_token

PLATYPUS = "ins_109508"
OAUTH = "ins_127287"
GINGHAM = "ins_900101"
TATTERSALL = "ins_900102"
ARGYLE = "ins_900103"
TARTAN = "ins_109511"


def open_session(user: User, **facts) -> LinkSession:
    return LinkSession.objects.create(user=user, expires_at=timezone.now() + timedelta(hours=4), **facts)


def report(bank: EmulatorServer, institution_id: str = PLATYPUS, products: tuple[str, ...] = ("transactions",)) -> dict:
    """What the browser posts after a link with all accounts of the bank."""
    request = {
        "client_id": bank.keys.client_id,
        "secret": bank.keys.secret,
        "institution_id": institution_id,
        "initial_products": list(products),
    }
    answer = urlopen(
        Request(
            f"{bank.url}/sandbox/public_token/create",
            data=json.dumps(request).encode(),
            headers={"Content-Type": "application/json"},
        ),
        timeout=10,
    )
    plans = INSTITUTIONS[institution_id].plans
    return {
        "public_token": json.load(answer)["public_token"],
        "metadata": {
            "institution": {"institution_id": institution_id, "name": INSTITUTIONS[institution_id].name},
            "accounts": [{"id": plan.role, "name": plan.name, "mask": plan.mask} for plan in plans],
            "link_session_id": "visit-1",
        },
    }


def visit(
    bank: EmulatorServer,
    user: User,
    institution_id: str = PLATYPUS,
    products: tuple[str, ...] = ("transactions",),
    **facts,
) -> LinkSession:
    """A session after Link's success was reported."""
    session = open_session(user, **facts)
    connect(session, LinkSuccess.read(report(bank, institution_id, products)))
    return session


def visit_brokerage(bank: EmulatorServer, user: User, institution_id: str = GINGHAM) -> LinkSession:
    return visit(bank, user, institution_id, ("investments",), purpose=LinkSession.Purpose.INVEST)


def sign_in_again(
    bank: EmulatorServer,
    user: User,
    item: PlaidItem,
    *,
    purpose: str = LinkSession.Purpose.SIGN_IN,
    roles: set[str] | None = None,
) -> LinkSession:
    """A visit in update mode up to Link's success; `roles` are the accounts that are ticked, all if they are asked."""
    session = start_repair(user, item, purpose=LinkSession.Purpose(purpose))
    with bank.world.lock:
        visit = flow.start(bank.world, decrypt_link_token(session), "", "")
        flow.sign_in(bank.world, visit, "user_good", "pass_good")
        plans = {plan.role for plan, _is_shared in flow.offered_accounts(bank.world, visit)}
        flow.finish(bank.world, visit, plans if roles is None else roles)
    return session


def repair(bank: EmulatorServer, user: User, item: PlaidItem, **how) -> LinkSession:
    """The same, reported to the app."""
    session = sign_in_again(bank, user, item, **how)
    complete(session, item, link_session_id="visit-2")
    item.refresh_from_db()
    return session
