"""One account at the simulated bank and in the books, and all that can happen to the two."""

import datetime
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache

from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection, transaction
from django.utils import timezone

from accounts import ledger
from accounts.lines import Delivery, StatementLine, identified
from accounts.models import Account, SyncLog, Transaction
from accounts.undo import undo
from plaid_sync.attach import attach
from plaid_sync.credentials import Credentials, credentials
from plaid_sync.disconnect import disconnect
from plaid_sync.emulator.bank import Account as BankAccount
from plaid_sync.emulator.bank import Row
from plaid_sync.emulator.faults import PlannedFault
from plaid_sync.emulator.server import EmulatorServer
from plaid_sync.emulator.wire import money
from plaid_sync.emulator.world import HISTORY
from plaid_sync.gateway import Gateway
from plaid_sync.mapping import NEW, OfferedAccount
from plaid_sync.models import LinkedAccount, LinkSession, PlaidItem
from plaid_sync.pacing import Pace
from plaid_sync.stream_run import Outcome
from plaid_sync.sync import sync
from plaid_sync.vault import encrypt_token
from tests.prove.interruptions import MeddlingTransport

BANK = "ins_109508"
SYNC = "/transactions/sync"
_OURS = ("accounts_", "plaid_sync_", "imports_", "django_q_")
_MINUTE = datetime.timedelta(minutes=1)


@lru_cache(maxsize=1)
def _client(known_as: Credentials) -> tuple[Gateway, MeddlingTransport]:
    """The real client is slow to make; the histories of one bank share it."""
    gateway, transport = Gateway(known_as), MeddlingTransport()
    gateway._api.api_client.rest_client.pool_manager = transport
    return gateway, transport


@dataclass
class Imported:
    """A file that was posted: its run, its feed and the purchases that its lines are of."""

    run: SyncLog
    feed: str
    purchases: dict[str, int]  # by the line's id


