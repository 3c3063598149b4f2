"""The investments database is missing, locked, damaged or out of reach, for real: the rest works and says so."""

import pytest
from django.db import connections
from django.urls import reverse
from django.utils.html import escape

from accounts.models import SyncLog
from investments.models import InvestmentAccount
from investments.reach import DATABASE, InvestmentsUnavailable
from plaid_sync import attach
from plaid_sync.brokerage import follow, leave
from plaid_sync.brokerage.tasks import sync_due_investments
from plaid_sync.mapping import NEW
from plaid_sync.models import InvestmentLink, InvestmentRun, LinkedAccount
from plaid_sync.tasks import tidy_connections
from tests.investments.unavailable import WORDS, damaged, each, locked, missing, out_of_reach
from tests.plaid_sync.runs import MINUTE, a_pace
from tests.plaid_sync.visits import TARTAN, visit, visit_brokerage

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=each(missing, damaged, locked, out_of_reach))
def fault(request):
    return request.param


def test_a_sync_says_so_and_is_made_again(brokerage, fault):
    pace = a_pace()
    with fault():
        outcome = brokerage.sync(pace=pace)
    assert outcome.status == "error"
    run = InvestmentRun.objects.get()
    assert run.error_code == "INVESTMENTS_DATABASE"
    assert run.error_message.startswith(WORDS[fault])
    assert brokerage.link().next_sync_at == pace.now() + MINUTE
    connections[DATABASE].close()
    assert brokerage.sync().status == "success"
    assert brokerage.account().last_sync_error == ""


def test_the_bank_accounts_and_their_pages_go_on(linked_bank, brokerage, signed_in, fault):
    with fault():
        tidy_connections()
        InvestmentLink.objects.update(next_sync_at="2026-01-01T00:00Z")
        sync_due_investments()
        assert linked_bank.sync("checking").status == "success"
        account = linked_bank.account("checking")
        for page in (reverse("accounts"), account.get_absolute_url(), reverse("transactions")):
            assert signed_in.get(page).status_code == 200
        history = signed_in.get(reverse("investment_runs")).content.decode()
        assert escape(WORDS[fault]) in history
        # Who only reads does not wait for a lock.
        assert signed_in.get(reverse("portfolio")).status_code == (200 if fault is locked else 503)
    assert SyncLog.objects.get().status == "success"


def test_a_login_in_error_is_noted_although_it_cannot_be_shown(brokerage, fault):
    brokerage.server.bank.reset_login(brokerage.link().item.item_id)
    with fault():
        brokerage.sync()
        InvestmentLink.objects.update(lease_token="")
    tidy_connections()
    brokerage.sync()
    assert brokerage.account().connection_status == "login_required"


@pytest.mark.parametrize("fault", each(missing, damaged, out_of_reach))
def test_after_link_the_bank_accounts_are_added_and_the_others_can_be_later(bank, user, signed_in, fault):
    session = visit(bank, user, TARTAN, ("transactions", "investments"))
    with fault():
        page = signed_in.get(reverse("connect_accounts", args=[session.pk])).content.decode()
        assert escape(WORDS[fault]) in page
        signed_in.post(reverse("connect_accounts", args=[session.pk]), {f"bank-{number}": NEW for number in range(3)})
        assert LinkedAccount.objects.count() == 3
    assert [str(each) for offer in follow.followable() for each in offer.banks] == ["Tartan Automatic Investing ••5511"]


def test_a_choice_that_was_made_before_is_finished_by_the_hourly_job(bank, user, fault):
    session = visit_brokerage(bank, user)
    with fault():
        follow.follow(session, {offer.id: NEW for offer in attach.offered(session)})
        tidy_connections()
        assert set(InvestmentLink.objects.values_list("state", flat=True)) == {"attaching"}
    tidy_connections()
    assert set(InvestmentAccount.objects.values_list("connection_status", flat=True)) == {"connected"}


@pytest.mark.parametrize(("ending", "left"), [(leave.disconnect, 2), (leave.delete, 1)])
def test_an_ending_waits_and_is_finished(brokerage, fault, ending, left):
    account = brokerage.account()
    with fault(), pytest.raises(InvestmentsUnavailable):
        ending(account)
    tidy_connections()
    assert InvestmentAccount.objects.count() == left
    assert [link.name for link in InvestmentLink.objects.all()] == ["Gingham Roth IRA"]
    assert not InvestmentAccount.objects.filter(name="Gingham Individual", connection_status="connected").exists()
