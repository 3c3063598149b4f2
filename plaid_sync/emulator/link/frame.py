"""The frame around every page of Link: its head and banner, and what the script in it has to be told."""

import json
from dataclasses import dataclass

from plaid_sync.emulator.errors import Fault
from plaid_sync.emulator.ids import request_id
from plaid_sync.emulator.link import flow
from plaid_sync.emulator.link.html import Html, document, joined, tag
from plaid_sync.emulator.payloads import Payload
from plaid_sync.emulator.sessions import LinkSession
from plaid_sync.emulator.world import World

SCRIPT, STYLE = "/link/static/link.js", "/link/static/link.css"
STATUS = {
    "institutions": None,
    "credentials": "requires_credentials",
    "oauth": "requires_oauth",
    "accounts": "requires_account_selection",
}
VIEWS = {
    "institutions": "SELECT_INSTITUTION",
    "credentials": "CREDENTIAL",
    "oauth": "OAUTH",
    "accounts": "SELECT_ACCOUNT",
}
COMPLAINTS = {
    "INVALID_LINK_TOKEN": "This link has been used or has expired. Close this window and start again.",
    "INCORRECT_OAUTH_NONCE": "The page you came back to does not belong to this sign-in. Close this window and start "
    "again.",
    "ITEM_NOT_FOUND": "This connection no longer exists. Close this window and connect the bank again.",
}


@dataclass(frozen=True, slots=True)
class Frame:
    """The session a page belongs to, and what went wrong on the way to it."""

    world: World
    session: LinkSession
    fault: Fault | None = None

    def address(self, step: str) -> str:
        """The path of another step of the same session."""
        return f"/link/{self.session.session_id}/{step}"


def framed(frame: Frame, step: str, heading: str, *content: str, success: Payload | None = None) -> bytes:
    """A page inside the application's frame, with what the script there has to be told."""
    return bare(
        "Connect a bank",
        tag("h1", heading, tabindex="-1"),
        complaint(frame.fault) if frame.fault else Html(),
        *content,
        data_origin=frame.session.origin,
        data_page=json.dumps(_page_state(frame.session, STATUS.get(step), frame.fault)),
        data_events=json.dumps(_events(frame, step)),
        data_state=frame.address("state"),
        data_success=json.dumps(success) if success else None,
    )


def dead_end(fault: Fault, origin: str) -> bytes:
    """A way into Link that leads nowhere; closing it calls onExit with the error."""
    page = _page_state(None, None, fault)
    return bare(
        "Link cannot be opened",
        tag("h1", "This cannot go on", tabindex="-1"),
        complaint(fault),
        tag("button", "Close", type="button", data_action="exit"),
        data_origin=origin or None,
        data_page=json.dumps(page),
        data_events=json.dumps([("ERROR", {"error_code": fault.code, "error_type": fault.error_type})]),
    )


def bare(title: str, *content: str, **attributes: str | bool | None) -> bytes:
    """A page of the bank's own; `attributes` are those of its body."""
    is_framed = "data_origin" in attributes
    banner = tag(
        "header",
        tag("strong", "Simulated bank"),
        tag("button", "Close", type="button", data_action="exit", class_="quiet") if is_framed else Html(),
    )
    return document(title, banner, tag("main", joined(*content)), script=SCRIPT, style=STYLE, **attributes)


def complaint(fault: Fault) -> Html:
    """What went wrong, in words for a person."""
    sentence = COMPLAINTS.get(fault.code) or fault.display or fault.message
    return tag("p", sentence, role="alert", class_="complaint")


def _events(frame: Frame, step: str) -> list[tuple[str, Payload]]:
    """What onEvent is called with when the page appears."""
    events: list[tuple[str, Payload]] = []
    if step in {"credentials", "oauth"} and not frame.fault:
        events.append(("SELECT_INSTITUTION", {}))
    if step in VIEWS:
        events.append(("TRANSITION_VIEW", {"view_name": VIEWS[step]}))
    if frame.fault:
        events.append(("ERROR", {"error_code": frame.fault.code, "error_type": frame.fault.error_type}))
    return events


def _page_state(session: LinkSession | None, status: str | None, fault: Fault | None) -> Payload:
    error = fault and {
        "error_type": fault.error_type,
        "error_code": fault.code,
        "error_message": fault.message,
        "display_message": fault.display,
    }
    return {
        "error": error,
        "status": status,
        "institution": flow.institution_of(session) if session else None,
        "link_session_id": session.session_id if session else "",
        "request_id": request_id(),
    }
