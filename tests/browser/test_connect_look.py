"""The pages of connecting, in every state that they have: axe, both themes, no sideways scrolling."""

import datetime

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from accounts.models import Account, SyncLog
from plaid_sync import attach
from plaid_sync.emulator.server import EmulatorServer
from plaid_sync.error_codes import plaid_error
from plaid_sync.item_state import record_account_error, record_item_error
from plaid_sync.mapping import NEW
from plaid_sync.models import LinkedAccount, LinkSession, PlaidItem
from plaid_sync.steps import Step
from tests.browser.test_look import LOOKS, assert_well_made
from tests.household import make_row, make_run
from tests.plaid_sync.visits import OAUTH, open_session, visit

Outcome = LinkSession.Outcome


@pytest.fixture
def addresses(bank: EmulatorServer, live_server: LiveServer, settings, signed_in_page: Page) -> dict[str, str]:
    """Every page around Link by what it shows."""
    settings.SITE_URL = live_server.url
    user = User.objects.get()
    for name in ("One", "Two"):
        Account.objects.create(name=name, account_type="checking", institution="First Platypus Bank")
    make_row(Account.objects.create(name="Visa", account_type="credit", institution="First Platypus Bank", mask="3333"))
    connected = visit(bank, user, OAUTH)
    attach.attach(connected, {offer.id: NEW for offer in attach.offered(connected)})
    first, second = (linked.account for linked in LinkedAccount.objects.order_by("pk"))
    make_run(first, "running", pages=4, trigger="initial")
    make_run(second, "error", error_message="The bank is temporarily unavailable.", trigger="initial")
    SyncLog.objects.update(started_at=connected.created_at, source="plaid")
    asked = visit(bank, user)
    asked.bank_accounts.append({**asked.bank_accounts[0], "id": "x", "name": "Brokerage", "type": "investment"})
    asked.save()
    unread = visit(bank, user, "ins_109512")
    LinkSession.objects.filter(pk=unread.pk).update(bank_accounts=[], error_message="The bank did not answer.")
    refused = visit(bank, user, OAUTH)
    failed = open_session(user, outcome=Outcome.FAILED, error_message="Start again.", error_code="X", request_id="m8")
    left = open_session(user, outcome=Outcome.EXITED)
    connecting = open_session(user, outcome=Outcome.EXCHANGING)
    assert refused.outcome == Outcome.DUPLICATE
    troubled, expiring = break_connections(asked, connected)
    return {
        "connections": "/connections/",
        "sign in again": f"/connections/{troubled.pk}/sign-in/",
        "add accounts": f"/connections/{expiring.pk}/accounts/",
        "before Link": "/connect/",
        "before Link, from an account": f"/connect/?account={first.pk}",
        "nothing to resume": "/oauth-callback",
        "disconnect": f"/accounts/{first.pk}/disconnect/",
        "progress": f"/connect/{connected.pk}/progress/",
        **{
            f"accounts {n}": f"/connect/{one.pk}/accounts/" for n, one in enumerate((asked, connected, unread, refused))
        },
        **{f"ending {n}": f"/connect/{one.pk}/accounts/" for n, one in enumerate((failed, left, connecting))},
    }


def break_connections(asked: LinkSession, connected: LinkSession) -> tuple[PlaidItem, PlaidItem]:
    """One that wants a sign-in, one whose consent ends and that has lost an account, and one that is being ended."""
    account = Account.objects.create(name="Savings", institution="First Platypus Bank", connection_status="connected")
    LinkedAccount.objects.create(account=account, item=asked.item, plaid_account_id="a", feed="plaid:a")
    record_item_error(asked.item, plaid_error({"error_code": "ITEM_LOCKED"}))
    soon = timezone.now() + datetime.timedelta(days=6)
    PlaidItem.objects.filter(pk=connected.item_id).update(consent_expires_at=soon, has_new_accounts=True)
    lost = LinkedAccount.objects.filter(item=connected.item).order_by("pk").last()
    LinkedAccount.objects.filter(pk=lost.pk).update(next_step=Step.CHOOSE)
    record_account_error(lost.account, plaid_error({"error_code": "INVALID_ACCOUNT_ID"}))
    PlaidItem.objects.create(item_id="x", institution="Houndstooth", environment="emulator", status="removal_pending")
    return asked.item, connected.item


@pytest.mark.parametrize("context", LOOKS, indirect=True)
def test_every_page_around_link_is_well_made(addresses, signed_in_page, settings) -> None:
    for name, address in addresses.items():
        signed_in_page.goto(address)
        assert_well_made(signed_in_page, name)
    settings.PLAID_CLIENT_ID = ""
    signed_in_page.goto("/connect/")
    assert_well_made(signed_in_page, "switched off")
