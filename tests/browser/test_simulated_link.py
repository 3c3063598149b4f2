"""Link in a browser, opened by an application with a strict content security policy."""

import threading
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from plaid_sync.emulator.controls import Linked
from plaid_sync.emulator.server import EmulatorServer
from tests.browser.conftest import PATIENCE
from tests.emulator.asking import poster, read_all

SCRIPT = (Path(__file__).parent / "application.js").read_bytes()


class Application(BaseHTTPRequestHandler):
    """One page with a button that opens Link; everything it may load is named in its policy."""

    bank = ""

    def do_GET(self):
        path = urlsplit(self.path).path
        if path == "/application.js":
            self._send("text/javascript", SCRIPT)
            return
        link = f"{self.bank}/link/v2/stable/link-initialize.js"
        page = (
            f'<!doctype html><html lang="en"><title>App</title><link rel="icon" href="data:,"><h1>App</h1>'
            f'<button>Connect</button><script src="{link}"></script><script src="/application.js"></script>'
        )
        self._send("text/html", page.encode())

    def log_message(self, *args):
        pass

    def _send(self, kind, body):
        policy = (
            f"default-src 'self'; script-src 'self' {self.bank}; frame-src {self.bank}; img-src data:; style-src 'self'"
        )
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", policy)
        self.send_header("Cross-Origin-Opener-Policy", "same-origin-allow-popups")
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def server():
    with EmulatorServer(today=date(2026, 7, 21)) as server:
        yield server


@pytest.fixture
def ask(server):
    return poster(server.url)


@pytest.fixture
def page(chromium, complaints):
    context = chromium.new_context()
    context.set_default_timeout(PATIENCE)
    complaints.listen(context)
    yield context.new_page()
    context.close()


@pytest.fixture
def application(server):
    """The address of the application's page."""
    handler = type("BoundApplication", (Application,), {"bank": server.url})
    http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=http.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{http.server_address[1]}"
    http.shutdown()
    http.server_close()
    thread.join()


@pytest.fixture
def link_token(ask):
    """Makes link tokens."""

    def link_token(**fields):
        if "access_token" not in fields:
            fields["products"] = ["transactions"]
        fields["user"] = {"client_user_id": "household"}
        created = ask("/link/token/create", client_name="App", language="en", country_codes=["US"], **fields)
        return created.body["link_token"]

    return link_token


def open_link(page, application, token):
    """Open Link with the token; gives its frame."""
    page.goto(f"{application}/connect?token={token}")
    page.get_by_role("button", name="Connect").click()
    return page.frame_locator("iframe")


def sign_in(frame, user="user_good", password="pass_good"):
    frame.get_by_label("User name").fill(user)
    frame.get_by_label("Password").fill(password)
    frame.get_by_role("button", name="Sign in").click()


def told(page, key):
    """What the application was told under this key, once it was."""
    page.locator(f"body.told-{key}").wait_for()
    return [entry for entry in page.evaluate("window.told") if key in entry]


def test_a_bank_with_credentials_is_connected(server, ask, page, application, link_token):
    frame = open_link(page, application, link_token(transactions={"days_requested": 60}))
    frame.get_by_role("button", name="First Platypus Bank").click()
    sign_in(frame)
    frame.get_by_label("Rainy Day Savings").uncheck()
    frame.get_by_role("button", name="Share selected accounts").click()

    (success,) = told(page, "success")
    exchanged = ask("/item/public_token/exchange", public_token=success["success"]).body
    accounts = ask("/accounts/get", access_token=exchanged["access_token"]).body["accounts"]

    assert success["metadata"]["institution"] == {"institution_id": "ins_109508", "name": "First Platypus Bank"}
    assert [account["name"] for account in accounts] == ["Everyday Checking", "Platypus Visa"]
    assert [account["id"] for account in success["metadata"]["accounts"]] == [
        account["account_id"] for account in accounts
    ]
    assert page.locator("dialog").count() == 0
    events = [entry["event"] for entry in told(page, "event")]
    assert events[0] == "OPEN"
    assert "SELECT_INSTITUTION" in events
    assert events[-1] == "HANDOFF"
    assert told(page, "loaded")


def test_wrong_credentials_are_said_and_can_be_tried_again(page, application, link_token):
    frame = open_link(page, application, link_token())
    frame.get_by_role("button", name="First Platypus Bank").click()

    sign_in(frame, password="wrong")
    expect(frame.get_by_role("alert")).to_contain_text("not correct")
    sign_in(frame)

    expect(frame.get_by_role("heading", name="Select accounts")).to_be_visible()


