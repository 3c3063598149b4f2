"""The pages of Link: what a person sees at each step."""

import json
from dataclasses import dataclass

from plaid_sync.emulator.errors import Fault
from plaid_sync.emulator.ids import request_id
from plaid_sync.emulator.institutions import INSTITUTIONS, AccountPlan, Institution
from plaid_sync.emulator.link import flow
from plaid_sync.emulator.link.html import Html, document, joined, tag
from plaid_sync.emulator.linking import PASSWORD, USER
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


def institutions(frame: Frame, query: str) -> bytes:
    """The list of banks."""
    wanted = query.strip().lower()
    names = [bank.name.lower() for bank in INSTITUTIONS.values()]
    entries = [_institution_entry(bank, wanted not in bank.name.lower()) for bank in INSTITUTIONS.values()]
    return _framed(
        frame,
        "institutions",
        "Choose your bank",
        tag("p", "Every bank here is simulated. No real account can be reached.", class_="lead"),
        tag(
            "form",
            tag("label", "Search banks", for_="search"),
            tag("input", id="search", type="search", name_="q", value=query, autocomplete="off"),
            role="search",
        ),
        tag(
            "form",
            tag("ul", *entries, class_="banks"),
            tag("p", "No bank of that name.", data_none=True, hidden=any(wanted in name for name in names)),
            method="post",
            action=frame.address("institutions"),
        ),
    )


def credentials(frame: Frame) -> bytes:
    """Sign-in with user name and password."""
    return _framed(
        frame,
        "credentials",
        f"Sign in to {_bank(frame).name}",
        _sign_in_form(frame, "credentials", "Sign in"),
        _back(frame),
    )


def oauth(frame: Frame) -> bytes:
    """The last page before the browser goes to the bank."""
    name = _bank(frame).name
    leaves = flow.return_address(frame.world, frame.session) is not None
    return _framed(
        frame,
        "oauth",
        f"Continue to {name}",
        tag("p", f"You sign in on the page of {name} and come back here afterwards.", class_="lead"),
        tag(
            "a",
            f"Continue to {name}",
            href=frame.address("bank"),
            class_="button",
            target=None if leaves else "_blank",
            rel=None if leaves else "opener",
            data_action="leave" if leaves else "popup",
        ),
        tag("p", "Waiting for the bank's window.", role="status", data_waiting=True, hidden=True),
        _back(frame),
    )


def accounts(frame: Frame) -> bytes:
    """The choice of accounts to share."""
    offered = flow.offered_accounts(frame.world, frame.session)
    return _framed(
        frame,
        "accounts",
        "Select accounts",
        tag(
            "form",
            tag(
                "fieldset",
                tag("legend", f"Accounts at {_bank(frame).name} to share"),
                *(_account_entry(plan, is_shared) for plan, is_shared in offered),
            ),
            tag("button", "Share selected accounts", type="submit"),
            method="post",
            action=frame.address("accounts"),
        ),
    )


def done(frame: Frame) -> bytes:
    """The end: the script takes the public token from here and closes the frame."""
    return _framed(
        frame,
        "done",
        "Connected",
        tag("p", "You can close this window.", class_="lead"),
        success=flow.success(frame.world, frame.session),
    )


def dead_end(fault: Fault, origin: str) -> bytes:
    """A way into Link that leads nowhere; closing it calls onExit with the error."""
    page = _page_state(None, None, fault)
    return _document(
        "Link cannot be opened",
        tag("h1", "This cannot go on", tabindex="-1"),
        _complaint(fault),
        tag("button", "Close", type="button", data_action="exit"),
        data_origin=origin or None,
        data_page=json.dumps(page),
        data_events=json.dumps([("ERROR", {"error_code": fault.code, "error_type": fault.error_type})]),
    )


def bank_sign_in(frame: Frame) -> bytes:
    """The bank's own page, outside the application."""
    token = frame.world.link_tokens[frame.session.link_token]
    return _document(
        f"{_bank(frame).name} (simulated)",
        tag("h1", _bank(frame).name),
        tag("p", f"Sign in and allow {token.client_name} to read your accounts.", class_="lead"),
        _complaint(frame.fault) if frame.fault else Html(),
        _sign_in_form(frame, "bank", "Sign in and allow"),
        tag(
            "form",
            tag("button", "Cancel", type="submit", name_="cancel", value="1", class_="quiet"),
            method="post",
            action=frame.address("bank"),
        ),
        class_="bank",
    )


