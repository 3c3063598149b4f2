"""The addresses of Link: the script, its style, and the pages of a session."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from plaid_sync.emulator.errors import Fault, not_found
from plaid_sync.emulator.link import flow, pages
from plaid_sync.emulator.link.frame import Frame, dead_end
from plaid_sync.emulator.responses import Response, json_response, redirect
from plaid_sync.emulator.sessions import LinkSession
from plaid_sync.emulator.world import World

PREFIX = "/link/"
STATIC = Path(__file__).parent / "static"
FILES = {
    "/link/v2/stable/link-initialize.js": (STATIC / "link-initialize.js", "text/javascript; charset=utf-8"),
    "/link/static/link.js": (STATIC / "link.js", "text/javascript; charset=utf-8"),
    "/link/static/link.css": (STATIC / "link.css", "text/css; charset=utf-8"),
}
LOOPBACK = frozenset({"localhost", "127.0.0.1"})
FRAMED_BY = "http://127.0.0.1:* http://localhost:* https://127.0.0.1:* https://localhost:*"


class Request(NamedTuple):
    """What a page was asked with: the fields of the address or of the form."""

    method: str
    fields: Mapping[str, list[str]]

    def text(self, name: str) -> str:
        """The first value of the field; empty when there is none."""
        return self.fields.get(name, [""])[0]


def respond(world: World, method: str, target: str, body: bytes) -> Response:
    """The answer for an address of Link; Fault when there is no such page."""
    parts = urlsplit(target)
    if parts.path in FILES and method == "GET":
        file, content_type = FILES[parts.path]
        return Response(file.read_bytes(), content_type)
    form = body.decode("utf-8", "replace") if method == "POST" else parts.query
    request = Request(method, parse_qs(form, keep_blank_values=True))
    if parts.path == f"{PREFIX}start" and method == "GET":
        return _start(world, request)
    session_id, _, step = parts.path.removeprefix(PREFIX).partition("/")
    session = world.link_sessions.get(session_id)
    if session is None or step not in STEPS:
        raise not_found()
    if flow.chosen(session) is None and step not in BEFORE_A_BANK:
        return _go_on(world, session)
    return STEPS[step](Frame(world, session), request)


def _start(world: World, request: Request) -> Response:
    origin = request.text("origin")
    if urlsplit(origin).hostname not in LOOPBACK:
        origin = ""
    try:
        session = flow.start(world, request.text("token"), origin, request.text("received_redirect_uri"))
    except Fault as fault:
        return _page(dead_end(fault, origin))
    return _go_on(world, session)


def _institutions(frame: Frame, request: Request) -> Response:
    if request.method == "POST":
        try:
            flow.choose(frame.world, frame.session, request.text("institution_id"))
        except Fault as fault:
            response = _page(pages.institutions(Frame(frame.world, frame.session, fault), ""))
            flow.back(frame.world, frame.session)
            return response
        return _go_on(frame.world, frame.session)
    return _page(pages.institutions(frame, request.text("q")))


def _credentials(frame: Frame, request: Request) -> Response:
    return _signed_in(frame, request) if request.method == "POST" else _page(pages.credentials(frame))


def _signed_in(frame: Frame, request: Request) -> Response:
    try:
        flow.sign_in(frame.world, frame.session, request.text("user"), request.text("password"))
    except Fault as fault:
        return _page(pages.credentials(Frame(frame.world, frame.session, fault)))
    return _go_on(frame.world, frame.session)


def _oauth(frame: Frame, _request: Request) -> Response:
    flow.leave_for_bank(frame.world, frame.session)
    return _page(pages.oauth(frame))


def _bank(frame: Frame, request: Request) -> Response:
    """The bank's own page, at the top of the browser or in a window of its own."""
    fault = None
    back = flow.return_address(frame.world, frame.session)
    if request.method == "POST":
        try:
            if not request.text("cancel"):
                flow.sign_in(frame.world, frame.session, request.text("user"), request.text("password"))
            return redirect(back) if back else _page(pages.bank_done(frame), framed_by="'none'")
        except Fault as refused:
            fault = refused
    page = pages.bank_sign_in(Frame(frame.world, frame.session, fault))
    return _page(page, framed_by="'none'", form_goes_to=_origin(back))


def _state(frame: Frame, _request: Request) -> Response:
    """Asked again and again while the bank's window is open."""
    step = flow.next_step(frame.session)
    return json_response({"next": frame.address(step) if frame.session.is_signed_in else None})


def _accounts(frame: Frame, request: Request) -> Response:
    if flow.next_step(frame.session) != "accounts":
        return _go_on(frame.world, frame.session)
    roles = set(request.fields.get("role", []))
    if request.method == "GET" and flow.asks_for_accounts(frame.world, frame.session):
        return _page(pages.accounts(frame))
    if not roles and flow.asks_for_accounts(frame.world, frame.session):
        return _page(pages.accounts(Frame(frame.world, frame.session, _no_accounts())))
    try:
        flow.finish(frame.world, frame.session, roles)
    except Fault as fault:
        return _page(dead_end(fault, frame.session.origin))
    return _go_on(frame.world, frame.session)


def _done(frame: Frame, _request: Request) -> Response:
    if not frame.session.public_token:
        return _go_on(frame.world, frame.session)
    return _page(pages.done(frame))


def _back(frame: Frame, _request: Request) -> Response:
    flow.back(frame.world, frame.session)
    return _go_on(frame.world, frame.session)


STEPS: dict[str, Callable[[Frame, Request], Response]] = {
    "institutions": _institutions,
    "credentials": _credentials,
    "oauth": _oauth,
    "bank": _bank,
    "state": _state,
    "accounts": _accounts,
    "done": _done,
    "back": _back,
}
BEFORE_A_BANK = frozenset({"institutions", "state", "back"})


def _go_on(world: World, session: LinkSession) -> Response:
    return redirect(Frame(world, session).address(flow.next_step(session)))


def _no_accounts() -> Fault:
    return Fault("ITEM_ERROR", "NO_ACCOUNTS", "no accounts were selected", display="Select at least one account.")


def _origin(address: str | None) -> str:
    if address is None:
        return ""
    parts = urlsplit(address)
    return f" {parts.scheme}://{parts.netloc}"


def _page(body: bytes, *, framed_by: str = FRAMED_BY, form_goes_to: str = "") -> Response:
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
        f"base-uri 'none'; form-action 'self'{form_goes_to}; frame-ancestors {framed_by}"
    )
    headers = {
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
    }
    return Response(body, "text/html; charset=utf-8", headers=headers)
