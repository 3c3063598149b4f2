"""How banks are connected: logins, what each feeds, and what Plaid said."""

from plaid_sync.models.demo_account import DemoAccount
from plaid_sync.models.halt import Halt
from plaid_sync.models.investment_link import InvestmentLink
from plaid_sync.models.investment_run import InvestmentRun
from plaid_sync.models.link_session import LinkSession
from plaid_sync.models.linked_account import LinkedAccount
from plaid_sync.models.plaid_item import PlaidItem
from plaid_sync.models.stream import Stream
from plaid_sync.models.sync_page import SyncPage
from plaid_sync.models.token_key_fingerprint import TokenKeyFingerprint
from plaid_sync.models.webhook_event import WebhookEvent

__all__ = [
    "DemoAccount",
    "Halt",
    "InvestmentLink",
    "InvestmentRun",
    "LinkSession",
    "LinkedAccount",
    "PlaidItem",
    "Stream",
    "SyncPage",
    "TokenKeyFingerprint",
    "WebhookEvent",
]
