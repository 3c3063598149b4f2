"""What concerns both databases, killed around each commit (`test_reconcile` kills before every statement)."""

import pytest
from django.db.backends.base.base import BaseDatabaseWrapper

from accounts.models import SyncLog
from investments.models import InvestmentAccount
from investments.recording import record
from plaid_sync import attach
from plaid_sync.brokerage import follow, leave, steps
from plaid_sync.brokerage.reconcile import reconcile
from plaid_sync.brokerage.runs import finish
from plaid_sync.brokerage.sync import _Run
from plaid_sync.mapping import NEW
from plaid_sync.models import InvestmentLink, InvestmentRun
from plaid_sync.tasks import tidy_connections
from tests.kills.points import Point, is_killed
from tests.plaid_sync.test_reconcile import LONG_AGO
from tests.plaid_sync.visits import visit_brokerage

pytestmark = pytest.mark.django_db(transaction=True)
COMMIT = BaseDatabaseWrapper.commit
FOLLOWING = [
    Point("before the intent's COMMIT", "before", COMMIT, follow._announce),
    Point("after the intent's COMMIT", "after", follow._announce),
    Point("before the account's COMMIT", "before", COMMIT, steps._attach),
    Point("after the account's COMMIT", "after", COMMIT, steps._attach),
    Point("first account done", "after", steps._attach),
]
LEAVING = [
    Point("after the intent", "after", leave._announce),
    Point("before the link is forgotten", "before", steps._forget),
    Point("before its COMMIT", "before", COMMIT, steps._forget),
    Point("after its COMMIT", "after", COMMIT, steps._forget),
]
SYNCING = [
    Point("before anything is recorded", "before", _Run._record),
    Point("amid the record", "after", record, _Run._record),
    Point("before COMMIT", "before", COMMIT, _Run._record),
    Point("after COMMIT", "after", COMMIT, _Run._record),
    Point("before the run is finished", "before", finish),
    Point("before the done mark's COMMIT", "before", COMMIT, _Run._finish),
    Point("after the done mark's COMMIT", "after", COMMIT, _Run._finish),
]
ENDINGS = {"disconnect": (leave.disconnect, ["disconnected"]), "delete": (leave.delete, [])}


def repair() -> None:
    """The lease of the dead runs out, and the next tidying up puts everything right: a second finds nothing."""
    InvestmentLink.objects.exclude(lease_token="").update(lease_until=LONG_AGO)
    reconcile()
    assert reconcile().total == 0
    assert tidy_connections() == 0
    assert not InvestmentRun.objects.filter(status=SyncLog.Status.RUNNING).exists()


def standing(name: str) -> list[str]:
    return list(InvestmentAccount.objects.filter(name=name).values_list("connection_status", flat=True))


@pytest.mark.parametrize("point", FOLLOWING, ids=str)
def test_following_killed_at_any_moment_is_whole_or_has_not_begun(bank, user, toll, point):
    session = visit_brokerage(bank, user)
    choices = {offer.id: NEW for offer in attach.offered(session)}
    toll("kills", "follow investments")
    assert is_killed(lambda: follow.follow(session, choices), point)
    repair()
    count = 0 if point == FOLLOWING[0] else 2
    assert InvestmentLink.objects.filter(state="active").count() == InvestmentAccount.objects.count() == count
    follow.follow(session, choices)
    assert InvestmentLink.objects.filter(state="active").count() == InvestmentAccount.objects.count() == 2


@pytest.mark.parametrize("point", LEAVING, ids=str)
@pytest.mark.parametrize("ending", ENDINGS)
def test_ending_killed_at_any_moment_is_finished_later(brokerage, toll, ending, point):
    brokerage.sync()
    end, rest = ENDINGS[ending]
    account = brokerage.account()
    toll("kills", f"{ending} investments")
    assert is_killed(lambda: end(account), point)
    repair()
    assert standing(account.name) == rest
    assert not InvestmentLink.objects.filter(account_key=account.key).exists()
    assert standing("Gingham Roth IRA") == ["connected"]
    if ending == "delete":
        assert not InvestmentRun.objects.filter(account_key=account.key).exists()


@pytest.mark.parametrize("point", SYNCING, ids=str)
def test_a_sync_of_investments_killed_at_any_moment_is_made_again(brokerage, toll, point):
    toll("kills", "sync investments")
    assert is_killed(brokerage.sync, point)
    held = brokerage.account().holdings.exists()
    assert held is (point in SYNCING[3:])
    repair()
    assert brokerage.sync().status == "success"
    account = brokerage.account()
    assert account.holdings.filter(quantity__gt=0, origin="reported").count() == len(brokerage.book().holdings())
    assert account.transactions.live().count() == len(brokerage.book().trades)
    assert {run.status for run in InvestmentRun.objects.all()} <= {"success", "interrupted"}
