"""Deciding about possible duplicates and taking merges apart, as a person does it."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Account, HeldLine, Transaction
from tests.browser.conftest import Complaints, press_at_once
from tests.browser.test_look import LOOKS, assert_well_made
from tests.household import make_linked_account, make_pair, make_row, make_unread, make_withdrawn

WITHOUT_JAVASCRIPT = pytest.mark.parametrize("context", [{"java_script_enabled": False}], indirect=True)


@pytest.fixture
def account(transactional_db: None) -> Account:
    return make_linked_account()


def test_a_pair_is_decided_where_it_stands_and_the_badge_follows(signed_in_page: Page, account: Account) -> None:
    held = make_pair(account)
    make_pair(account, amount="7.00", name="b")
    signed_in_page.goto("/transactions/")
    expect(signed_in_page.locator("#undecided")).to_contain_text("2")
    signed_in_page.get_by_role("link", name="Needs you").click()
    pair = signed_in_page.locator(f"#held-{held.pk}")
    pair.get_by_role("button", name="Same purchase").click()
    expect(pair).to_contain_text("Same purchase: the two are one row now.")
    expect(pair.get_by_role("button", name="Undo")).to_be_focused()
    expect(signed_in_page.locator("#undecided")).to_contain_text("1")
    assert Transaction.objects.live().filter(amount="4.50").count() == 1
    signed_in_page.keyboard.press("Enter")
    expect(pair.get_by_role("button", name="Same purchase")).to_be_focused()
    expect(signed_in_page.locator("#undecided")).to_contain_text("2")
    assert Transaction.objects.live().filter(amount="4.50").count() == 2


def test_what_is_swapped_in_can_be_pressed_at_once(signed_in_page: Page, account: Account) -> None:
    make_pair(account)
    press_at_once(signed_in_page, "button[value=undo]")
    signed_in_page.goto("/needs-you/")
    with signed_in_page.expect_request(lambda sent: "answer=undo" in (sent.post_data or "")) as undo:
        signed_in_page.get_by_role("button", name="Same purchase").click()
    assert undo.value.headers.get("hx-request") == "true"
    expect(signed_in_page.get_by_role("button", name="Same purchase")).to_be_focused()
    expect(signed_in_page.locator("#undecided")).to_contain_text("1")


def test_what_was_decided_meanwhile_is_said_in_place(
    signed_in_page: Page, account: Account, complaints: Complaints
) -> None:
    held = make_pair(account)
    signed_in_page.goto("/needs-you/")
    held.candidate.records.update(feed="plaid:first", external_id="b")
    signed_in_page.get_by_role("button", name="Same purchase").click()
    expect(signed_in_page.get_by_role("alert")).to_contain_text("The same source lists both")
    complaints[:] = [one for one in complaints if "422" not in one]  # Chromium reports the refusal as an error


def test_a_withdrawn_row_comes_back(signed_in_page: Page, account: Account) -> None:
    make_withdrawn(account)
    signed_in_page.goto("/needs-you/")
    signed_in_page.get_by_role("button", name="Restore").click()
    expect(signed_in_page.get_by_text("it counts again")).to_be_visible()
    expect(signed_in_page.locator("#undecided")).to_be_hidden()
    assert Transaction.objects.live().count() == 1


@WITHOUT_JAVASCRIPT
def test_an_answer_has_the_focus_without_javascript(signed_in_page: Page, account: Account) -> None:
    make_pair(account)
    signed_in_page.goto("/needs-you/")
    signed_in_page.get_by_role("button", name="Same purchase").press("Enter")
    expect(signed_in_page.get_by_role("button", name="Undo")).to_be_focused()
    signed_in_page.keyboard.press("Enter")
    expect(signed_in_page.get_by_role("button", name="Same purchase")).to_be_focused()


@WITHOUT_JAVASCRIPT
def test_a_pair_is_decided_and_taken_apart_again_without_javascript(signed_in_page: Page, account: Account) -> None:
    make_pair(account)
    signed_in_page.goto("/needs-you/")
    signed_in_page.get_by_role("button", name="Same purchase").click()
    signed_in_page.get_by_role("link", name="Blue Bottle Coffee").click()
    signed_in_page.get_by_text("Take apart", exact=True).click()
    signed_in_page.get_by_role("button", name="Make two transactions").click()
    expect(signed_in_page.get_by_text("Taken apart.")).to_be_visible()
    assert Transaction.objects.live().count() == 2
    signed_in_page.get_by_role("link", name="Both rows, and Undo").click()
    signed_in_page.get_by_role("button", name="Undo").click()
    signed_in_page.get_by_role("button", name="Same purchase").click()
    expect(signed_in_page.get_by_role("button", name="Undo")).to_be_visible()
    assert Transaction.objects.live().count() == 1


@pytest.mark.parametrize(
    "context", [*LOOKS, pytest.param({"viewport": {"width": 320, "height": 640}}, id="narrow")], indirect=True
)
def test_the_pages_are_well_made(signed_in_page: Page, account: Account) -> None:
    signed_in_page.goto("/needs-you/")
    assert_well_made(signed_in_page, "nothing to decide")
    held = make_pair(account, amount="12345.67")
    make_withdrawn(account)
    make_unread(account)
    decided = make_pair(account, amount="9.00", name="b")
    HeldLine.objects.filter(pk=decided.pk).update(decision="different", resolved_at=decided.created_at)
    signed_in_page.goto("/needs-you/")
    assert_well_made(signed_in_page, "things to decide")
    row = make_row(account)
    row.changes.create(kind="merged", reason="Same purchase", after={"line": {"bank_description": "FILE WORDS " * 9}})
    row.changes.create(kind="unmerged", reason="Taken apart by you", after={"other": row.pk, "held": held.pk})
    signed_in_page.goto(row.get_absolute_url())
    signed_in_page.get_by_text("Take apart", exact=True).click()
    assert_well_made(signed_in_page, "a merge to take apart")
