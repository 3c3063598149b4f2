from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import pytest
from django.contrib.auth.models import User

from accounts.models import Account, SourceRecord, SyncLog
from investments.models import InvestmentAccount
from plaid_sync import attach
from plaid_sync.brokerage import follow
from plaid_sync.brokerage.sync import sync_investments
from plaid_sync.emulator.brokerage.portfolio import Portfolio
from plaid_sync.emulator.server import EmulatorServer
from plaid_sync.gateway import gateway_from_settings
from plaid_sync.mapping import NEW
from plaid_sync.models import InvestmentLink, LinkedAccount
from plaid_sync.pacing import Pace
from plaid_sync.stream_run import Outcome
from plaid_sync.sync import sync
from tests.plaid_sync.notices import item_id, tell_the_app
from tests.plaid_sync.visits import GINGHAM, visit, visit_brokerage

GINGHAM_INDIVIDUAL = "6011"


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


@dataclass(frozen=True)
class Brokerage:
    """A brokerage all of whose accounts are followed, and what a test wants of it."""

    server: EmulatorServer
    links: dict[str, InvestmentLink]  # by the mask of the account

    def sync(self, mask: str = GINGHAM_INDIVIDUAL, trigger: str = "manual", pace: Pace | None = None):
        return sync_investments(self.links[mask].pk, trigger, gateway=gateway_from_settings(), pace=pace or Pace())

    def link(self, mask: str = GINGHAM_INDIVIDUAL) -> InvestmentLink:
        """The link as it is stored now."""
        return InvestmentLink.objects.select_related("item").get(pk=self.links[mask].pk)

    def account(self, mask: str = GINGHAM_INDIVIDUAL) -> InvestmentAccount:
        return InvestmentAccount.objects.get(key=self.links[mask].account_key)

    def book(self, mask: str = GINGHAM_INDIVIDUAL) -> Portfolio:
        """The institution's own books of the account."""
        return self.server.bank.portfolio(self.links[mask].plaid_account_id)


@pytest.fixture
def told_bank(live_server, linked_bank):
    """A linked and synced bank whose webhooks reach the app by HTTP; a worker is there."""
    for role in linked_bank.links:
        linked_bank.sync(role)
    SyncLog.objects.all().delete()
    tell_the_app(linked_bank.server, item_id(linked_bank), live_server.url)
    return linked_bank


@pytest.fixture
def brokerage(bank: EmulatorServer, user: User) -> Brokerage:
    """Gingham Brokerage, followed and not yet synced."""
    return follow_everything(bank, user, GINGHAM)


@pytest.fixture
def follow_institution(bank: EmulatorServer, user: User) -> Callable[[str], Brokerage]:
    """Follows all accounts of another institution."""
    return lambda institution_id: follow_everything(bank, user, institution_id)


def follow_everything(bank: EmulatorServer, user: User, institution_id: str) -> Brokerage:
    session = visit_brokerage(bank, user, institution_id)
    links = follow.follow(session, {offer.id: NEW for offer in attach.offered(session)})
    return Brokerage(bank, {link.mask: link for link in links})
