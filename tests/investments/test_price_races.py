from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connections

from investments.by_hand import carry_forward, set_position
from investments.models import Holding, InvestmentAccount, Security

MONDAY = date(2026, 3, 16)
TUESDAY = MONDAY + timedelta(days=1)
pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls: Callable[[], object]) -> None:
    """Runs the calls in threads with connections of their own; what one raises is raised here."""

    def call(function: Callable[[], object]) -> None:
        try:
            function()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        for done in [pool.submit(call, each) for each in calls]:
            done.result()


def test_of_prices_that_come_at_once_the_newest_stays() -> None:
    for _round in range(5):
        security = Security.objects.create(ticker="VTI", name="VTI")
        days = [MONDAY + timedelta(days=number) for number in range(8)]

        def take(day: date, pk: int = security.pk) -> None:
            Security.objects.get(pk=pk).take_price(Decimal(day.day), day=day, source=Security.PriceSource.YFINANCE)

        at_once(*(lambda day=day: take(day) for day in days))
        security.refresh_from_db()
        assert (security.close_price_as_of, security.close_price) == (days[-1], days[-1].day)


def test_an_edit_and_the_daily_job_leave_one_snapshot_that_agrees_with_itself() -> None:
    security = Security.objects.create(
        ticker="VTI", name="VTI", close_price=Decimal(10), close_price_as_of=MONDAY, price_source="yfinance"
    )
    for _round in range(5):
        account = InvestmentAccount.objects.create(name="Savings plan")
        set_position(account, security, quantity=Decimal(1), cost_basis=None, today=MONDAY)

        def edit(account: InvestmentAccount = account) -> None:
            set_position(account, security, quantity=Decimal(7), cost_basis=None, today=TUESDAY)

        at_once(lambda: carry_forward(TUESDAY), edit, lambda: carry_forward(TUESDAY))
        row = Holding.objects.get(investment_account=account, as_of_date=TUESDAY)
        assert (row.quantity, row.value) == (7, 70)