def test_oauth_leaves_the_page_and_comes_back(ask, page, application, link_token):
    token = link_token(redirect_uri=f"{application}/oauth-callback", transactions={"days_requested": 60})
    frame = open_link(page, application, token)
    frame.get_by_role("button", name="Platypus OAuth Bank").click()
    frame.get_by_role("link", name="Continue to Platypus OAuth Bank").click()

    page.wait_for_url("**/bank")
    assert page.locator("iframe").count() == 0
    sign_in(page)
    page.wait_for_url(f"{application}/oauth-callback?oauth_state_id=*")
    page.frame_locator("iframe").get_by_role("button", name="Share selected accounts").click()

    (success,) = told(page, "success")
    assert success["metadata"]["institution"]["institution_id"] == "ins_127287"
    assert ask("/item/public_token/exchange", public_token=success["success"]).status == 200


def test_oauth_uses_a_window_of_its_own_without_a_redirect_uri(page, application, link_token):
    frame = open_link(page, application, link_token(transactions={"days_requested": 60}))
    frame.get_by_role("button", name="Platypus OAuth Bank").click()
    with page.expect_popup() as opened:
        frame.get_by_role("link", name="Continue to Platypus OAuth Bank").click()
    bank = opened.value

    with bank.expect_event("close"):
        sign_in(bank)
    frame.get_by_role("button", name="Share selected accounts").click()

    assert told(page, "success")


def test_a_cancelled_bank_page_offers_the_bank_again(page, application, link_token):
    frame = open_link(page, application, link_token(redirect_uri=f"{application}/oauth-callback"))
    frame.get_by_role("button", name="Platypus OAuth Bank").click()
    frame.get_by_role("link", name="Continue to Platypus OAuth Bank").click()
    page.get_by_role("button", name="Cancel").click()

    page.wait_for_url(f"{application}/oauth-callback?oauth_state_id=*")
    again = page.frame_locator("iframe").get_by_role("heading", name="Continue to Platypus OAuth Bank")
    expect(again).to_be_visible()


def test_a_return_to_another_address_is_refused(page, application, link_token):
    token = link_token(redirect_uri=f"{application}/oauth-callback")
    open_link(page, application, token)

    page.goto(f"{application}/oauth-callback?oauth_state_id=00000000-0000-0000-0000-000000000000")
    page.frame_locator("iframe").get_by_role("main").get_by_role("button", name="Close").click()

    (exit_,) = told(page, "exit")
    assert exit_["exit"]["error_code"] == "INCORRECT_OAUTH_NONCE"


def test_a_link_token_serves_once(page, application, link_token):
    token = link_token(transactions={"days_requested": 30})
    frame = open_link(page, application, token)
    frame.get_by_role("button", name="Houndstooth Bank").click()
    sign_in(frame)
    frame.get_by_role("button", name="Share selected accounts").click()
    told(page, "success")

    frame = open_link(page, application, token)
    frame.get_by_role("main").get_by_role("button", name="Close").click()

    (exit_,) = told(page, "exit")
    assert exit_["exit"]["error_code"] == "INVALID_LINK_TOKEN"


def test_an_expired_link_token_opens_nothing(server, page, application, link_token):
    token = link_token()
    server.bank.tick()

    frame = open_link(page, application, token)

    expect(frame.get_by_role("alert")).to_contain_text("has expired")


def test_a_bank_that_is_down_says_so_and_the_others_stay(page, application, link_token):
    frame = open_link(page, application, link_token())
    frame.get_by_role("button", name="Unhealthy Platypus Bank").click()
    expect(frame.get_by_role("alert")).to_contain_text("not currently responding")

    frame.get_by_role("button", name="First Platypus Bank").click()

    expect(frame.get_by_role("heading", name="Sign in to First Platypus Bank")).to_be_visible()


def test_no_account_is_not_enough(page, application, link_token):
    frame = open_link(page, application, link_token())
    frame.get_by_role("button", name="Houndstooth Bank").click()
    sign_in(frame)
    frame.get_by_label("Student Checking").uncheck()
    frame.get_by_role("button", name="Share selected accounts").click()

    expect(frame.get_by_role("alert")).to_contain_text("Select at least one account")


def test_the_search_narrows_the_banks(page, application, link_token):
    frame = open_link(page, application, link_token())

    frame.get_by_label("Search banks").fill("hound")
    expect(frame.get_by_role("listitem")).to_have_count(1)
    frame.get_by_label("Search banks").fill("nowhere")
    expect(frame.get_by_text("No bank of that name.")).to_be_visible()


