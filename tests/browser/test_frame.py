"""The frame around the pages, in a real browser."""

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect


@pytest.mark.django_db(transaction=True)
def test_one_signs_in_and_lands_on_the_page_one_asked_for(page: Page) -> None:
    User.objects.create_user("alice", password="a long enough password")
    page.goto("/sync-history/")
    page.get_by_label("Username").fill("alice")
    page.get_by_label("Password").fill("a long enough password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Sync history", level=1)).to_be_visible()


def test_the_chosen_theme_is_in_the_page_before_any_script_runs(signed_in_page: Page) -> None:
    signed_in_page.goto("/sync-history/")
    signed_in_page.get_by_text("alice").click()
    signed_in_page.get_by_role("button", name="Dark").click()
    expect(signed_in_page.locator("html")).to_have_attribute("data-theme", "dark")
    assert 'data-theme="dark"' in signed_in_page.request.get("/sync-history/").text()


def test_a_menu_closes_on_escape_and_gives_the_focus_back(signed_in_page: Page) -> None:
    signed_in_page.goto("/sync-history/")
    menu = signed_in_page.locator("details.account-menu")
    menu.locator("summary").click()
    expect(menu).to_have_attribute("open", "")
    signed_in_page.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    expect(menu.locator("summary")).to_be_focused()


def test_who_is_signed_out_meanwhile_gets_the_whole_sign_in_page(signed_in_page: Page) -> None:
    signed_in_page.goto("/sync-history/")
    signed_in_page.context.clear_cookies()
    signed_in_page.get_by_label("Result").select_option("error")
    expect(signed_in_page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(signed_in_page.locator(".sidebar")).to_have_count(0)