def bank_done(frame: Frame) -> bytes:
    """What is left in the bank's window when it was opened beside the application."""
    return _document(
        "Done",
        tag("h1", "Done"),
        tag("p", f"You can close this window and go on in the other one ({_bank(frame).name})."),
        data_closes=True,
        class_="bank",
    )


def _bank(frame: Frame) -> Institution:
    institution = flow.chosen(frame.session)
    if institution is None:
        raise LookupError("no bank was chosen")
    return institution


def _institution_entry(bank: Institution, is_hidden: bool) -> Html:
    return tag(
        "li",
        tag(
            "button",
            tag("span", bank.name[0], class_="initial", aria_hidden="true"),
            tag("span", tag("span", bank.name, class_="name"), tag("span", _remark(bank), class_="remark")),
            type="submit",
            name_="institution_id",
            value=bank.institution_id,
        ),
        data_name=bank.name.lower(),
        hidden=is_hidden,
    )


def _remark(bank: Institution) -> str:
    if bank.is_down:
        return "does not respond"
    if bank.signed_in_days is not None:
        return "asks you to sign in again after a day"
    return "signs in on its own page" if bank.is_oauth else "signs in with user name and password"


def _sign_in_form(frame: Frame, step: str, button: str) -> Html:
    invalid = "true" if frame.fault else None
    user, password = tag("code", USER), tag("code", PASSWORD)
    return tag(
        "form",
        tag("label", "User name", for_="user"),
        tag("input", id="user", name_="user", aria_invalid=invalid, autocapitalize="none", **_PLAIN_INPUT),
        tag("label", "Password", for_="password"),
        tag("input", id="password", name_="password", type="password", aria_invalid=invalid, **_PLAIN_INPUT),
        tag("p", "Use ", user, " and ", password, ".", class_="hint"),
        tag("button", button, type="submit"),
        method="post",
        action=frame.address(step),
    )


_PLAIN_INPUT: dict[str, str | bool | None] = {"autocomplete": "off", "spellcheck": "false", "required": True}


def _account_entry(plan: AccountPlan, is_shared: bool) -> Html:
    return tag(
        "label",
        tag("input", type="checkbox", name_="role", value=plan.role, checked=True, disabled=is_shared),
        tag(
            "span",
            tag("span", plan.name, class_="name"),
            tag("span", f"{plan.subtype} ••{plan.mask}" + (", already shared" if is_shared else ""), class_="remark"),
        ),
        class_="account",
    )


def _complaint(fault: Fault) -> Html:
    sentence = COMPLAINTS.get(fault.code) or fault.display or fault.message
    return tag("p", sentence, role="alert", class_="complaint")


def _back(frame: Frame) -> Html:
    if flow.is_update(frame.world, frame.session):
        return Html()
    return tag("p", tag("a", "Choose another bank", href=frame.address("back")), class_="back")


def _framed(frame: Frame, step: str, heading: str, *content: str, success: Payload | None = None) -> bytes:
    """A page inside the application's frame, with what the script there has to be told."""
    return _document(
        "Connect a bank",
        tag("h1", heading, tabindex="-1"),
        _complaint(frame.fault) if frame.fault else Html(),
        *content,
        data_origin=frame.session.origin,
        data_page=json.dumps(_page_state(frame.session, STATUS.get(step), frame.fault)),
        data_events=json.dumps(_events(frame, step)),
        data_state=frame.address("state"),
        data_success=json.dumps(success) if success else None,
    )


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


def _document(title: str, *content: str, **attributes: str | bool | None) -> bytes:
    is_framed = "data_origin" in attributes
    banner = tag(
        "header",
        tag("strong", "Simulated bank"),
        tag("button", "Close", type="button", data_action="exit", class_="quiet") if is_framed else Html(),
    )
    return document(title, banner, tag("main", joined(*content)), script=SCRIPT, style=STYLE, **attributes)
