"""The simulated world: its clock, its items and tokens, and how its days pass."""

import threading
from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from queue import Queue

from plaid_sync.emulator import ids
from plaid_sync.emulator.bank import Account, Item, Phase
from plaid_sync.emulator.brokerage.customers import CUSTOMERS
from plaid_sync.emulator.brokerage.market import Market, market_of
from plaid_sync.emulator.brokerage.portfolio import Portfolio
from plaid_sync.emulator.days import backfill, backfill_trades, invest, live
from plaid_sync.emulator.errors import invalid_institution
from plaid_sync.emulator.household.household import Household, household_of
from plaid_sync.emulator.household.purchase import CARD
from plaid_sync.emulator.institutions import INSTITUTIONS, Institution
from plaid_sync.emulator.news import News, Notice, investments_news, login_required, transactions_news
from plaid_sync.emulator.sessions import LinkSession, LinkToken, PublicToken
from plaid_sync.emulator.signing import KeyRing

HISTORY = timedelta(days=730)
INITIAL_WINDOW = timedelta(days=30)


class World:
    """All that the simulated bank and the simulated Plaid know; whoever reads or changes it holds `lock`.

    `changes` grows with every change, so a keeper of the state file knows when to write. `salt` makes the ids and
    tokens of two worlds different; the households depend on `seed` alone. Webhooks wait in `outbox` for the courier.
    """

    def __init__(self, seed: str, *, salt: str | None = None, today: date | None = None) -> None:
        self.seed = seed
        self.salt = seed if salt is None else salt
        self.lock = threading.RLock()
        self.changes = 0
        self.fixed_today = today
        self.days_passed = 0
        self.counter = 0
        self.began_on = self.today
        self.next_phase = Phase.HISTORICAL
        self.items: dict[str, Item] = {}
        self.public_tokens: dict[str, PublicToken] = {}
        self.link_tokens: dict[str, LinkToken] = {}
        self.link_sessions: dict[str, LinkSession] = {}
        self.keys = KeyRing()
        self.outbox: Queue[Notice | None] = Queue()
        self.institutions_down = {key for key, bank in INSTITUTIONS.items() if bank.is_down}

    @property
    def now(self) -> datetime:
        """The moment it is in this world, in UTC."""
        moment = datetime.now(UTC)
        if self.fixed_today is not None:
            moment = datetime.combine(self.fixed_today, moment.timetz())
        return moment + timedelta(days=self.days_passed)

    @property
    def today(self) -> date:
        """The day it is in this world."""
        return self.now.date()

    def touch(self) -> None:
        """Say that something has changed."""
        self.changes += 1

    def number(self) -> int:
        """A number that no earlier thing in this world has."""
        self.counter += 1
        self.touch()
        return self.counter

    def institution(self, institution_id: str) -> Institution:
        """The bank of this id; Plaid's Fault when there is none."""
        if institution_id not in INSTITUTIONS:
            raise invalid_institution()
        return INSTITUTIONS[institution_id]

    def household(self, institution_id: str) -> Household:
        """The people who bank there."""
        return household_of(f"{self.seed}:{institution_id}", INSTITUTIONS[institution_id].habits)

    @property
    def market(self) -> Market:
        """The prices of this world."""
        return market_of(self.seed, self._epoch)

    def open_item(
        self,
        institution_id: str,
        *,
        products: tuple[str, ...],
        consented: tuple[str, ...] = (),
        days: int = 90,
        roles: Collection[str] | None = None,
    ) -> Item:
        """A new sign-in with the bank's accounts of these roles (None: all) and up to `days` of history."""
        today = self.today
        item_id = ids.identifier(self.salt, "item", self.number())
        item = Item(
            item_id=item_id,
            access_token=ids.token("access", self.salt, item_id),
            institution_id=institution_id,
            products=products,
            consented_products=consented,
            created_at=self.now,
            first_day=max(self._epoch, today - timedelta(days=days)),
            lived_until=today,
            signed_in_on=today,
            consent_expires_at=self._consent_end(institution_id),
            phase=Phase.NOT_READY,
        )
        plans = INSTITUTIONS[institution_id].plans
        self._open_accounts(item, [plan.role for plan in plans] if roles is None else roles)
        self.items[item_id] = item
        self.advance(item, self.next_phase)
        return item

    def share_accounts(self, item: Item, roles: Collection[str]) -> None:
        """The customer shares these accounts of the bank and no others; one that is shared again has a new id."""
        for account in list(item.accounts.values()):
            if account.plan.role not in roles:
                item.close(account)
        shared = {account.plan.role for account in item.accounts.values()}
        self._open_accounts(item, set(roles) - shared, turn=self.number())
        self.advance(item, item.phase)

    def repair(self, item: Item) -> None:
        """The customer has signed in again."""
        item.needs_login = False
        item.signed_in_on = self.today
        item.consent_expires_at = self._consent_end(item.institution_id)
        self.tell(item)
        self.touch()

    def require_login(self, item: Item) -> None:
        """The bank wants its customer to sign in again, and Plaid says so."""
        item.needs_login = True
        self.notify(item, login_required())

    def consent(self, item: Item, products: tuple[str, ...]) -> None:
        """The customer lets the application read more."""
        item.consented_products = tuple(dict.fromkeys((*item.consented_products, *products)))
        self.touch()

    def advance(self, item: Item, phase: Phase) -> None:
        """Let Plaid pull the item's history as far as this phase; phases never go back."""
        before, phase = item.phase, max(phase, item.phase, key=list(Phase).index)
        if phase is Phase.INITIAL:
            item.publish(phase, self.today - INITIAL_WINDOW)
        elif phase is Phase.HISTORICAL:
            item.publish(phase, date.min)
        if phase is not before:
            self.tell(item, "INITIAL_UPDATE" if phase is Phase.INITIAL else "HISTORICAL_UPDATE")
        self.touch()

    def tell(self, item: Item, code: str = "DEFAULT_UPDATE") -> None:
        """Let Plaid send what webhooks have not told of yet; `code` names the occasion."""
        if not item.is_open:
            return
        for news in (*transactions_news(item, code), *investments_news(item, code)):
            self.notify(item, news)

    def notify(self, item: Item, news: News) -> None:
        """Let Plaid send one webhook, if the item has an address for it."""
        self.touch()
        if item.webhook is None or item.is_removed:
            return
        about = {"webhook_type": news.kind, "webhook_code": news.code, "item_id": item.item_id}
        self.outbox.put(Notice(item.webhook, {**about, **news.facts, "environment": ids.ENVIRONMENT}))
        item.last_webhook, item.last_webhook_at = news.code, self.now

    def pass_days(self, days: int) -> None:
        """Move the clock on and live through the days."""
        self.days_passed += days
        self.touch()
        self.catch_up()

    def catch_up(self) -> None:
        """Live through every day that has begun since the last look."""
        today = self.today
        for item in self.items.values():
            if item.lived_until < today and not item.is_removed:
                self._live(item, today)
                self.touch()

    def _live(self, item: Item, today: date) -> None:
        household = self.household(item.institution_id)
        while item.lived_until < today:
            item.lived_until += timedelta(days=1)
            live(item, household, item.lived_until)
            invest(item, item.lived_until)
        self.tell(item)
        patience = INSTITUTIONS[item.institution_id].signed_in_days
        is_tired = patience is not None and (today - item.signed_in_on).days >= patience
        is_expired = item.consent_expires_at is not None and item.consent_expires_at <= self.now
        if (is_tired or is_expired) and not item.needs_login:
            self.require_login(item)

    def _consent_end(self, institution_id: str) -> datetime | None:
        """When a consent that is given now ends; None where it does not."""
        days = INSTITUTIONS[institution_id].consent_days
        return None if days is None else self.now + timedelta(days=days)

    @property
    def _epoch(self) -> date:
        """The day at which the households' openings hold."""
        return self.began_on - HISTORY

    def _open_accounts(self, item: Item, roles: Collection[str], *, turn: int = 0) -> None:
        """Opens accounts under ids of their own; `turn` makes them differ from those of an earlier time."""
        household = self.household(item.institution_id)
        opened = []
        for plan in INSTITUTIONS[item.institution_id].plans:
            if plan.role in roles:
                opening = plan.opening + (household.owed_before(self._epoch) if plan.role == CARD else 0)
                persistent = ids.identifier(self.seed, item.institution_id, plan.role)
                account_id = ids.identifier(self.salt, item.item_id, plan.role, *([turn] if turn else []))
                opened.append(Account(account_id, plan, opening, persistent if plan.has_persistent_id else None))
        item.accounts |= {account.account_id: account for account in opened}
        backfill(item, opened, household, self._epoch)
        for account in opened:
            if account.plan.role in CUSTOMERS:
                account.portfolio = Portfolio(account.account_id, self.market, self._epoch)
                backfill_trades(account.portfolio, CUSTOMERS[account.plan.role], item.lived_until)
