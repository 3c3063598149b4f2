"""Eight processes at once on one thing: an account, a login, a key file, a visit, the schedules."""

import datetime
import itertools
import shutil
import uuid
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone
from django_q.models import Schedule

from accounts.models import Account, HeldLine, SourceRecord, SyncLog, Transaction
from budgetapp.schedules import JOBS, ensure_schedules
from imports import posting, steps, tasks
from imports.models import ImportBatch, ImportFile
from plaid_sync.brokerage import leave
from plaid_sync.brokerage.reconcile import reconcile
from plaid_sync.brokerage.tasks import sync_investment_link
from plaid_sync.disconnect import disconnect
from plaid_sync.keyring import file_keys, key_file
from plaid_sync.linking import LinkSuccess, connect
from plaid_sync.models import InvestmentLink, LinkedAccount, LinkSession, PlaidItem, SyncPage, TokenKeyFingerprint
from plaid_sync.tasks import sync_linked_account
from plaid_sync.vault import decrypt_token, encrypt_token
from tests.imports.conftest import Desk, card_file
from tests.kills.processes import in_processes
from tests.plaid_sync.visits import open_session, report

pytestmark = pytest.mark.django_db(transaction=True)
PROCESSES = 8
SYNC = "/transactions/sync"
Status = SyncLog.Status
PURCHASES = [(1 + number % 28, f"{number + 1}.10") for number in range(60)]
UNDONE_ONLY = [(1 + number % 28, f"{number + 500}.10") for number in range(10)]


def file_of(purchases: list[tuple[int, str]]) -> bytes:
    return card_file(*((day, f"SHOP {amount}", f"-{amount}") for day, amount in purchases))


@pytest.fixture
def savings(linked_bank) -> LinkedAccount:
    """An account whose bank has exactly the purchases of the file."""
    linked: LinkedAccount = linked_bank.links["savings"]
    bank = linked_bank.server.bank
    bank.clear(linked.plaid_account_id)
    for day, amount in PURCHASES:
        bank.add(linked.plaid_account_id, amount, date=datetime.date(2026, 3, day))
    return linked


def start_anew(linked: LinkedAccount) -> LinkedAccount:
    """The account without rows, linked by a feed that has told nothing yet."""
    LinkedAccount.objects.filter(account=linked.account_id).delete()
    ImportBatch.objects.all().delete()
    ImportFile.objects.all().delete()
    for model in (HeldLine, SourceRecord, Transaction, SyncLog):
        model.objects.filter(account=linked.account_id).delete()
    Account.objects.filter(pk=linked.account_id).update(
        connection_status="connected", opening_balance=None, opening_date=None
    )
    return LinkedAccount.objects.create(
        account_id=linked.account_id,
        item_id=linked.item_id,
        plaid_account_id=linked.plaid_account_id,
        feed=f"plaid:{uuid.uuid4()}",
        is_wanted=True,
    )


def live() -> list[tuple[int, str]]:
    rows = Transaction.objects.live().values_list("date", "amount")
    return sorted((day.day, f"{amount:.2f}") for day, amount in rows)


def assert_every_row_has_a_line_and_every_run_an_end() -> None:
    current = SourceRecord.objects.filter(state="current")
    named = list(current.values_list("transaction_id", "feed"))
    assert len(named) == len(set(named))
    assert {row for row, _feed in named} == set(Transaction.objects.live().values_list("pk", flat=True))
    assert not SyncLog.objects.filter(status=Status.RUNNING).exists()
    assert not SyncLog.objects.filter(finished_at=None).exists()
    assert not SyncPage.objects.exists()


