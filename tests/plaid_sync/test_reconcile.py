"""Steps over two databases that are killed before any of their statements, and what reconcile makes of them."""

import json
from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connections

from accounts.models import SyncLog
from investments.models import DayValue, Holding, InvestmentAccount, InvestmentTransaction, PriceQuote, Security
from plaid_sync import attach
from plaid_sync.brokerage import follow, leave
from plaid_sync.brokerage.reconcile import Repairs, reconcile
from plaid_sync.brokerage.tasks import ask_for_investments
from plaid_sync.mapping import NEW
from plaid_sync.models import InvestmentLink, InvestmentRun, PlaidItem
from plaid_sync.tasks import tidy_connections
from tests.kills.points import is_killed_before_statement
from tests.plaid_sync.visits import visit_brokerage

pytestmark = pytest.mark.django_db(transaction=True)
BOTH = ("default", "investments")
LONG_AGO = "2026-01-01T00:00Z"


def repair() -> list[Repairs]:
    """What each of two repairs in a row found, the lease of the dead having run out."""
    InvestmentLink.objects.exclude(lease_token="").update(lease_until=LONG_AGO)
    found = [reconcile(), reconcile()]
    tidy_connections()
    return found


def standing() -> list[tuple[str, str]]:
    return list(InvestmentAccount.objects.order_by("name").values_list("name", "connection_status"))


def everywhere(prepare: Callable[[], Callable[[], object]], check: Callable[[bool, list[Repairs]], None]) -> int:
    """Kills the action that `prepare` makes before each of its statements in turn; returns how many it has."""
    at = 1
    while is_killed_before_statement(prepare(), at=at):
        check(True, repair())
        at += 1
    check(False, repair())
    return at - 1


def test_connecting_is_whole_or_announced_and_then_finished(bank, user, toll):
    def prepare():
        InvestmentLink.objects.all().delete()
        InvestmentAccount.objects.all().delete()
        return lambda: follow.follow(session, {offer.id: NEW for offer in attach.offered(session)})

    def check(was_killed, repairs):
        connected = [("Gingham Individual", "connected"), ("Gingham Roth IRA", "connected")]
        assert standing() in ([], connected)
        assert InvestmentLink.objects.filter(state="active").count() == len(standing())
        assert repairs[1].total == 0
        assert was_killed or (standing() == connected and repairs[0].total == 0)

    session = visit_brokerage(bank, user)
    count = everywhere(prepare, check)
    assert count > 10
    toll("kills", "follow investments, every statement", count)


@pytest.mark.parametrize(
    ("ending", "rest"), [(leave.disconnect, [("Gingham Individual", "disconnected")]), (leave.delete, [])]
)
def test_ending_is_whole_or_announced_and_then_finished(bank, user, toll, ending, rest):
    other = ("Gingham Roth IRA", "connected")

    def prepare():
        InvestmentLink.objects.all().delete()
        InvestmentAccount.objects.all().delete()
        follow.follow(session, {offer.id: NEW for offer in attach.offered(session)})
        account = InvestmentAccount.objects.get(name="Gingham Individual")
        account.transactions.create(date="2026-11-20", kind="deposit", amount=-5)
        return lambda: ending(account)

    def check(was_killed, repairs):
        connected = [("Gingham Individual", "connected"), other]
        assert standing() in (connected, [*rest, other])
        assert InvestmentLink.objects.count() == sum(state == "connected" for _name, state in standing())
        assert repairs[1].total == 0
        assert was_killed or (standing() == [*rest, other] and repairs[0].total == 0)

    session = visit_brokerage(bank, user)
    count = everywhere(prepare, check)
    assert count > 5
    toll("kills", "leave investments, every statement", count)


