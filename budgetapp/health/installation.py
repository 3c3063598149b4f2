"""The server's own settings, the key, and how Plaid is reached."""

from datetime import datetime

from django.core.checks import ERROR, run_checks

from budgetapp.health.finding import Finding, Status, error, warning, well
from plaid_sync import credentials
from plaid_sync.errors import TokenUnreadable
from plaid_sync.halt import current_halt
from plaid_sync.key_state import key_state

_SETTINGS = "Open Settings, Bank connection."


def server(_now: datetime) -> Finding:
    """Django's checks of the address, the private files and the queue."""
    messages = [message for message in run_checks() if (message.id or "").startswith("budgetapp.")]
    if not messages:
        return well("Address, private files and settings are as they should be.")
    status = Status.ERROR if any(message.level >= ERROR for message in messages) else Status.WARNING
    details = tuple(f"{message.msg} {message.hint or ''}".strip() for message in messages)
    return Finding(status, "Settings of the server need attention.", "Each line says what helps.", details)


def key(_now: datetime) -> Finding:
    """Whether the key is there and opens everything that is stored."""
    state = key_state()
    banks = tuple(dict.fromkeys(str(piece) for piece in state.lost))
    if state.problem:
        return error(state.problem, "Settings, Encryption key, says how to go on without it.", *banks)
    if banks:
        return error("Some of what is stored can’t be read.", "Settings, Encryption key, says how to go on.", *banks)
    if state.is_to_rotate:
        return warning("A newer key waits to be used.", "Run: manage.py rotate_keys")
    if not state.in_use:
        return well("There is no key yet; the first bank connection makes one.")
    return well("The key is there and opens everything.", f"fingerprint {state.in_use[:16]}")


def plaid(_now: datetime) -> Finding:
    """Whether Plaid is configured, completely, and has not refused."""
    chosen = credentials.environment()
    if not chosen:
        return well("Bank syncing is off; everything else works.")
    try:
        parts = {"client id": credentials.client_id(), "secret": credentials.secret(chosen)}
    except TokenUnreadable:
        return error(f"The saved secret for {chosen} can’t be read with the present key.", _SETTINGS)
    if missing := [name for name, value in parts.items() if not value]:
        words = " and ".join(missing)
        return warning(f"Bank syncing is off: the {words} for {chosen} {_are(missing)} missing.", _SETTINGS)
    if halted := current_halt():
        return error(halted.error_message, _SETTINGS, halted.error_code)
    return well(
        f"Bank syncing is on, with Plaid’s {chosen}." if chosen != credentials.EMULATOR else "The banks are simulated."
    )


def _are(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"
