"""How BudgetApp introduces itself to Plaid; nothing set means that bank syncing is off."""

from dataclasses import dataclass, field

from django.conf import settings

_HOSTS = {"sandbox": "https://sandbox.plaid.com", "production": "https://production.plaid.com"}


@dataclass(frozen=True, slots=True)
class Credentials:
    """One client of one Plaid environment (emulator, sandbox or production) and where it answers."""

    environment: str
    client_id: str
    secret: str = field(repr=False)
    host: str


def credentials() -> Credentials | None:
    """The credentials in the settings; None while they are incomplete: bank syncing is off."""
    environment = settings.PLAID_ENV
    host = settings.PLAID_EMULATOR_URL if environment == "emulator" else _HOSTS.get(environment, "")
    secret = settings.PLAID_SECRET
    if environment == "production":
        secret = settings.PLAID_PRODUCTION_SECRET or secret
    if not (host and settings.PLAID_CLIENT_ID and secret):
        return None
    return Credentials(environment, settings.PLAID_CLIENT_ID, secret, host)


def is_configured() -> bool:
    """Whether banks can be connected and synced."""
    return credentials() is not None
