"""The portfolio in Chromium: its chart, its fragments, and how its pages look."""

import json
import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from plaid_sync.models import InvestmentRun
from tests.browser.test_look import LOOKS, assert_well_made, sideways_scroll
from tests.investments.believable import believable_portfolio, today
from tests.investments.books import make_account, make_holding, make_security

WITHOUT_JAVASCRIPT = pytest.mark.parametrize("context", [{"java_script_enabled": False}], indirect=True)
IS_DRAWN = """() => {
  const canvas = document.querySelector("[data-chart] canvas");
  const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  return pixels.some((part) => part !== 0);
}"""
CHARTED = """() => {
  const chart = Chart.getChart(document.querySelector("[data-chart] canvas"));
  return { labels: chart.data.labels, values: chart.data.datasets.map((each) => each.data) };
}"""
COLOUR = "() => Chart.getChart(document.querySelector('[data-chart] canvas')).data.datasets[0].borderColor"


def addresses() -> dict[str, str]:
    believable = believable_portfolio()
    runs = (("success", {"positions": 4}), ("error", {"error_message": "It failed."}), ("running", {"pages": 2}))
    for status, facts in runs:
        InvestmentRun.objects.create(
            account_key=believable.brokerage.key, status=status, trigger="manual", started_at=timezone.now(), **facts
        )
    by_hand = f"/investments/accounts/{believable.by_hand.pk}"
    make_holding(
        make_account("Depot", currency="EUR"),
        make_security("SAP", "240", currency="EUR"),
        "10",
        "240",
        as_of_date=today(),
    )
    return {
        "portfolio": "/investments/",
        "another currency": "/investments/?currency=EUR",
        "connected account": believable.brokerage.get_absolute_url(),
        "account in trouble": believable.retirement.get_absolute_url(),
        "account by hand": f"{by_hand}/",
        "edit account": f"{by_hand}/edit/",
        "delete account": f"{by_hand}/delete/",
        "new position": f"{by_hand}/positions/new/",
        "activity": "/investments/activity/",
        "no match": "/investments/activity/?kind=other",
        "income": "/investments/income/",
        "overview": "/accounts/",
        "new account": "/investments/accounts/new/",
    }


@pytest.mark.parametrize("context", LOOKS, indirect=True)
def test_every_page_of_the_investments_is_well_made(signed_in_page: Page) -> None:
    signed_in_page.goto("/investments/")
    assert_well_made(signed_in_page, "empty")
    for name, address in addresses().items():
        signed_in_page.goto(address)
        assert_well_made(signed_in_page, name)


@pytest.mark.parametrize("context", [{"viewport": {"width": 320, "height": 640}}], indirect=True)
def test_nothing_scrolls_sideways_at_320_pixels(signed_in_page: Page) -> None:
    account = make_account("W" * 60, institution="X" * 60, connection_status="manual")
    security = make_security("T" * 32, "9999999.9999", name="Y" * 200)
    make_holding(account, security, "99999.123456789", "9999999.9999", as_of_date=today())
    for name, address in addresses().items():
        signed_in_page.goto(address)
        assert sideways_scroll(signed_in_page) == 0, name


def test_the_chart_draws_the_figures_of_the_page(signed_in_page: Page) -> None:
    believable_portfolio()
    signed_in_page.goto("/investments/?period=all")
    signed_in_page.wait_for_function(IS_DRAWN)
    given = json.loads(signed_in_page.locator("#value-chart").text_content() or "")
    drawn = signed_in_page.evaluate(CHARTED)
    assert drawn["labels"] == given["labels"]
    assert drawn["values"] == [[float(value) for value in series["values"]] for series in given["series"]]
    signed_in_page.get_by_text("View as table").click()
    table = signed_in_page.locator(".chart-table tbody tr")
    assert table.count() == len(given["labels"])
    amounts = [data.get_attribute("value") for data in table.last.locator("data").all()]
    assert amounts == [series["values"][-1] for series in given["series"]]


def test_another_period_is_swapped_in_and_drawn(signed_in_page: Page) -> None:
    believable_portfolio()
    signed_in_page.goto("/investments/")
    signed_in_page.get_by_role("navigation", name="Period").get_by_text("1M").click()
    expect(signed_in_page).to_have_url("/investments/?period=1m")
    expect(signed_in_page.get_by_role("navigation", name="Period").get_by_text("1M")).to_have_attribute(
        "aria-current", "true"
    )
    expect(signed_in_page.get_by_role("navigation", name="Period").get_by_text("1M")).to_be_focused()
    signed_in_page.wait_for_function(IS_DRAWN)
    labels = signed_in_page.evaluate(CHARTED)["labels"]
    assert len(labels) in range(28, 33)


def test_the_chart_follows_the_colour_scheme(signed_in_page: Page) -> None:
    believable_portfolio()
    signed_in_page.emulate_media(color_scheme="light")
    signed_in_page.goto("/investments/")
    light = signed_in_page.evaluate(COLOUR)
    signed_in_page.emulate_media(color_scheme="dark")
    signed_in_page.wait_for_function(f"(before) => ({COLOUR})() !== before", arg=light)
    assert signed_in_page.evaluate(COLOUR).startswith("rgba(")


def test_holdings_are_sorted_where_they_stand(signed_in_page: Page) -> None:
    believable_portfolio()
    signed_in_page.goto("/investments/")
    signed_in_page.get_by_role("link", name="Gain", exact=True).click()
    expect(signed_in_page.locator("[aria-sort]")).to_have_text("Gain")
    expect(signed_in_page).to_have_url("/investments/?sort=-gain")
    expect(signed_in_page.get_by_role("link", name="Gain", exact=True)).to_be_focused()
    signed_in_page.get_by_role("link", name="Gain", exact=True).click()
    expect(signed_in_page.locator(".position .title").first).to_have_text("BTC-USD")


@WITHOUT_JAVASCRIPT
def test_the_portfolio_works_without_javascript(signed_in_page: Page) -> None:
    believable_portfolio()
    signed_in_page.goto("/investments/")
    signed_in_page.get_by_role("navigation", name="Period").get_by_text("3M").click()
    expect(signed_in_page).to_have_url(re.compile("period=3m"))
    signed_in_page.get_by_role("link", name="Day", exact=True).click()
    expect(signed_in_page).to_have_url(re.compile("sort=-day"))
    signed_in_page.get_by_text("View as table").click()
    expect(signed_in_page.locator(".chart-table tbody tr").last).to_be_visible()
    expect(signed_in_page.locator(".chart-area")).to_be_hidden()


@WITHOUT_JAVASCRIPT
def test_an_account_and_its_position_are_entered_without_javascript(signed_in_page: Page) -> None:
    signed_in_page.goto("/investments/")
    signed_in_page.get_by_role("link", name="Add an account by hand").click()
    signed_in_page.get_by_label("Name").fill("Hardware wallet")
    signed_in_page.get_by_role("button", name="Add account").click()
    signed_in_page.get_by_label("Kind").select_option("Crypto")
    signed_in_page.get_by_label("Ticker").fill("btc-usd")
    signed_in_page.get_by_label("Quantity").fill("0.5")
    signed_in_page.get_by_label("Price by hand").fill("64000")
    signed_in_page.get_by_role("button", name="Add position").click()
    expect(signed_in_page.get_by_role("heading", name="Hardware wallet")).to_be_visible()
    expect(signed_in_page.locator(".portfolio-stats .lead data")).to_have_attribute("value", "32000.00")