def test_the_last_that_is_disconnected_gives_the_access_back_whenever_it_is_killed(bank, user):
    session = visit_brokerage(bank, user)
    follow.follow(session, {attach.offered(session)[0].id: NEW})
    account = InvestmentAccount.objects.get()
    at = 1
    while is_killed_before_statement(lambda: leave.disconnect(account), at=at):
        at += 1
    repair()
    item = PlaidItem.objects.get()
    assert (item.status, item.access_token) == (PlaidItem.Status.REMOVED, "")
    assert bank.world.items[item.item_id].is_removed


def test_a_sync_that_is_killed_at_a_border_of_the_databases_is_made_again(brokerage):
    def sync():
        ask_for_investments(brokerage.links["6011"].pk, SyncLog.Trigger.MANUAL)

    for at in borders(sync):
        forget_all_that_was_read()
        assert is_killed_before_statement(sync, at=at)
        found = repair()
        assert found[1].total == 0
        assert not InvestmentRun.objects.filter(status=SyncLog.Status.RUNNING).exists()
        InvestmentLink.objects.update(lease_token="")
        assert brokerage.sync().status == "success"
        today = brokerage.account().holdings.filter(quantity__gt=0, origin=Holding.Origin.REPORTED)
        assert today.count() == len(brokerage.book().holdings())
        assert brokerage.account().transactions.live().count() == len(brokerage.book().trades)


def forget_all_that_was_read() -> None:
    for model in (DayValue, Holding, InvestmentTransaction, PriceQuote, Security, InvestmentRun):
        model.objects.all().delete()
    InvestmentAccount.objects.update(history_from=None, last_synced_at=None, reckoned_at=None)
    InvestmentLink.objects.update(read_from=None, attempts=0)


def borders(action: Callable[[], object]) -> list[int]:
    """The numbers of the statements before which another database was spoken to, and of one amid each stay."""
    order: list[str] = []

    def note(execute, sql, params, many, context):
        order.append(context["connection"].alias)
        return execute(sql, params, many, context)

    for alias in BOTH:
        connections[alias].execute_wrappers.append(note)
    action()
    for alias in BOTH:
        connections[alias].execute_wrappers.remove(note)
    changes = [at for at in range(1, len(order)) if order[at] != order[at - 1]]
    amid = [(one + other) // 2 for one, other in zip(changes, [*changes[1:], len(order)], strict=True)]
    return sorted({at + 1 for at in (*changes, *amid)})


class TestCommand:
    def output(self, *arguments: str) -> str:
        stdout = StringIO()
        call_command("reconcile", *arguments, stdout=stdout)
        return stdout.getvalue().strip()

    def test_says_that_the_databases_agree(self, brokerage):
        assert self.output() == "The two databases agree."
        assert set(json.loads(self.output("--json")).values()) == {0}

    def test_puts_an_account_back_that_the_other_database_has_lost(self, brokerage):
        brokerage.sync()
        InvestmentAccount.objects.get(name="Gingham Individual").delete()
        assert self.output() == "Accounts that the investments database had lost: 1"
        brokerage.sync()
        assert brokerage.account().transactions.live().count() == len(brokerage.book().trades)

    def test_leaves_an_account_alone_that_nothing_feeds(self, brokerage):
        InvestmentLink.objects.filter(mask="6011").delete()
        assert json.loads(self.output("--json"))["left_alone"] == 1
        assert brokerage.account().connection_status == "disconnected"

    def test_shows_what_the_connection_is(self, brokerage):
        InvestmentLink.objects.update(connection_status="login_required", last_sync_error="Sign in again.")
        assert json.loads(self.output("--json"))["shown"] == 2
        assert set(InvestmentAccount.objects.values_list("last_sync_error", flat=True)) == {"Sign in again."}


def test_values_of_days_that_do_not_match_what_was_held_are_added_up_anew(brokerage):
    brokerage.sync()
    value = DayValue.objects.get().value
    DayValue.objects.update(value=value + 1)
    assert [repairs.added_up for repairs in repair()] == [1, 0]
    assert DayValue.objects.get().value == value
