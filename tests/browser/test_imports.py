"""Importing a file, as a person does it."""

import pytest
from django.utils import timezone
from playwright.sync_api import FilePayload, Page, expect

from accounts.models import Account, Transaction
from accounts.worker import beat
from imports import posting
from imports.models import STALLED_AFTER, ImportBatch
from tests.accounts.conftest import Books, line
from tests.browser.conftest import Complaints
from tests.browser.test_look import LOOKS, assert_well_made
from tests.household import make_account
from tests.imports.conftest import COFFEES, Desk, card_file
from tests.imports.test_wizard import TWO_ACCOUNTS, UNKNOWN

WITHOUT_JAVASCRIPT = pytest.mark.parametrize("context", [{"java_script_enabled": False}], indirect=True)


@pytest.fixture
def account(transactional_db: None) -> Account:
    return make_account("Sapphire", account_type="credit", mask="4242")


def chosen(content: bytes, name: str = "march.csv") -> FilePayload:
    return {"name": name, "mimeType": "text/csv", "buffer": content}


def import_to_the_end(page: Page) -> None:
    """From the menu of the account to the last step."""
    page.goto("/accounts/")
    page.locator(".account summary").click()
    page.get_by_role("link", name="Import a file", exact=True).locator("visible=true").click()
    expect(page.get_by_label("Account")).to_have_value(str(Account.objects.get().pk))
    page.get_by_label("File", exact=True).set_input_files(chosen(COFFEES))
    page.get_by_role("button", name="Upload and read").click()
    expect(page.get_by_role("heading", name="Review the rows")).to_be_visible()
    page.get_by_role("button", name="Skip row 4").click()
    expect(page.get_by_text("Skipped", exact=True)).to_be_visible()
    page.get_by_role("link", name="Continue to confirm").click()
    page.get_by_role("button", name="Import 2 transactions").click()
    expect(page.get_by_role("heading", name="2 new transactions in Sapphire")).to_be_visible()


def undo_it(page: Page) -> None:
    page.get_by_role("link", name="Undo import").click()
    page.get_by_role("button", name="Undo import").click()
    expect(page.get_by_text("2 rows removed")).to_be_visible()


def test_a_file_is_imported_and_undone(signed_in_page: Page, account: Account) -> None:
    import_to_the_end(signed_in_page)
    assert Transaction.objects.count() == 2
    undo_it(signed_in_page)
    assert not Transaction.objects.exists()


@WITHOUT_JAVASCRIPT
def test_all_of_it_works_without_javascript(signed_in_page: Page, account: Account) -> None:
    import_to_the_end(signed_in_page)
    undo_it(signed_in_page)


def test_reload_and_back_lead_to_where_the_import_stands(signed_in_page: Page, account: Account) -> None:
    batch = Desk(account).stage()
    signed_in_page.goto(f"/import/{batch.pk}/review/")
    signed_in_page.get_by_role("link", name="Continue to confirm").click()
    expect(signed_in_page.get_by_role("heading", name="Confirm the import")).to_be_visible()
    signed_in_page.reload()
    expect(signed_in_page.get_by_role("button", name="Import 3 transactions")).to_be_visible()
    signed_in_page.go_back()
    expect(signed_in_page.get_by_role("heading", name="Review the rows")).to_be_visible()
    signed_in_page.goto("/imports/")
    signed_in_page.get_by_role("link", name="Continue with march.csv").click()
    expect(signed_in_page.get_by_role("heading", name="Confirm the import")).to_be_visible()


def test_the_columns_of_an_unknown_file_are_answered_beside_what_they_mean(
    signed_in_page: Page, account: Account, complaints: Complaints
) -> None:
    page = signed_in_page
    page.goto(f"/import/?account={account.pk}")
    page.get_by_label("File", exact=True).set_input_files(chosen(UNKNOWN, "export.csv"))
    page.get_by_role("button", name="Upload and read").click()
    expect(page.get_by_text("The file alone doesn’t say")).to_be_visible()
    page.wait_for_load_state()  # the preview needs the page's scripts
    page.get_by_label("Amount", exact=True).select_option("How much")
    page.get_by_label("Dates").select_option("dmy")
    money_out = page.get_by_label("Money out", exact=True).locator("visible=true")
    money_out.focus()
    money_out.select_option("negative")
    expect(page.get_by_text("the file has 2 transactions")).to_be_visible()
    expect(page.get_by_role("row", name="KAFFEE")).to_contain_text("3 Apr 2026")
    expect(money_out).to_be_focused()
    page.get_by_role("button", name="Continue to review").click()
    expect(page.get_by_role("heading", name="Review the rows")).to_be_visible()


