"""A hand inside the bank, for tests and benchmarks: rows, trades, phases, trouble, and the passing of days."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Unpack

from plaid_sync.emulator import ids
from plaid_sync.emulator.bank import Account, Item, Phase, Row, RowChanges, RowFields
from plaid_sync.emulator.brokerage.portfolio import CENT, NOTHING, Portfolio, Trade
from plaid_sync.emulator.brokerage.securities import SECURITIES
from plaid_sync.emulator.institutions import INSTITUTIONS
from plaid_sync.emulator.news import News, account_revoked, permission_revoked
from plaid_sync.emulator.wire import cents
from plaid_sync.emulator.world import HISTORY, World

Amount = Decimal | str | int


@dataclass(frozen=True, slots=True)
class Linked:
    """A new item and what an application would know of it; `accounts` maps role (card, brokerage ...) to id."""

    item_id: str
    access_token: str
    accounts: dict[str, str]


class Controls:
    """Changes to a world while its server runs; amounts are in currency units, positive = money out."""

    def __init__(self, world: World) -> None:
        self._world = world

    def link(
        self,
        institution_id: str = "ins_109508",
        *,
        days: int = HISTORY.days,
        products: tuple[str, ...] = (),
        consented: tuple[str, ...] = (),
        roles: Collection[str] | None = None,
    ) -> Linked:
        """An item without any HTTP: all accounts of the bank and its main product unless told others."""
        with self._world.lock:
            chosen = products or INSTITUTIONS[institution_id].products[:1]
            item = self._world.open_item(institution_id, products=chosen, consented=consented, days=days, roles=roles)
            accounts = {account.plan.role: account.account_id for account in item.accounts.values()}
            return Linked(item.item_id, item.access_token, accounts)

    def tick(self, days: int = 1) -> None:
        """Let days pass: holds settle, new rows appear, sign-ins wear off."""
        with self._world.lock:
            self._world.pass_days(days)

    def begin_items_at(self, phase: Phase) -> None:
        """New items start with this much history pulled."""
        with self._world.lock:
            self._world.next_phase = phase
            self._world.touch()

    def advance(self, item_id: str, phase: Phase) -> None:
        """Plaid has pulled more of the item's history."""
        with self._world.lock:
            self._world.advance(self._world.items[item_id], phase)

    def reset_login(self, item_id: str) -> None:
        """The bank wants its customer to sign in again."""
        with self._world.lock:
            self._world.require_login(self._world.items[item_id])

    def repair_login(self, item_id: str) -> None:
        """The customer has signed in again, in another application."""
        with self._world.lock:
            self._world.repair(self._world.items[item_id])
            self._world.notify(self._world.items[item_id], News("ITEM", "LOGIN_REPAIRED"))

    def revoke(self, item_id: str) -> None:
        """The customer ends the access at the bank."""
        with self._world.lock:
            self._world.items[item_id].is_revoked = True
            self._world.notify(self._world.items[item_id], permission_revoked())

    def revoke_account(self, account_id: str) -> None:
        """The customer takes this one account out of the access."""
        with self._world.lock:
            item, account = self._account(account_id)
            item.close(account)
            self._world.notify(item, account_revoked(account_id))

    def renew_account(self, account_id: str, *, mask: str = "", name: str = "") -> str:
        """The bank goes on with the account under another id, and with another number or name; gives the id."""
        with self._world.lock:
            item, account = self._account(account_id)
            plan = replace(account.plan, mask=mask or account.plan.mask, name=name or account.plan.name)
            new_id = ids.identifier(item.item_id, "renewed", self._world.number())
            renewed = Account(new_id, plan, account.opening, account.persistent_account_id, portfolio=account.portfolio)
            item.renew(account, renewed, {old: ids.identifier(new_id, old) for old in account.rows})
            return new_id

    def expire_consent(self, item_id: str, *, days: int) -> None:
        """The customer's consent ends in so many days, unless it is given again."""
        with self._world.lock:
            self._world.items[item_id].consent_expires_at = self._world.now + timedelta(days=days)
            self._world.touch()

    def send_webhooks(self, item_id: str, url: str) -> None:
        """The item's webhooks go to this address."""
        with self._world.lock:
            self._world.items[item_id].webhook = url
            self._world.touch()

    def notify(self, item_id: str, *, news: News) -> None:
        """Plaid sends this webhook, whether it is true or not."""
        with self._world.lock:
            self._world.notify(self._world.items[item_id], news)

    def refresh(self, item_id: str) -> None:
        """Plaid asks the bank anew and tells of what it finds."""
        with self._world.lock:
            self._world.tell(self._world.items[item_id])

    def take_down(self, institution_id: str) -> None:
        """The bank stops answering."""
        with self._world.lock:
            self._world.institutions_down.add(institution_id)
            self._world.touch()

    def bring_up(self, institution_id: str) -> None:
        """The bank answers again."""
        with self._world.lock:
            self._world.institutions_down.discard(institution_id)
            self._world.touch()

    def add(
        self,
        account_id: str,
        amount: Amount,
        description: str = "SQ *BLUE BOTTLE COFFEE OAKLAND CA",
        *,
        pending: bool = False,
        **fields: Unpack[RowFields],
    ) -> str:
        """A new row, dated today unless `date` says otherwise; gives its transaction_id."""
        with self._world.lock:
            item, _account = self._account(account_id)
            day = fields.get("date", self._world.today)
            row = Row(
                transaction_id=ids.identifier(item.item_id, "added", self._world.number()),
                account_id=account_id,
                cents=cents(amount),
                date=day,
                authorized_date=day,
                is_pending=pending,
                description=description,
            )
            row = replace(row, **fields)
            item.add(row)
            return row.transaction_id

    def modify(self, transaction_id: str, *, amount: Amount | None = None, **fields: Unpack[RowChanges]) -> None:
        """The row changes under its id."""
        with self._world.lock:
            item, row = self._row(transaction_id)
            changed = replace(row, **fields)
            item.replace(changed if amount is None else replace(changed, cents=cents(amount)))
            self._world.touch()

    def remove(self, transaction_id: str) -> None:
        """The row is gone."""
        with self._world.lock:
            item, row = self._row(transaction_id)
            item.remove(row)
            self._world.touch()

    def settle(self, transaction_id: str, *amounts: Amount, on: date | None = None) -> list[str]:
        """The pending row posts under new ids: as it is, with another amount, or in as many parts as amounts."""
        with self._world.lock:
            item, row = self._row(transaction_id)
            day = on or row.date + timedelta(days=1)
            item.remove(row)
            posted = [
                replace(
                    row,
                    transaction_id=ids.identifier(item.item_id, "settled", self._world.number()),
                    cents=part,
                    date=day,
                    is_pending=False,
                    pending_transaction_id=transaction_id,
                )
                for part in ([cents(amount) for amount in amounts] or [row.cents])
            ]
            for part in posted:
                item.add(part)
            return [part.transaction_id for part in posted]

    def churn(self, transaction_id: str, **fields: Unpack[RowChanges]) -> str:
        """The bank takes the row away and sends it again under a new id, without naming the old one."""
        with self._world.lock:
            item, row = self._row(transaction_id)
            new_id = ids.identifier(item.item_id, "churned", self._world.number())
            item.remove(row)
            unlinked = replace(row, transaction_id=new_id, pending_transaction_id=None)
            item.add(replace(unlinked, **fields))
            return new_id

    def rows(self, account_id: str) -> list[Row]:
        """The account's rows, oldest first."""
        with self._world.lock:
            account = self._account(account_id)[1]
            return sorted(account.rows.values(), key=lambda row: (row.date, row.transaction_id))

    def clear(self, account_id: str) -> None:
        """Take every row off the account, for a test that wants only its own."""
        for row in self.rows(account_id):
            self.remove(row.transaction_id)

    def fill(self, account_id: str, count: int, *, descriptions: Sequence[str] = ("SAFEWAY #{0} OAKLAND CA",)) -> None:
        """Add that many posted rows of varied amounts, spread over the last 24 months; `{0}` is their number."""
        with self._world.lock:
            today = self._world.today
            for number in range(count):
                self.add(
                    account_id,
                    Decimal(number * 7919 % 29_989 + 100).scaleb(-2),
                    descriptions[number % len(descriptions)].format(number),
                    date=today - timedelta(days=number * HISTORY.days // count),
                )

    def trade(
        self, account_id: str, security: str, quantity: Amount, *, fees: Amount = 0, on: date | None = None
    ) -> str:
        """A purchase, or a sale of a negative quantity, at the day's closing price; gives its trade_id."""
        with self._world.lock:
            portfolio, day, units = self._portfolio(account_id), on or self._world.today, Decimal(quantity)
            price = portfolio.market.close(SECURITIES[security], day)
            kind = "buy" if units > NOTHING else "sell"
            trade = Trade(
                ids.identifier(account_id, "trade", "by hand", self._world.number()),
                day,
                kind,
                kind,
                f"{kind.upper()} {SECURITIES[security].name}",
                units,
                (units * price).quantize(CENT) + Decimal(fees),
                price,
                Decimal(fees),
                security,
            )
            portfolio.put(trade)
            return trade.trade_id

    def cancel_trade(self, account_id: str, trade_id: str) -> None:
        """The bank takes the trade back; its id is not seen again."""
        with self._world.lock:
            del self._portfolio(account_id).trades[trade_id]
            self._world.touch()

    def portfolio(self, account_id: str) -> Portfolio:
        """The account's own books."""
        with self._world.lock:
            return self._portfolio(account_id)

    def _portfolio(self, account_id: str) -> Portfolio:
        portfolio = self._account(account_id)[1].portfolio
        if portfolio is None:
            raise LookupError(f"no investment account {account_id}")
        return portfolio

    def _account(self, account_id: str) -> tuple[Item, Account]:
        for item in self._world.items.values():
            if account_id in item.accounts:
                return item, item.accounts[account_id]
        raise LookupError(f"no account {account_id}")

    def _row(self, transaction_id: str) -> tuple[Item, Row]:
        for item in self._world.items.values():
            if row := item.row(transaction_id):
                return item, row
        raise LookupError(f"no transaction {transaction_id}")
