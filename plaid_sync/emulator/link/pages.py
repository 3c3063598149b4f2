"""The pages of Link: what a person sees at each step."""

from plaid_sync.emulator.institutions import AccountPlan, Institution
from plaid_sync.emulator.link import flow
from plaid_sync.emulator.link.frame import Frame, bare, complaint, framed
from plaid_sync.emulator.link.html import Html, tag
from plaid_sync.emulator.linking import PASSWORD, USER


def institutions(frame: Frame, query: str) -> bytes:
    """The list of banks."""
    wanted = query.strip().lower()
    banks = flow.offered_banks(frame.world, frame.session)
    names = [bank.name.lower() for bank in banks]
    entries = [_institution_entry(bank, wanted not in bank.name.lower()) for bank in banks]
    return framed(
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
    return framed(
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
    return framed(
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
    return framed(
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
    return framed(
        frame,
        "done",
        "Connected",
        tag("p", "You can close this window.", class_="lead"),
        success=flow.success(frame.world, frame.session),
    )


def bank_sign_in(frame: Frame) -> bytes:
    """The bank's own page, outside the application."""
    token = frame.world.link_tokens[frame.session.link_token]
    return bare(
        f"{_bank(frame).name} (simulated)",
        tag("h1", _bank(frame).name),
        tag("p", f"Sign in and allow {token.client_name} to read your accounts.", class_="lead"),
        complaint(frame.fault) if frame.fault else Html(),
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
    return bare(
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
        tag("input", type="checkbox", name_="role", value=plan.role, checked=True),
        tag(
            "span",
            tag("span", plan.name, class_="name"),
            tag("span", f"{plan.subtype} ••{plan.mask}" + (", already shared" if is_shared else ""), class_="remark"),
        ),
        class_="account",
    )


def _back(frame: Frame) -> Html:
    if flow.is_update(frame.world, frame.session):
        return Html()
    return tag("p", tag("a", "Choose another bank", href=frame.address("back")), class_="back")
