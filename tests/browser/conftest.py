"""A Chromium that fails the test on console errors, uncaught exceptions and CSP violations."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

# The shell is Chromium without a browser's windows: the same pages for two thirds of the work.
CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)

# How long a page may take to get there, at most: the machine may be busy.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)

# Playwright keeps an event loop in this thread, which makes Django refuse the database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Ended with these tests: while its event loop runs, Django keeps this thread's connections in another place,
    and a forked process, which has no loop, would go on with what was left in the usual one."""
    if not CHROMIUM:
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


PRESS_AT_ONCE = """(() => {
  const hurry = new MutationObserver(() => {
    const control = document.querySelector(%s);
    if (!control) return;
    hurry.disconnect();
    control.click();
  });
  hurry.observe(document, { childList: true, subtree: true });
})()"""


class Complaints(list[str]):
    """What the browser complained about. A test that expects a complaint removes it."""

    def listen(self, context: BrowserContext) -> None:
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.append(f"uncaught: {error.error}"))

    def _hear(self, message: ConsoleMessage) -> None:
        # A CSP violation is a console error in Chromium.
        if message.type in ("error", "warning"):
            self.append(f"{message.type}: {message.text} ({message.location.get('url', '')})")


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    """Console errors, uncaught exceptions and CSP violations of the test's pages; any left at its end fails it."""
    heard = Complaints()
    yield heard
    assert heard == []


@pytest.fixture
def context(
    chromium: Browser, live_server: LiveServer, complaints: Complaints, request: pytest.FixtureRequest
) -> Iterator[BrowserContext]:
    """A fresh browser profile on the live server; parametrize it indirectly with options of `new_context`."""
    opened = chromium.new_context(base_url=live_server.url, **getattr(request, "param", {}))
    opened.set_default_timeout(PATIENCE)
    complaints.listen(opened)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A page that nobody is signed in to."""
    return context.new_page()


@pytest.fixture
def signed_in_page(context: BrowserContext, live_server: LiveServer, transactional_db: None) -> Page:
    """A page of the user alice."""
    client = Client()
    client.force_login(User.objects.create_user("alice", password="a long enough password"))
    context.add_cookies(
        [{"name": name, "value": morsel.value, "url": live_server.url} for name, morsel in client.cookies.items()]
    )
    return context.new_page()


def press_at_once(page: Page, selector: str) -> None:
    """From the next document on, each one's first such control is pressed as soon as it is in the page: before the
    page's scripts had a turn, as on a busy machine or a slow line."""
    page.add_init_script(PRESS_AT_ONCE % json.dumps(selector))
