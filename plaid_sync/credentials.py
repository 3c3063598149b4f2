"""How BudgetApp introduces itself to Plaid; nothing set means that bank syncing is off.

Each part comes from the environment, else from the Settings page. There every environment of Plaid has a
secret of its own, as Plaid gives them.
"""

from dataclasses import dataclass, field

from django.conf import settings

from accounts.saved_settings import effective, saved
from plaid_sync.errors import TokenUnreadable
from plaid_sync.vault import SECRET_NAMES, decrypt_secret

EMULATOR = "emulator"
DEMO_BANK = "DEMO_BANK"  # the saved setting of where the demo's banks answer
_HOSTS = {"sandbox": "https://sandbox.plaid.com", "production": "https://production.plaid.com"}


@dataclass(frozen=True, slots=True)
class Credentials:
    """One client of one Plaid environment (emulator, sandbox or production) and where it answers."""

    environment: str
    client_id: str
    secret: str = field(repr=False)
    host: str


def credentials() -> Credentials | None:
    """The credentials in force; None while they are incomplete or unreadable: bank syncing is off."""
    chosen = environment()
    host = bank_address() if chosen == EMULATOR else _HOSTS.get(chosen, "")
    try:
        known_as, proof = client_id(), secret(chosen)
    except TokenUnreadable:
        return None
    return Credentials(chosen, known_as, proof, host) if host and known_as and proof else None


def is_configured() -> bool:
    """Whether banks can be connected and synced."""
    return credentials() is not None


def environment() -> str:
    """The environment of Plaid that is in force: emulator, sandbox or production; "" if none is chosen."""
    return effective("PLAID_ENV")


def is_simulated() -> bool:
    """Whether the banks are made up."""
    return environment() == EMULATOR


def bank_address() -> str:
    """Where the simulated banks answer: the demo's, else where the environment says.

    Where the environment has chosen the banks, no saved setting counts, and none is asked for.
    """
    return ("" if settings.PLAID_ENV else saved(DEMO_BANK)) or str(settings.PLAID_EMULATOR_URL)


def simulated_bank() -> str:
    """The same while the banks are made up; "" beside real ones."""
    return bank_address() if is_simulated() else ""


def is_real_account_given() -> bool:
    """Whether anything of an account at Plaid is set, or the environment has chosen where banks come from."""
    names = ("PLAID_ENV", "PLAID_CLIENT_ID", "PLAID_SECRET", "PLAID_PRODUCTION_SECRET")
    is_saved = any(saved(name) for name in ("PLAID_CLIENT_ID", *SECRET_NAMES.values()))
    return is_saved or any(getattr(settings, name) for name in names) or environment() not in {"", EMULATOR}


def client_id() -> str:
    """The client id in force; "" if none is set."""
    return EMULATOR if _is_simulated_by_choice() else effective("PLAID_CLIENT_ID")


def secret(of: str) -> str:
    """The secret for the environment `of`; "" if none is set. Raises TokenUnreadable for a saved one."""
    if _is_simulated_by_choice():
        return EMULATOR
    if given := given_secret(of):
        return given
    encrypted = saved(SECRET_NAMES[of]) if of in SECRET_NAMES else ""
    return decrypt_secret(encrypted, environment=of) if encrypted else ""


def given_secret(of: str) -> str:
    """The secret for the environment `of` that the variables give; "" if they give none."""
    own: str = settings.PLAID_PRODUCTION_SECRET if of == "production" else ""
    return own or str(settings.PLAID_SECRET)


def _is_simulated_by_choice() -> bool:
    """Whether the simulated bank was chosen on the Settings page: it takes any caller, so nothing is asked for."""
    return not settings.PLAID_ENV and is_simulated()
