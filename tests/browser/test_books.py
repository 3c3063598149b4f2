"""The pages of the books, used as a person uses them."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Account
from plaid_sync.models import LinkedAccount, PlaidItem
from tests.browser.conftest import Complaints
from tests.household import make_linked_account, make_row, make_run

WITHOUT_JAVASCRIPT = pytest.mark.parametrize("context", [{"java_script_enabled": False}], indirect=True)


@pytest.fixture
def account(transactional_db: None) -> Account:
    return make_linked_account()


def test_a_row_is_edited_where_it_stands(signed_in_page: Page, account: Account) -> None:
    row = make_row(account)
    make_row(account, bank_merchant="Shell", days_ago=1)
    signed_in_page.goto(account.get_absolute_url())
    signed_in_page.get_by_role("link", name="Edit Blue Bottle Coffee").click()
    expect(signed_in_page.get_by_label("Merchant")).to_be_focused()
    signed_in_page.get_by_label("Merchant").fill("Corner café")
    signed_in_page.get_by_role("button", name="Save").click()
    expect(signed_in_page.get_by_role("link", name="Corner café", exact=True)).to_be_visible()
    expect(signed_in_page.get_by_role("link", name="Edit Corner café")).to_be_focused()
    expect(signed_in_page.get_by_text("Edited", exact=True)).to_be_visible()
    row.refresh_from_db()
    assert row.merchant_name == "Corner café"
    assert row.bank_merchant == "Blue Bottle Coffee"


def test_cancel_puts_the_row_back(signed_in_page: Page, account: Account) -> None:
    make_row(account)
    signed_in_page.goto("/transactions/")
    signed_in_page.get_by_role("link", name="Edit Blue Bottle Coffee").click()
    signed_in_page.get_by_role("link", name="Cancel").click()
    expect(signed_in_page.locator("tr.transaction")).to_contain_text("Everyday Checking")


def test_a_refused_edit_keeps_the_form_and_says_why(
    signed_in_page: Page, account: Account, complaints: Complaints
) -> None:
    make_row(account)
    signed_in_page.goto(account.get_absolute_url())
    signed_in_page.get_by_role("link", name="Edit Blue Bottle Coffee").click()
    notes = signed_in_page.get_by_label("Notes")
    notes.evaluate("field => field.removeAttribute('maxlength')")
    notes.fill("x" * 2001)
    signed_in_page.get_by_role("button", name="Save").click()
    expect(signed_in_page.get_by_text("at most 2000 characters")).to_be_visible()
    complaints[:] = [one for one in complaints if "422" not in one]  # Chromium reports the refusal as an error


def test_the_search_narrows_while_one_types_and_the_address_keeps_it(signed_in_page: Page, account: Account) -> None:
    make_row(account)
    make_row(account, bank_merchant="Shell", bank_description="SHELL OIL")
    signed_in_page.goto(account.get_absolute_url())
    signed_in_page.get_by_role("searchbox").fill("shell")
    expect(signed_in_page.locator("tr.transaction")).to_have_count(1)
    expect(signed_in_page).to_have_url(f"{account.get_absolute_url()}?q=shell&show=")
    signed_in_page.reload()
    expect(signed_in_page.locator("tr.transaction")).to_have_count(1)
    signed_in_page.go_back()
    expect(signed_in_page.locator("tr.transaction")).to_have_count(2)


def test_a_running_sync_is_followed_to_its_end(signed_in_page: Page, account: Account) -> None:
    run = make_run(account, "running", pages=1, started_at=timezone.now())
    signed_in_page.goto("/accounts/")
    expect(signed_in_page.get_by_text("Syncing · page 1")).to_be_visible()
    run.status = "success"
    run.save()
    account.balance_current = account.opening_balance = account.balance_current + 100
    account.save()
    expect(signed_in_page.get_by_text("Synced just now")).to_be_visible()
    expect(signed_in_page.locator("#summary")).to_contain_text("$4,318")
    expect(signed_in_page.locator("[hx-trigger='every 2s']")).to_have_count(0)


def test_an_account_is_deleted_by_typing_its_name(signed_in_page: Page, account: Account) -> None:
    item = PlaidItem.objects.create(item_id="item", environment="sandbox", status="removed")
    LinkedAccount.objects.create(account=account, item=item, plaid_account_id="a", feed="plaid:a")
    make_row(account)
    signed_in_page.goto(account.get_absolute_url())
    signed_in_page.get_by_label("More for Everyday Checking").click()
    signed_in_page.get_by_role("link", name="Delete").click()
    expect(signed_in_page.get_by_text("1 transaction,")).to_be_visible()
    signed_in_page.get_by_label("Name of the account").fill("Everyday Checking")
    signed_in_page.get_by_role("button", name="Delete Everyday Checking").click()
    expect(signed_in_page.get_by_text("Deleted Everyday Checking.")).to_be_visible()
    assert not Account.objects.exists()


@WITHOUT_JAVASCRIPT
def test_searching_and_editing_work_without_javascript(signed_in_page: Page, account: Account) -> None:
    row = make_row(account)
    make_row(account, bank_merchant="Shell", bank_description="SHELL OIL")
    signed_in_page.goto(account.get_absolute_url())
    signed_in_page.get_by_role("searchbox").fill("blue")
    signed_in_page.get_by_role("button", name="Search").click()
    expect(signed_in_page.locator("tr.transaction")).to_have_count(1)
    signed_in_page.get_by_role("link", name="Edit Blue Bottle Coffee").click()
    signed_in_page.get_by_label("Notes").fill("Team breakfast")
    signed_in_page.get_by_role("button", name="Save").click()
    expect(signed_in_page.get_by_text("Saved.")).to_be_visible()
    row.refresh_from_db()
    assert row.notes == "Team breakfast"


@WITHOUT_JAVASCRIPT
def test_an_account_is_added_without_javascript(signed_in_page: Page) -> None:
    signed_in_page.goto("/accounts/new/")
    signed_in_page.get_by_label("Name").fill("Wallet")
    signed_in_page.get_by_label("Balance today").fill("85.20")
    signed_in_page.get_by_role("button", name="Add account").click()
    expect(signed_in_page.get_by_role("heading", name="Wallet")).to_be_visible()