@pytest.mark.parametrize("context", [{}, {"java_script_enabled": False}], ids=["swapped", "whole page"], indirect=True)
def test_an_answer_about_a_row_leaves_the_focus_on_what_takes_it_back(signed_in_page: Page, account: Account) -> None:
    Books(account).post([line("a", 3, "30.00", "GROCER AT THE CORNER")])
    batch = Desk(account).stage()
    signed_in_page.goto(f"/import/{batch.pk}/review/?show=known")
    signed_in_page.get_by_role("button", name="Import anyway").press("Enter")
    expect(signed_in_page.get_by_role("button", name="As proposed")).to_be_focused()
    signed_in_page.keyboard.press("Enter")
    expect(signed_in_page.get_by_role("button", name="Skip row")).to_be_focused()


def test_the_work_is_followed_to_its_end(signed_in_page: Page, account: Account) -> None:
    beat()  # a worker that was seen just now, so the job waits for it
    batch = Desk(account).stage()
    signed_in_page.goto(f"/import/{batch.pk}/confirm/")
    signed_in_page.get_by_role("button", name="Import 3 transactions").click()
    expect(signed_in_page.get_by_text("You can leave this page")).to_be_visible()
    posting.post(ImportBatch.objects.select_related("file", "account").get(pk=batch.pk), now=timezone.now())
    expect(signed_in_page.get_by_role("heading", name="3 new transactions in Sapphire")).to_be_visible()


def test_a_dropped_file_is_chosen(signed_in_page: Page, account: Account) -> None:
    signed_in_page.goto(f"/import/?account={account.pk}")
    signed_in_page.evaluate(
        """() => {
          const carried = new DataTransfer();
          carried.items.add(new File(["x"], "dropped.csv"));
          document.body.dispatchEvent(new DragEvent("drop", {bubbles: true, cancelable: true, dataTransfer: carried}));
        }"""
    )
    names = signed_in_page.get_by_label("File", exact=True).evaluate("input => [...input.files].map(file => file.name)")
    assert names == ["dropped.csv"]


def every_state(account: Account) -> dict[str, str]:
    """An address for every page of an import."""
    desk = Desk(account)
    Books(account).post([line("a", 3, "30.00", "GROCER AT THE CORNER")])
    posted = desk.bring_in(card_file((1, "COFFEE HOUSE", "-4.50")))
    broken = b"03/04/2026,03/04/2026,NO AMOUNT,Food,Sale,twelve,\n"
    review = desk.stage(COFFEES + broken)
    failed, stalled = desk.stage(name="failed.csv"), desk.stage(name="stalled.csv")
    posting.start(failed, now=timezone.now())
    posting.fail(failed, now=timezone.now())
    posting.start(stalled, now=timezone.now() - 2 * STALLED_AFTER)
    posting.start(at_work := desk.stage(name="at work.csv"), now=timezone.now())
    ImportBatch.objects.filter(pk=at_work.pk).update(prepared_count=1)
    undone = desk.bring_in(card_file((9, "BAKERY", "-1.00")))
    desk.undo(undone)
    return {
        "upload": "/import/",
        "map": f"/import/{desk.receive(UNKNOWN).pk}/map/",
        "map again": f"/import/{review.pk}/map/",
        "accounts": f"/import/{desk.receive(TWO_ACCOUNTS).pk}/accounts/",
        **{tab: f"/import/{review.pk}/review/?show={tab}" for tab in ("new", "known", "doubtful", "problems", "aside")},
        "confirm": f"/import/{review.pk}/confirm/",
        "done": f"/import/{posted.pk}/done/",
        "undo": f"/import/{posted.pk}/undo/",
        "at work": f"/import/{at_work.pk}/done/",
        "failed": f"/import/{failed.pk}/done/",
        "stalled": f"/import/{stalled.pk}/done/",
        "undone": f"/import/{undone.pk}/done/",
        "history": "/imports/",
        "no history": f"/imports/?account={account.pk + 1}",
    }


@pytest.mark.parametrize("context", LOOKS, indirect=True)
def test_every_page_of_an_import_is_well_made(signed_in_page: Page, account: Account) -> None:
    for name, address in every_state(account).items():
        signed_in_page.goto(address)
        assert_well_made(signed_in_page, name)
