"""Whether Plaid takes the credentials, told in words; by calls that cost nothing and leave nothing behind."""

from dataclasses import dataclass

from plaid_sync import demo
from plaid_sync.addresses import redirect_uri
from plaid_sync.credentials import EMULATOR, bank_address
from plaid_sync.errors import ConfigurationError, NotConfigured, PlaidError, RequestRefused, TemporarilyUnavailable
from plaid_sync.gateway import Gateway, gateway_from_settings
from plaid_sync.visits import client_user_id


@dataclass(frozen=True, slots=True)
class Verdict:
    """How the trial ended. `reference` is Plaid's, "" if it gave none."""

    is_good: bool
    sentence: str
    reference: str = ""


def try_connection() -> Verdict:
    """Asks for a link token, as Connect does first: Plaid then checks credentials, products and redirect URI."""
    try:
        gateway = gateway_from_settings()
        return _tried(gateway)
    except NotConfigured as error:
        return Verdict(is_good=False, sentence=str(error))
    except PlaidError as error:
        return Verdict(is_good=False, sentence=_reason(error, gateway.environment), reference=error.request_id)


def _tried(gateway: Gateway) -> Verdict:
    address = redirect_uri()
    try:
        gateway.link_token_create(client_user_id=client_user_id(), redirect_uri=address)
    except RequestRefused as refusal:
        if not address:
            raise
        gateway.link_token_create(client_user_id=client_user_id())
        sentence = (
            f"Plaid accepts the credentials, but not the redirect URI. Add {address} in Plaid's dashboard under "
            "API, Allowed redirect URIs."
        )
        return Verdict(is_good=False, sentence=sentence, reference=refusal.request_id)
    if gateway.environment == EMULATOR:
        return Verdict(is_good=True, sentence="The simulated bank answers. Connect works now.")
    return Verdict(
        is_good=True, sentence=f"Plaid accepts the credentials for {gateway.environment}. Connect works now."
    )


def _reason(error: PlaidError, environment: str) -> str:
    if environment == EMULATOR and isinstance(error, TemporarilyUnavailable):
        if demo.is_on():
            return "The demo’s banks do not answer. The worker runs them: see that manage.py worker is running."
        return (
            f"The simulated bank does not answer at {bank_address()}. Start it in a terminal: "
            "python manage.py plaid_emulator"
        )
    if isinstance(error, ConfigurationError) and error.code == "INVALID_API_KEYS":
        return (
            f"Plaid does not know this client id and secret in {environment}. Each environment has a secret of "
            f"its own: copy the one for {environment}."
        )
    return str(error)