@dataclass
class Household:
    """The bank's account (`at_bank`), the account of the books, and who knows what of purchases and edits.

    A purchase keeps its number whatever the bank calls it. Time goes on by a minute with everything that happens.
    """

    server: EmulatorServer
    user: User
    gateway: Gateway = field(init=False)
    transport: MeddlingTransport = field(init=False)
    now: datetime.datetime = field(default_factory=timezone.now)
    at_bank: str = ""
    account_id: int = 0
    purchases: dict[str, int] = field(default_factory=dict)  # by the bank's id, past ones too
    amounts: defaultdict[int, set[Decimal]] = field(default_factory=lambda: defaultdict(set))
    notes: dict[str, int] = field(default_factory=dict)  # an edit and the purchase that it was made on
    gone: list[Row] = field(default_factory=list)
    late: list[tuple[Row, str]] = field(default_factory=list)  # to post later, and the pending id that it names
    imports: list[Imported] = field(default_factory=list)
    is_cursor_lost: bool = False

    def __post_init__(self) -> None:
        known_as = credentials()
        assert known_as
        self.gateway, self.transport = _client(known_as)
        # Who banks there began to live the day before yesterday: their own rows are cleared away anyhow.
        self.server.world.began_on = self.server.world.today + HISTORY - datetime.timedelta(days=2)
        self.connect()

    # At the bank

    def rows(self, *, pending: bool | None = None) -> list[Row]:
        """In an order that does not depend on the bank's ids, so that a history can be repeated."""
        rows = [row for row in self.server.bank.rows(self.at_bank) if pending in (None, row.is_pending)]
        return sorted(rows, key=lambda row: (self.purchases.get(row.transaction_id, 0), row.cents, row.date))

    def bank_account(self, account_id: str) -> BankAccount:
        """The account as the bank has it."""
        items = self.server.world.items.values()
        return next(item.accounts[account_id] for item in items if account_id in item.accounts)

    def known(self, bank_id: str, *, purchase: int | None = None) -> str:
        """Notes that the bank calls a purchase so; a new one unless it is said which."""
        number = len(self.purchases) + 1_000 if purchase is None else purchase
        self.purchases[bank_id] = number
        return bank_id

    def purchase(self, row: Row) -> int:
        if row.transaction_id not in self.purchases:
            self.known(row.transaction_id, purchase=self.purchases.get(row.pending_transaction_id or ""))
        return self.purchases[row.transaction_id]

    def look_around(self) -> None:
        """Notes what every purchase costs now."""
        for row in self.rows():
            self.amounts[self.purchase(row)].add(money(row.cents))

    def add(self, amount: str, days_ago: int, text: str, *, pending: bool) -> None:
        day = self.server.world.today - datetime.timedelta(days=days_ago)
        self.known(self.server.bank.add(self.at_bank, amount, text, pending=pending, date=day, authorized_date=day))

    def modify(self, row: Row, amount: str) -> None:
        self.look_around()
        self.server.bank.modify(row.transaction_id, amount=amount)

    def settle(self, row: Row, how: str) -> None:
        self.look_around()
        bank, number, amount = self.server.bank, self.purchase(row), money(row.cents)
        day = row.date + datetime.timedelta(days=1)
        if how == "tip":
            self.known(*bank.settle(row.transaction_id, amount + 5), purchase=number)
        elif how == "late":
            late = row.date + datetime.timedelta(days=4)
            self.known(*bank.settle(row.transaction_id, on=late), purchase=number)
        elif how == "split":
            for part in bank.settle(row.transaction_id, amount - 1, "1.00"):
                self.known(part, purchase=number)
        elif how == "removed first":
            bank.remove(row.transaction_id)
            self.late.append((replace(row, date=day, is_pending=False), row.transaction_id))
        elif how == "unlinked":
            bank.remove(row.transaction_id)
            self._send(replace(row, date=day, is_pending=False))
        else:
            self.known(*bank.settle(row.transaction_id), purchase=number)

    def post_late(self, row: Row, pending_id: str) -> None:
        self.late.remove((row, pending_id))
        number = self.purchase(row)
        self.known(self._send(replace(row, pending_transaction_id=pending_id or None)), purchase=number)

    def remove(self, row: Row) -> None:
        self.look_around()
        self.server.bank.remove(row.transaction_id)
        self.gone.append(row)

    def restore(self, row: Row) -> None:
        self.gone.remove(row)
        self._send(replace(row, pending_transaction_id=None))

    def churn(self, row: Row) -> None:
        self.known(self.server.bank.churn(row.transaction_id), purchase=self.purchase(row))

    def _send(self, row: Row) -> str:
        return self.known(
            self.server.bank.add(
                self.at_bank,
                money(row.cents),
                row.description,
                pending=row.is_pending,
                date=row.date,
                authorized_date=row.authorized_date,
                pending_transaction_id=row.pending_transaction_id,
            )
        )

    def pass_a_day(self) -> None:
        self.server.bank.tick(1)
        self.now += datetime.timedelta(days=1)

    # The connection

    @property
    def account(self) -> Account:
        return Account.objects.get(pk=self.account_id)

    @property
    def linked(self) -> LinkedAccount | None:
        return LinkedAccount.objects.select_related("item").filter(account=self.account_id).first()

    @property
    def is_due(self) -> bool:
        """Whether the schedule would ask the bank again within a few minutes."""
        linked = self.linked
        soon = self.now + 5 * _MINUTE
        return linked is not None and linked.next_sync_at is not None and linked.next_sync_at <= soon

    def connect(self) -> None:
        """A new login at the bank for the account: the same purchases under new ids."""
        former: list[Row] = []
        if self.at_bank:
            self.look_around()
            former = self.rows()
        opened = self.server.bank.link(BANK, days=1, roles=("checking",))
        before, self.at_bank = self.at_bank, opened.accounts["checking"]
        self.server.bank.clear(self.at_bank)
        if before:
            self.bank_account(self.at_bank).opening = self.bank_account(before).opening
        for row in former:
            number = self.purchase(row)
            self.known(self._send(replace(row, pending_transaction_id=None)), purchase=number)
        self.late = [(row, "") for row, _pending_id in self.late]
        item = PlaidItem.objects.create(
            item_id=opened.item_id,
            institution_id=BANK,
            institution="First Platypus Bank",
            access_token=encrypt_token(opened.access_token, item_id=opened.item_id),
            environment="emulator",
        )
        offered = OfferedAccount(self.at_bank, "Everyday Checking", "0000", "depository", "checking")
        session = LinkSession.objects.create(
            user=self.user,
            item=item,
            expires_at=timezone.now(),
            outcome=LinkSession.Outcome.EXCHANGED,
            bank_accounts=[offered.as_stored()],
        )
        choice = str(self.account_id) if Account.objects.filter(pk=self.account_id).exists() else NEW
        [linked] = attach(session, {self.at_bank: choice})
        self.account_id = linked.account_id
        self.is_cursor_lost = False

    def disconnect(self) -> None:
        if Account.objects.filter(pk=self.account_id).exists():
            disconnect(self.account)

    def relink(self) -> None:
        self.disconnect()
        self.connect()

    def lose_access(self) -> None:
        """The customer ends the access at the bank."""
        if linked := self.linked:
            self.server.bank.revoke(linked.item.item_id)

    def delete(self) -> None:
        """Deletes the account, as the page does."""
        self.disconnect()
        with transaction.atomic(), suppress(Account.DoesNotExist):
            Account.objects.select_for_update().get(pk=self.account_id).delete()
        self.notes.clear()
        self.imports.clear()

    def lose_cursor(self) -> None:
        """The bank no longer knows the place in its data."""
        known = LinkedAccount.objects.filter(account=self.account_id).exclude(cursor="")
        self.is_cursor_lost = bool(known.update(cursor="nobody-knows-it")) or self.is_cursor_lost

    def lease_runs_out(self) -> None:
        """Five minutes pass on the database's clock."""
        LinkedAccount.objects.exclude(lease_until=None).update(lease_until=timezone.now() - _MINUTE)

    def rotate_keys(self) -> None:
        with open("/dev/null", "w", encoding="ascii") as nowhere:  # noqa: PTH123
            call_command("rotate_keys", stdout=nowhere)

    # The books

    def sync(self, trigger: str = "manual", *, work_seconds: float = 120.0) -> Outcome | None:
        """One run; None if the account is not linked."""
        self.now += _MINUTE
        moment, linked = self.now, self.linked
        if linked is None:
            return None
        ticks = iter(range(10_000))
        pace = Pace(lambda: moment, lambda: float(next(ticks)), lambda: 0.0, work_seconds)
        try:
            outcome = sync(linked.pk, trigger, gateway=self.gateway, pace=pace)
        except LinkedAccount.DoesNotExist:
            return None
        if outcome.status == SyncLog.Status.SUCCESS:
            self.is_cursor_lost = False
        return outcome

    def sync_meanwhile(self, call: int, action: Callable[[], object]) -> Outcome | None:
        self.transport.meanwhile(call, action)
        outcome = self.sync()
        self.transport.forget()
        return outcome

    def import_file(self, chosen: list[Row], feed: str, shift: int) -> None:
        """A file of these posted rows, `shift` days off."""
        if not Account.objects.filter(pk=self.account_id).exists():
            return
        self.now += _MINUTE
        numbers = [self.purchase(row) for row in chosen]
        lines = list(identified(_line(row, feed, shift) for row in chosen))
        source = feed.partition(":")[0]
        run = SyncLog.objects.create(account=self.account, source=source, trigger="import", started_at=self.now)
        with transaction.atomic():
            ledger.post(self.account, Delivery(feed, lines), run, now=self.now)
        SyncLog.objects.filter(pk=run.pk).update(status=SyncLog.Status.SUCCESS, finished_at=self.now)
        names = [line.external_id for line in lines]
        self.imports.append(Imported(run, feed, dict(zip(names, numbers, strict=True))))

    def undo_import(self, imported: Imported) -> None:
        self.now += _MINUTE
        self.imports.remove(imported)
        vouchers = {
            name: other.run.pk for other in self.imports if other.feed == imported.feed for name in other.purchases
        }
        undo(SyncLog.objects.get(pk=imported.run.pk), vouchers=vouchers, now=self.now)

    def edit(self, row: Transaction, purchase: int) -> None:
        note = f"note-{len(self.notes) + 1}-{purchase}"
        row.edit(notes=f"{row.notes} {note}".strip())
        self.notes[note] = purchase

    def order(self, faults: list[PlannedFault]) -> None:
        self.server.faults.expect(faults)

    def end(self) -> None:
        """Everybody forgets everything."""
        self.server.faults.expect([])
        self.transport.forget()
        with self.server.world.lock:
            self.server.world.items.clear()
            self.server.world.days_passed = 0
        tables = [name for name in connection.introspection.django_table_names() if name.startswith(_OURS)]
        flush = connection.ops.sql_flush(no_style(), tables, reset_sequences=False, allow_cascade=True)
        connection.ops.execute_sql_flush(flush)


def _line(row: Row, feed: str, shift: int) -> StatementLine:
    return StatementLine(
        external_id=f"{row.transaction_id[:20]}:{row.date}" if feed == "ofx" else "",
        date=row.date + datetime.timedelta(days=shift),
        amount=money(row.cents),
        currency="USD",
        description=row.description.upper(),
    )
