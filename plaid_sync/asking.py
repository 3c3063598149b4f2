"""What a bank says of a login: who it is, until when the consent holds, which accounts are shared."""

from plaid_sync.balances import usable_token
from plaid_sync.credentials import client_id
from plaid_sync.gateway import gateway_from_settings
from plaid_sync.mapping import OfferedAccount
from plaid_sync.models import PlaidItem


def ask_bank(item: PlaidItem) -> list[OfferedAccount]:
    """The accounts that the login shares now; what else the bank says of it is noted on the item.

    Raises NotConfigured or PlaidError.
    """
    gateway = gateway_from_settings()
    token = usable_token(item, gateway)
    described = gateway.item_get(token)
    answers = gateway.accounts_get(token)
    name = described.institution or gateway.institution(described.institution_id).name
    item.institution_id = described.institution_id[:64]
    item.institution = name[:120]
    item.consent_expires_at = described.consent_expires_at
    item.products = list(described.products)
    item.webhook_url = described.webhook[:500]
    item.client_id = client_id()  # it has just answered to this one
    columns = ["institution_id", "institution", "consent_expires_at", "products", "webhook_url", "client_id"]
    item.save(update_fields=columns)
    return [OfferedAccount.of(answer) for answer in answers]


def known_accounts(item: PlaidItem) -> dict[str, OfferedAccount]:
    """Every account that the bank has ever listed for the login, by its id, as it was listed last."""
    sessions = item.sessions.order_by("pk").values_list("bank_accounts", flat=True)
    return {stored["id"]: OfferedAccount(**stored) for accounts in sessions for stored in accounts}
