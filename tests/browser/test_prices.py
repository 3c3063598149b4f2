"""The page of prices in Chromium: how it looks, and that it follows a run."""

from datetime import date
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from investments.models import PriceRun
from plaid_sync.emulator.server import EmulatorServer
from tests.browser.test_look import LOOKS, assert_well_made
from tests.budgetapp.test_prices_page import hold, make_run

NARROW = pytest.param({"viewport": {"width": 320, "height": 640}}, id="320-pixels")


def troubled_prices() -> None:
    hold("0P0000VHP3.F", is_price_stale=True)
    hold(
        "T" * 32,
        name="Y" * 120,
        is_price_stale=True,
        close_price=Decimal("9999999.9999"),
        close_price_as_of=date(2026, 3, 16),
        price_source="plaid",
    )
    make_run("unreachable", 2, priced=0, left=11, failures={"0P0000VHP3.F": "The source did not answer (Timeout)."})
    make_run("rate_limited", 32, left=9)
    make_run(minutes_ago=62, priced=2, failures={"T" * 32: "Quoted in EUR, but kept in USD."})


@pytest.mark.parametrize("context", [*LOOKS, NARROW], indirect=True)
def test_the_page_is_well_made_in_every_state(signed_in_page: Page, bank: EmulatorServer) -> None:
    signed_in_page.goto("/investments/prices/")
    assert_well_made(signed_in_page, "empty")
    troubled_prices()
    signed_in_page.goto("/investments/prices/")
    for summary in signed_in_page.locator("main details summary").all():
        summary.click()
    assert_well_made(signed_in_page, "troubled")


def test_a_run_is_followed_to_its_end(signed_in_page: Page, bank: EmulatorServer) -> None:
    run = make_run("running", minutes_ago=0, priced=0)
    signed_in_page.goto("/investments/prices/")
    expect(signed_in_page.get_by_text("Running")).to_be_visible()
    PriceRun.objects.filter(pk=run.pk).update(status=PriceRun.Status.SUCCESS, priced=3)
    expect(signed_in_page.get_by_text("3 of 3 prices")).to_be_visible()
    assert signed_in_page.locator("#prices-state[hx-get]").count() == 0
