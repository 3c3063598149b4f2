"""Every page in Chromium: light and dark, phone and desktop, with axe and without sideways scrolling."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from accounts.models import Account, HeldLine
from tests.household import make_account, make_linked_account, make_row, make_run

LOOKS = [
    pytest.param({"color_scheme": "light", "viewport": {"width": 1280, "height": 900}}, id="light-desktop"),
    pytest.param({"color_scheme": "dark", "viewport": {"width": 360, "height": 780}}, id="dark-phone"),
]
GRAVE = {"serious", "critical"}
# Transitions have ended, so colours are what they stay; what spins goes on.
AT_REST = """() => Promise.allSettled(
  document.getAnimations()
    .filter((each) => each.effect.getComputedTiming().endTime < Infinity)
    .map((each) => each.finished),
)"""


def believable_books() -> dict[str, str]:
    """Accounts in every state, with rows and runs; the addresses of the pages that show them."""
    checking = make_linked_account()
    card = make_linked_account("Platypus Visa", account_type="credit", balance_limit="20000.00")
    late = make_linked_account(
        "Rewards Card with a rather long name", institution="Houndstooth Bank", connection_status="login_required"
    )
    make_linked_account("Broken", institution="Tartan Bank", connection_status="error", last_sync_error="It failed.")
    make_account("Wallet", account_type="cash", balance_current="85.00")
    for day in range(12):
        row = make_row(checking, f"{day}.50", days_ago=day, is_pending=day == 0)
    make_row(checking, "-3120.00", bank_merchant="", bank_description="ACME CORP DIRECT DEP PAYROLL PPD ID: 9111111101")
    row.edit(description="Birthday dinner for Ana", notes="Split with Tom")
    row.changes.create(kind="settled", before={"amount": "50.0000"}, after={"amount": "11.5000"}, reason="Posted")
    run = make_run(checking, added=12, held=1)
    failed = make_run(late, "error", error_message="Sign in again.", error_code="ITEM_LOGIN_REQUIRED", request_id="m8")
    make_run(card, "running", pages=2)
    HeldLine.objects.create(account=checking, run=run, feed="x", reason="possible_duplicate", candidate=row)
    return _addresses(checking, late) | {
        "row": row.get_absolute_url(),
        "run": run.get_absolute_url(),
        "failed run": failed.get_absolute_url(),
    }


def _addresses(checking: Account, late: Account) -> dict[str, str]:
    return {
        "overview": "/accounts/",
        "account": checking.get_absolute_url(),
        "account in trouble": late.get_absolute_url(),
        "transactions": "/transactions/",
        "no match": "/transactions/?q=nothing-like-it",
        "history": "/sync-history/",
        "new account": "/accounts/new/",
        "edit account": f"/accounts/{checking.pk}/edit/",
        "delete account": f"/accounts/{checking.pk}/delete/",
    }


def grave_violations(page: Page) -> list[str]:
    page.evaluate(AT_REST)
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['html'][:160]}" for one in found if one["impact"] in GRAVE for node in one["nodes"]]


def sideways_scroll(page: Page) -> int:
    width: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return width


def assert_well_made(page: Page, name: str) -> None:
    assert sideways_scroll(page) == 0, name
    assert grave_violations(page) == [], name
    assert page.locator("h1").count() == 1, name


@pytest.mark.parametrize("context", LOOKS, indirect=True)
def test_every_page_is_well_made(signed_in_page: Page) -> None:
    for name, address in believable_books().items():
        signed_in_page.goto(address)
        assert_well_made(signed_in_page, name)


@pytest.mark.parametrize("context", LOOKS, indirect=True)
def test_the_sign_in_page_is_well_made(page: Page) -> None:
    page.goto("/sign-in/")
    assert_well_made(page, "sign-in")


@pytest.mark.parametrize("context", [{"viewport": {"width": 320, "height": 640}}], indirect=True)
def test_nothing_scrolls_sideways_at_320_pixels(signed_in_page: Page) -> None:
    for name, address in believable_books().items():
        signed_in_page.goto(address)
        assert sideways_scroll(signed_in_page) == 0, name


@pytest.mark.parametrize("context", [{"viewport": {"width": 360, "height": 780}}], indirect=True)
def test_words_without_a_space_and_huge_amounts_scroll_nothing_sideways(signed_in_page: Page) -> None:
    account = make_linked_account(
        "W" * 60, institution="X" * 60, currency="UNOFFICIAL COIN", balance_current="-99999999999999.9999"
    )
    row = make_row(account, "-92233720368547.75", bank_merchant="Y" * 120, bank_description="Z" * 400)
    row.edit(notes="N" * 300, description="D" * 200)
    run = make_run(account, "error", error_message="E" * 200, error_code="C" * 80, request_id="R" * 64)
    for address in (
        "/accounts/",
        "/transactions/",
        "/sync-history/",
        *(x.get_absolute_url() for x in (account, row, run)),
    ):
        signed_in_page.goto(address)
        assert sideways_scroll(signed_in_page) == 0, address