@pytest.mark.parametrize("is_disconnected", [False, True], ids=["stays", "is disconnected"])
def test_syncs_imports_undo_and_disconnect_of_one_account_leave_each_purchase_once(
    savings, toll, race_rounds, is_disconnected
):
    account = Account.objects.get(pk=savings.account_id)
    desk = Desk(account)
    for _ in range(race_rounds):
        linked = start_anew(savings)
        taken_back = desk.bring_in(file_of(PURCHASES[:30] + UNDONE_ONLY))
        started, other = desk.stage(file_of(PURCHASES)), desk.stage(file_of(PURCHASES))
        posting.start(started, now=timezone.now())
        sync = lambda: sync_linked_account(linked.pk, "manual")  # noqa: B023, E731  used up in this round
        statuses = in_processes(
            sync,
            sync,
            lambda: tasks.post_batch(started.pk),  # noqa: B023
            lambda: tasks.post_batch(started.pk),  # noqa: B023
            lambda: steps.begin_posting(ImportBatch.objects.get(pk=other.pk), now=timezone.now()),  # noqa: B023
            lambda: bool(posting.undo(ImportBatch.objects.get(pk=taken_back.pk), now=timezone.now())),  # noqa: B023
            lambda: bool(posting.undo(ImportBatch.objects.get(pk=taken_back.pk), now=timezone.now())),  # noqa: B023
            (lambda: disconnect(account).item.pk) if is_disconnected else sync,
        )
        syncs = [statuses[0], statuses[1], *([] if is_disconnected else [statuses[7]])]
        if is_disconnected:
            assert set(syncs) <= {Status.SUCCESS, Status.CANCELLED, "already_running", "not_linked"}
            assert not LinkedAccount.objects.filter(account=account).exists()
        else:
            assert sorted(syncs) == ["already_running", "already_running", Status.SUCCESS]
        assert statuses[5:7].count(True) == 1
        assert ImportBatch.objects.filter(state="posted").count() == 2
        assert live() == sorted(PURCHASES)
        assert_every_row_has_a_line_and_every_run_an_end()
        if not is_disconnected:
            assert set(Transaction.objects.live().values_list("source", flat=True)) == {linked.feed}
    toll("races", f"one account, which {'is disconnected' if is_disconnected else 'stays'}", race_rounds)


def test_of_many_that_deliver_one_sync_one_asks_the_bank(linked_bank, savings, toll, race_rounds):
    for _ in range(race_rounds):
        linked = start_anew(savings)
        calls = linked_bank.server.calls[SYNC]
        statuses = in_processes(*[lambda: sync_linked_account(linked.pk, "manual")] * PROCESSES)  # noqa: B023
        assert sorted(statuses) == ["already_running"] * (PROCESSES - 1) + [Status.SUCCESS]
        assert linked_bank.server.calls[SYNC] - calls == 1
        assert live() == sorted(PURCHASES)
        assert SyncLog.objects.filter(account=linked.account_id).count() == 1
    toll("races", "one sync", race_rounds)


def test_all_accounts_of_a_login_disconnected_at_once_give_it_back_once(linked_bank, toll, race_rounds):
    item = linked_bank.link().item
    kept, accounts = list(LinkedAccount.objects.all()), [linked_bank.account(role) for role in linked_bank.links]
    token = item.access_token
    for _ in range(race_rounds):
        LinkedAccount.objects.all().delete()
        PlaidItem.objects.filter(pk=item.pk).update(status=PlaidItem.Status.ACTIVE, access_token=token)
        linked_bank.server.world.items[item.item_id].is_removed = False
        LinkedAccount.objects.bulk_create(kept)
        syncs = [lambda pk=linked.pk: sync_linked_account(pk, "manual") for linked in kept]
        ends = [lambda account=account: bool(disconnect(account).item) for account in accounts]
        in_processes(*syncs, *ends, *ends[:2])
        stored = PlaidItem.objects.get(pk=item.pk)
        assert (stored.status, stored.access_token) == (PlaidItem.Status.REMOVED, "")
        assert linked_bank.server.world.items[item.item_id].is_removed
        assert not LinkedAccount.objects.exists()
        assert not Account.objects.exclude(connection_status="disconnected").exists()
        assert_every_row_has_a_line_and_every_run_an_end()
    toll("races", "one login", race_rounds)


def test_of_many_that_need_the_first_key_one_makes_it(bank, toll, race_rounds):
    def keep(number: int) -> None:
        with transaction.atomic():
            token = encrypt_token(f"access-{number}", item_id=f"item-{number}")
            PlaidItem.objects.create(item_id=f"item-{number}", access_token=token, environment="emulator")

    for _ in range(race_rounds):
        PlaidItem.objects.all().delete()
        TokenKeyFingerprint.objects.all().delete()
        shutil.rmtree(key_file().parent, ignore_errors=True)
        in_processes(*[lambda number=number: keep(number) for number in range(PROCESSES)])
        assert len(file_keys()) == 1
        assert [path.name for path in key_file().parent.iterdir()] == ["token.key"]
        tokens = {decrypt_token(item) for item in PlaidItem.objects.all()}
        assert tokens == {f"access-{number}" for number in range(PROCESSES)}
    toll("races", "one key file", race_rounds)