def test_escape_closes_link(page, application, link_token):
    frame = open_link(page, application, link_token())
    expect(frame.get_by_role("heading", name="Choose your bank")).to_be_visible()

    page.keyboard.press("Escape")

    (exit_,) = told(page, "exit")
    assert exit_["exit"] is None
    assert exit_["metadata"]["link_session_id"]
    expect(page.get_by_role("button", name="Connect")).to_be_focused()


def test_exit_and_destroy_close_link(page, application, link_token):
    frame = open_link(page, application, link_token())
    expect(frame.get_by_role("heading", name="Choose your bank")).to_be_visible()

    page.evaluate("window.link.exit({ force: true })")
    assert len(told(page, "exit")) == 1
    page.evaluate("window.link.open(); window.link.destroy(); window.link.open()")

    assert page.locator("dialog").count() == 0
    assert len(told(page, "exit")) == 1


def test_update_mode_repairs_the_item(server, ask, page, application, link_token):
    linked = server.bank.link("ins_109512", days=30)
    server.bank.tick()
    assert ask("/accounts/get", access_token=linked.access_token).body["error_code"] == "ITEM_LOGIN_REQUIRED"

    frame = open_link(page, application, link_token(access_token=linked.access_token))
    sign_in(frame)

    assert told(page, "success")
    assert ask("/accounts/get", access_token=linked.access_token).status == 200


def test_update_mode_can_share_more_accounts(server, ask, page, application, link_token):
    item = server.world.open_item("ins_109508", products=("transactions",), days=30, roles={"checking"})
    token = link_token(access_token=item.access_token, update={"account_selection_enabled": True})

    frame = open_link(page, application, token)
    sign_in(frame)
    expect(frame.get_by_label("Everyday Checking")).to_be_checked()
    expect(frame.get_by_text("already shared")).to_have_count(1)
    frame.get_by_label("Platypus Visa").uncheck()
    frame.get_by_role("button", name="Share selected accounts").click()

    (success,) = told(page, "success")
    checking, savings = success["metadata"]["accounts"]
    assert (checking["name"], savings["name"]) == ("Everyday Checking", "Rainy Day Savings")
    assert read_all(ask, Linked(item.item_id, item.access_token, {}), savings["id"]).added


def test_the_keyboard_alone_connects_a_bank(page, application, link_token):
    page.goto(f"{application}/connect?token={link_token(transactions={'days_requested': 30})}")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", name="Choose your bank")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(frame.get_by_role("heading", name="Sign in to First Platypus Bank")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type("user_good")
    page.keyboard.press("Tab")
    page.keyboard.type("pass_good")
    page.keyboard.press("Enter")
    expect(frame.get_by_role("heading", name="Select accounts")).to_be_focused()
    frame.get_by_role("button", name="Share selected accounts").press("Enter")

    assert told(page, "success")


def test_steps_out_of_order_lead_back_to_the_banks(page, application, link_token):
    frame = open_link(page, application, link_token())
    frame.get_by_role("button", name="First Platypus Bank").click()
    expect(frame.get_by_role("heading", name="Sign in to First Platypus Bank")).to_be_visible()

    frame.get_by_role("link", name="Choose another bank").click()
    expect(frame.get_by_role("heading", name="Choose your bank")).to_be_visible()
    page.frames[1].goto(page.frames[1].url.replace("institutions", "credentials"))

    expect(frame.get_by_role("heading", name="Choose your bank")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_step_is_accessible(server, page, link_token, scheme):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 360, "height": 640})

    def check(heading):
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        report = Axe().run(page)
        assert report.response["violations"] == [], report.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360

    start = f"{server.url}/link/start?origin=http://127.0.0.1:1&token="
    page.goto(start + link_token())
    check("Choose your bank")
    page.get_by_role("button", name="Unhealthy Platypus Bank").click()
    expect(page.get_by_role("alert")).to_be_visible()
    check("Choose your bank")
    page.get_by_role("button", name="First Platypus Bank").click()
    sign_in(page, password="wrong")
    expect(page.get_by_role("alert")).to_be_visible()
    check("Sign in to First Platypus Bank")
    sign_in(page)
    check("Select accounts")
    page.goto(start + link_token(redirect_uri="http://127.0.0.1:8000/oauth-callback"))
    page.get_by_role("button", name="Platypus OAuth Bank").click()
    check("Continue to Platypus OAuth Bank")
    page.get_by_role("link", name="Continue to Platypus OAuth Bank").click()
    check("Platypus OAuth Bank")
    page.goto(start + "unknown")
    check("This cannot go on")


def test_link_is_framed_by_this_machine_alone(server, ask, link_token, page):
    answer = page.request.get(f"{server.url}/link/start?token={link_token()}&origin=http://127.0.0.1:1")

    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors http://127.0.0.1:* http://localhost:*" in policy
