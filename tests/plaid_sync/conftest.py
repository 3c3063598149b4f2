from dataclasses import dataclass
from decimal import Decimal

import pytest
from django.contrib.auth.models import User

from accounts.models import Account, SourceRecord
from plaid_sync import attach
from plaid_sync.emulator.server import EmulatorServer
from plaid_sync.gateway import gateway_from_settings
from plaid_sync.mapping import NEW
from plaid_sync.models import LinkedAccount
from plaid_sync.pacing import Pace
from plaid_sync.sync import Outcome, sync
from tests.plaid_sync.visits import visit


@dataclass(frozen=True)
class LinkedBank:
    """A bank all of whose accounts were linked through the real exchange, and what a test wants of it."""

    server: EmulatorServer
    links: dict[str, LinkedAccount]  # by the bank's name for the account's role: checking, savings, card

    def sync(self, role: str = "checking", trigger: str = "manual", pace: Pace | None = None) -> Outcome:
        return sync(self.links[role].pk, trigger, gateway=gateway_from_settings(), pace=pace or Pace())

    def link(self, role: str = "checking") -> LinkedAccount:
        """The linked account as it is stored now."""
        return LinkedAccount.objects.select_related("item", "account").get(pk=self.links[role].pk)

    def account(self, role: str = "checking") -> Account:
        return self.link(role).account

    def rows(self, role: str = "checking") -> list[tuple[object, ...]]:
        """The account's live rows by the bank's id."""
        current = SourceRecord.objects.filter(account=self.account(role), state="current", transaction__removed_at=None)
        columns = ("external_id", "transaction__date", "transaction__amount", "transaction__is_pending")
        return sorted(current.values_list(*columns))

    def ledger(self, role: str = "checking") -> list[tuple[object, ...]]:
        """The bank's own rows, in the same form."""
        rows = self.server.bank.rows(self.links[role].plaid_account_id)
        return sorted((r.transaction_id, r.date, Decimal(r.cents) / 100, r.is_pending) for r in rows)


@pytest.fixture
def linked_bank(bank: EmulatorServer, user: User) -> LinkedBank:
    """A bank with checking, savings and card, linked and not yet synced."""
    session = visit(bank, user)
    links = attach.attach(session, {offer.id: NEW for offer in attach.offered(session)})
    roles = {"Everyday Checking": "checking", "Rainy Day Savings": "savings", "Platypus Visa": "card"}
    return LinkedBank(bank, {roles[link.account.name]: link for link in links})
