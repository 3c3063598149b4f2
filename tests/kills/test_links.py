"""Connecting a bank, killed at eight moments between Link's success and linked accounts."""

import datetime

import pytest
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from accounts.models import Account, Transaction
from plaid_sync import attach, linking, visits
from plaid_sync.disconnect import retry_removals
from plaid_sync.gateway import Gateway
from plaid_sync.linking import LinkSuccess, connect, read_bank
from plaid_sync.mapping import NEW
from plaid_sync.models import LinkedAccount, LinkSession, PlaidItem
from plaid_sync.tasks import sync_linked_account
from tests.kills.points import Point, is_killed
from tests.plaid_sync.visits import open_session, report, visit

pytestmark = pytest.mark.django_db(transaction=True)
COMMIT = BaseDatabaseWrapper.commit
Outcome = LinkSession.Outcome

# With what the visit is after the kill, and whether a login is left at the bank that only the dead process could end:
# Plaid tells its token once, and itself drops a login whose public token nobody exchanges.
POINTS = [
    (Point("before the claim", "before", visits.claim), Outcome.OPEN, False),
    (Point("before the exchange", "before", Gateway.exchange), Outcome.EXCHANGING, True),
    (Point("after the exchange", "after", Gateway.exchange), Outcome.EXCHANGING, True),
    (Point("before the login's COMMIT", "before", COMMIT, linking._keep), Outcome.EXCHANGING, True),
    (Point("after the login's COMMIT", "after", COMMIT, linking._keep), Outcome.EXCHANGED, False),
    (Point("before the accounts are stored", "before", visits.tell), Outcome.EXCHANGED, False),
    (Point("before the links' COMMIT", "before", COMMIT, attach.attach), Outcome.EXCHANGED, False),
    (Point("after the links' COMMIT", "after", COMMIT, attach.attach), Outcome.EXCHANGED, False),
]


def connect_and_choose(session: LinkSession, success: LinkSuccess) -> None:
    connect(session, success)
    choose_all(session)


def choose_all(session: LinkSession) -> None:
    attach.attach(session, {offer.id: NEW for offer in attach.offered(session)})


@pytest.mark.parametrize(("point", "outcome", "is_lost"), POINTS, ids=[str(each[0]) for each in POINTS])
def test_a_link_killed_at_any_moment_ends_in_one_connection(bank, user, toll, point, outcome, is_lost):
    session = open_session(user)
    success = LinkSuccess.read(report(bank))

    toll("kills", "link")
    assert is_killed(lambda: connect_and_choose(session, success), point)

    session.refresh_from_db()
    assert session.outcome == outcome
    assert LinkedAccount.objects.count() == (3 if point.name == "after the links' COMMIT" else 0)
    go_on(bank, user, session, success)
    time_passes()

    item = PlaidItem.objects.active().get()
    assert LinkedAccount.objects.filter(item=item).count() == LinkedAccount.objects.count() == Account.objects.count()
    assert Account.objects.count() == 3
    assert not LinkSession.objects.filter(outcome=Outcome.EXCHANGING).exists()
    open_at_bank = {name for name, each in bank.world.items.items() if not each.is_removed}
    assert len(open_at_bank) == 1 + is_lost
    assert item.item_id in open_at_bank
    for linked in LinkedAccount.objects.all():
        assert sync_linked_account(linked.pk, "manual") == "success"
        live = Transaction.objects.live().filter(account=linked.account_id)
        assert live.count() == len(bank.bank.rows(linked.plaid_account_id))


def go_on(bank, user, session: LinkSession, success: LinkSuccess) -> None:
    """What the user does: reports again or reloads the page where that is possible, else connects anew."""
    if session.outcome == Outcome.OPEN:
        connect(session, success)
    elif session.outcome == Outcome.EXCHANGING:
        LinkSession.objects.filter(pk=session.pk).update(expires_at=timezone.now())
        visits.forget_expired()
        session.refresh_from_db()
        assert session.outcome == Outcome.FAILED
        session = visit(bank, user)
    elif not session.bank_accounts:
        read_bank(session, session.item)
    choose_all(session)


def time_passes() -> None:
    """The day after which a login that feeds nothing is given back."""
    PlaidItem.objects.update(created_at=timezone.now() - datetime.timedelta(days=2))
    assert retry_removals() == 0