def test_of_many_that_report_one_visit_one_exchanges(bank, user, toll, race_rounds):
    for _ in range(race_rounds):
        PlaidItem.objects.all().delete()
        session, success = open_session(user), LinkSuccess.read(report(bank))
        calls = bank.calls["/item/public_token/exchange"]
        in_processes(*[_reporter(session.pk, success)] * PROCESSES)
        assert bank.calls["/item/public_token/exchange"] - calls == 1
        session.refresh_from_db()
        assert session.outcome == LinkSession.Outcome.EXCHANGED
        assert PlaidItem.objects.get() == session.item
    toll("races", "one exchange", race_rounds)


def test_of_many_that_connect_one_bank_at_once_one_login_is_kept(bank, user, toll, race_rounds):
    for _ in range(race_rounds):
        LinkSession.objects.all().delete()
        PlaidItem.objects.all().delete()
        visits = [(open_session(user), LinkSuccess.read(report(bank))) for _ in range(PROCESSES)]
        in_processes(*[_reporter(session.pk, success) for session, success in visits])
        outcomes = sorted(LinkSession.objects.values_list("outcome", flat=True))
        assert outcomes == [LinkSession.Outcome.DUPLICATE] * (PROCESSES - 1) + [LinkSession.Outcome.EXCHANGED]
        kept = PlaidItem.objects.active().get()
        assert set(LinkSession.objects.values_list("item", flat=True)) == {kept.pk}
        given_back = PlaidItem.objects.exclude(pk=kept.pk)
        assert all(bank.world.items[item.item_id].is_removed for item in given_back)
        assert not bank.world.items[kept.item_id].is_removed
    toll("races", "one bank", race_rounds)


def _reporter(pk: int, success: LinkSuccess) -> Callable[[], None]:
    return lambda: connect(LinkSession.objects.get(pk=pk), success)


def test_of_many_that_start_at_once_one_makes_the_schedules(toll, race_rounds):
    for _ in range(race_rounds):
        Schedule.objects.all().delete()
        in_processes(*[lambda: ensure_schedules(timezone.now())] * PROCESSES)
        assert sorted(Schedule.objects.values_list("name", flat=True)) == sorted(job.name for job in JOBS)
    toll("races", "one schedule set", race_rounds)


def test_an_investment_account_that_is_synced_and_ended_at_once_stays_ended(brokerage, toll, race_rounds):
    InvestmentLink.objects.update(is_wanted=True)
    kept = list(InvestmentLink.objects.all())
    account, pk = brokerage.account(), brokerage.link().pk
    for number in itertools.count(1):
        end = leave.disconnect if number < race_rounds else leave.delete
        in_processes(
            *[lambda: sync_investment_link(pk, "manual")] * 4,
            *[lambda: bool(end(account))] * 2,  # noqa: B023
            *[lambda: reconcile().total] * 2,
        )
        reconcile()
        assert reconcile().total == 0
        assert not InvestmentLink.objects.filter(account_key=account.key).exists()
        if end is leave.delete:
            break
        account.refresh_from_db()
        assert account.connection_status == "disconnected"
        InvestmentLink.objects.all().delete()
        InvestmentLink.objects.bulk_create(kept)
        reconcile()
    assert not type(account).objects.filter(key=account.key).exists()
    toll("races", "one investment account", race_rounds)


def test_edits_beside_syncs_are_all_kept_and_the_sum_is_exact(linked_bank, savings, toll, race_rounds):
    for number in range(race_rounds):
        linked = start_anew(savings)
        assert sync_linked_account(linked.pk, "manual") == Status.SUCCESS
        rows = list(Transaction.objects.live().order_by("pk"))[:6]
        for row in linked_bank.server.bank.rows(linked.plaid_account_id):
            linked_bank.server.bank.modify(row.transaction_id, amount=Decimal(row.cents + 1) / 100)
        LinkedAccount.objects.filter(pk=linked.pk).update(is_wanted=True)
        in_processes(
            *[lambda row=row: row.edit(notes=f"round {number}") for row in rows],  # noqa: B023
            *[lambda: sync_linked_account(linked.pk, "manual")] * 2,  # noqa: B023
        )
        edited = Transaction.objects.filter(pk__in=[row.pk for row in rows])
        assert set(edited.values_list("notes", flat=True)) == {f"round {number}"}
        assert sum(Transaction.objects.live().values_list("amount", flat=True)) == sum(
            Decimal(row.cents) / 100 for row in linked_bank.server.bank.rows(linked.plaid_account_id)
        )
    toll("races", "edits beside a sync", race_rounds)
