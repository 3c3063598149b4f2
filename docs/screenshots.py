"""Takes the pictures of the README from a demo of its own: `make screenshots`."""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from budgetapp.demo.household import Household, free_port, running  # noqa: E402  found by the line above
from budgetapp.demo.tour import Tour  # noqa: E402

PICTURES = ROOT / "docs" / "pictures"
CHROMIUM = "/usr/bin/chromium"
QUIET = ("--no-sandbox", "--disable-quic", "--disable-background-networking", "--no-first-run")
PAGES = {"accounts": "/accounts/", "account": "/accounts/1/", "portfolio": "/investments/"}


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder) / "household", free_port()) as household,
        sync_playwright() as playwright,
    ):
        tour = Tour(household, print)
        tour.link_both_banks()
        tour.link_brokerages()
        household.processes.manage("prices")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        for scheme in ("light", "dark"):
            _take(browser, household, scheme)
        browser.close()


def _take(browser: Browser, household: Household, scheme: str) -> None:
    context = browser.new_context(
        base_url=household.site,
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": 1200, "height": 760},
    )
    page = context.new_page()
    page.goto("/sign-in/")
    page.locator("[name=username]").fill(household.user)
    page.locator("[name=password]").fill(household.password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/accounts/")
    for name, address in PAGES.items():
        page.goto(address)
        page.screenshot(path=PICTURES / f"{name}-{scheme}.png")
    context.close()


if __name__ == "__main__":
    main()
