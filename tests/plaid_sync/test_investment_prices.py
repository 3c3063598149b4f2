"""What a brokerage sends is priced by the market as well."""

import pytest
from django.contrib.auth.models import User
from django_q.models import OrmQ

from investments import tasks
from investments.models import PriceRun, Security
from plaid_sync import attach
from plaid_sync.brokerage import follow
from plaid_sync.brokerage.tasks import sync_investment_link
from plaid_sync.emulator.server import EmulatorServer
from plaid_sync.mapping import NEW
from plaid_sync.models import InvestmentLink
from tests.plaid_sync.visits import visit_brokerage

pytestmark = pytest.mark.django_db


@pytest.fixture
def link(bank: EmulatorServer, user: User) -> InvestmentLink:
    session = visit_brokerage(bank, user)
    return follow.follow(session, {each.id: NEW for each in attach.offered(session)})[0]


def test_a_sync_asks_for_the_prices_of_what_is_new(bank: EmulatorServer, link: InvestmentLink) -> None:
    sync_investment_link(link.pk, "initial")
    assert "investments.tasks.refresh_prices" in [job.func() for job in OrmQ.objects.all()]


def test_every_listed_holding_gets_two_years_of_closes_that_end_at_the_brokerages_price(
    bank: EmulatorServer, link: InvestmentLink
) -> None:
    sync_investment_link(link.pk, "initial")
    assert tasks.refresh_prices() == PriceRun.Status.SUCCESS
    listed = {
        each.security.ticker: each.price
        for each in bank.bank.portfolio(link.plaid_account_id).holdings()
        if each.security.type in {"equity", "etf", "mutual fund"} and each.security.ticker
    }
    assert len(listed) > 2
    for ticker, price in listed.items():
        security = Security.objects.get(ticker=ticker)
        assert security.quotes.count() > 500
        assert security.quotes.latest("day").close == price
        assert security.close_price == price
