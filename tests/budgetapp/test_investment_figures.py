"""Figures of the portfolio against the simulated brokerages' own books, worked out here in another way.

Everything between is real: linking, syncs over several days, the market's quotes, the reckoned history. What is
expected comes from the institution's trades and its market alone, forwards from the first trade.
"""

import datetime
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import accumulate

import pytest
from django.contrib.auth.models import User
from django.db.models import Sum
from django.test import Client
from django.utils import timezone

from investments.history import History, history
from investments.income import income
from investments.market_hours import market_day
from investments.models import Holding, InvestmentAccount
from investments.periods import Period
from investments.portfolio import CurrencyPortfolio, portfolio
from investments.prices import refresh_prices
from investments.reckoning import reckon_due
from investments.simulated_quotes import SimulatedQuotes
from investments.tasks import refresh_all_prices
from investments.templatetags.figures import quantity
from money.formatting import plain_number
from plaid_sync.emulator.brokerage.portfolio import Portfolio as Books
from plaid_sync.emulator.brokerage.securities import SECURITIES
from plaid_sync.emulator.server import EmulatorServer
from tests.plaid_sync.conftest import Brokerage, follow_everything
from tests.plaid_sync.runs import a_pace
from tests.plaid_sync.visits import ARGYLE, GINGHAM, TATTERSALL

pytestmark = pytest.mark.django_db

LINKED = datetime.date(2026, 11, 18)  # a Wednesday, so a weekend lies between it and the last day
DAYS = 6
DAY = datetime.timedelta(days=1)
CENT, SMALLEST = Decimal("0.01"), Decimal("0.0001")
INSTITUTIONS = (GINGHAM, TATTERSALL, ARGYLE)


@dataclass
class Expected:
    """One account's figures by its institution's books. It was linked on `linked`."""

    books: Books
    linked: datetime.date

    @cached_property
    def first(self) -> datetime.date:
        return min(trade.date for trade in self.books.trades.values())

    def quantities(self, day: datetime.date) -> dict[str, Decimal]:
        held: dict[str, Decimal] = {}
        for trade in self.books.trades.values():
            if trade.security and trade.date <= day:
                held[trade.security] = held.get(trade.security, Decimal(0)) + trade.quantity
        return {key: quantity for key, quantity in held.items() if quantity}

    def cash(self, day: datetime.date) -> Decimal:
        return -sum((trade.amount for trade in self.books.trades.values() if trade.date <= day), Decimal(0))

    def value(self, day: datetime.date) -> Decimal:
        """As the institution states it, in cents; before it stated anything, at the prices that one could know."""
        price, step = (self.close, CENT) if day >= self.linked else (self.known_price, SMALLEST)
        worth = sum((quantity * price(key, day)).quantize(step) for key, quantity in self.quantities(day).items())
        return worth + self.cash(day)

    def close(self, key: str, day: datetime.date) -> Decimal:
        return self.books.market.close(SECURITIES[key], day)

    def known_price(self, key: str, day: datetime.date) -> Decimal:
        """The close; of what nobody quotes the last price that was paid."""
        security = SECURITIES[key]
        if security.ticker and security.type not in {"derivative", "fixed income"}:
            return self.close(key, day)
        paid = [trade for trade in self.books.trades.values() if trade.security == key and trade.price]
        return max((trade for trade in paid if trade.date <= day), key=lambda trade: trade.date).price

    def flow(self, day: datetime.date) -> tuple[Decimal, Decimal]:
        """What came in and what went out; all that is there on the first day came in."""
        if day == self.first:
            return self.value(day), Decimal(0)
        came, went = Decimal(0), Decimal(0)
        for trade in self.books.trades.values():
            if trade.date == day and trade.subtype in {"deposit", "contribution"}:
                came -= trade.amount
            elif trade.date == day and trade.subtype == "withdrawal":
                went += trade.amount
            elif trade.date == day and trade.subtype == "transfer":
                came += (trade.quantity * self.close(trade.security, day)).quantize(SMALLEST)
        return came, went

    @property
    def gain(self) -> Decimal:
        known = [
            holding for holding in self.books.holdings() if holding.cost is not None and holding.security.key != "usd"
        ]
        return sum((holding.value - holding.cost for holding in known), Decimal(0))


def days(first: datetime.date, last: datetime.date) -> list[datetime.date]:
    return [first + number * DAY for number in range((last - first).days + 1)]


def time_weighted(expected: Iterable[Expected], first: datetime.date, last: datetime.date) -> float:
    """Per year: what one dollar of the first day's end had become."""
    growth, before, accounts = 1.0, None, list(expected)
    for day in days(first, last):
        value = float(sum(each.value(day) for each in accounts if day >= each.first))
        if before is not None:
            flows = [each.flow(day) for each in accounts if day >= each.first]
            came, went = (float(sum(part)) for part in zip(*flows, strict=True))
            growth *= (value + went) / (before + came)
        before = value
    return growth ** (365 / (last - first).days) - 1


def unbalanced(rate: float, expected: Iterable[Expected], first: datetime.date, last: datetime.date) -> float:
    """What is left when all payments are put to the end at this rate, as a part of the value there."""
    accounts, left = list(expected), 0.0
    for day in days(first, last):
        for each in accounts:
            if day >= each.first:
                came, went = each.flow(day) if day > first else (each.value(day), Decimal(0))
                left += float(came - went) * (1 + rate) ** ((last - day).days / 365)
    value = float(sum(each.value(last) for each in accounts))
    return (left - value) / value


@dataclass
class Household:
    """All simulated brokerages, linked, and synced every day since."""

    server: EmulatorServer
    brokerages: list[Brokerage]
    linked: datetime.date

    @property
    def today(self) -> datetime.date:
        return self.server.world.today

    def masks(self) -> Iterator[tuple[Brokerage, str]]:
        for brokerage in self.brokerages:
            for mask in brokerage.links:
                yield brokerage, mask

    def live_today(self) -> None:
        now = datetime.datetime.combine(self.today, datetime.time(21, 30), datetime.UTC)
        for brokerage, mask in self.masks():
            assert brokerage.sync(mask, pace=a_pace(now)).status == "success"
        refresh_prices(now, SimulatedQuotes(self.server.url), asked_before=now)
        reckon_due(now)

    def expected(self) -> dict[int, Expected]:
        return {
            brokerage.account(mask).pk: Expected(brokerage.book(mask), self.linked) for brokerage, mask in self.masks()
        }

    def held(self, *account_ids: int) -> CurrencyPortfolio:
        accounts = list(InvestmentAccount.objects.filter(pk__in=account_ids or self.expected()).order_by("pk"))
        (currency,) = portfolio(accounts, today=self.today).currencies
        return currency

    def history(self, period: Period, *account_ids: int) -> History:
        ids = list(account_ids or self.expected())
        return history(self.held(*ids), ids, period, today=self.today)


@pytest.fixture
def household(bank_of_the_day: EmulatorServer, user: User) -> Household:
    brokerages = [follow_everything(bank_of_the_day, user, institution) for institution in INSTITUTIONS]
    household = Household(bank_of_the_day, brokerages, LINKED)
    household.live_today()
    for _ in range(DAYS):
        bank_of_the_day.bank.tick()
        household.live_today()
    return household


@pytest.fixture
def bank_of_the_day(request, settings, tmp_path) -> Iterator[EmulatorServer]:
    """Pages show today, New York's; all else is the same on any day, so it is always the same day."""
    settings.DATA_DIR = tmp_path
    settings.HAS_DATABASE_SERVER = False
    with EmulatorServer(today=getattr(request, "param", LINKED) or market_day(timezone.now())) as server:
        settings.PLAID_ENV = settings.PLAID_CLIENT_ID = settings.PLAID_SECRET = "emulator"
        settings.PLAID_EMULATOR_URL = settings.PLAID_LINK_ORIGIN = server.url
        yield server


def test_every_figure_is_what_the_institutions_trades_add_up_to(household: Household) -> None:
    expected = household.expected()
    assert len(expected) >= 5
    for account_id, books in expected.items():
        positions_are_the_books(household.held(account_id), books)
        history_is_the_books(household, account_id, books)
    everything_is_the_sum(household, list(expected.values()))


def positions_are_the_books(held: CurrencyPortfolio, expected: Expected) -> None:
    own = {holding.security.name: holding for holding in expected.books.holdings()}
    shown = {position.security.name: position for position in held.positions}
    assert {name: each.quantity for name, each in shown.items()} == {name: each.quantity for name, each in own.items()}
    assert {name: each.worth.value for name, each in shown.items()} == {name: each.value for name, each in own.items()}
    for name, holding in own.items():
        if holding.security.key != "usd":
            assert shown[name].cost == holding.cost
    assert held.value == expected.books.value == expected.value(expected.books.as_of)
    assert (held.gain.amount if held.gain else 0) == expected.gain
    assert held.coverage.lacking == sum(holding.cost is None for holding in own.values())
    assert sum(position.weight for position in held.positions) == 100


def history_is_the_books(household: Household, account_id: int, expected: Expected) -> None:
    stored = Holding.objects.filter(investment_account=account_id).values_list("as_of_date").annotate(Sum("value"))
    assert dict(stored) == {day: expected.value(day) for day in days(expected.first, household.today)}
    shown = household.history(Period.ALL, account_id)
    assert (shown.start, shown.reckoned_until) == (expected.first, LINKED - DAY)
    contributed = Decimal(0)
    by_day = {point.day: point for point in shown.points}
    for day in days(expected.first, household.today):
        came, went = expected.flow(day)
        contributed += came - went
        if day in by_day:
            assert (by_day[day].value, by_day[day].contributed) == (expected.value(day), contributed)
    assert shown.gained == expected.value(household.today) - contributed
    span = (expected.first, household.today)
    assert float(shown.time_weighted.percent) == pytest.approx(100 * time_weighted([expected], *span), abs=0.006)
    assert abs(unbalanced(float(shown.money_weighted.percent) / 100, [expected], *span)) < 2e-4


def everything_is_the_sum(household: Household, expected: list[Expected]) -> None:
    first, last = min(each.first for each in expected), household.today
    assert household.held().value == sum(each.value(last) for each in expected)
    assert sum(part.value for part in household.held().by_account) == household.held().value
    shown = household.history(Period.ALL)
    assert shown.start == first
    for point in shown.points:
        assert point.value == sum(each.value(point.day) for each in expected if point.day >= each.first)
    assert float(shown.time_weighted.percent) == pytest.approx(100 * time_weighted(expected, first, last), abs=0.006)
    assert abs(unbalanced(float(shown.money_weighted.percent) / 100, expected, first, last)) < 2e-4
    paid = income(list(household.expected()), "USD", since=first, until=last)
    trades = [trade for each in expected for trade in each.books.trades.values()]
    for subtype, amount in [("dividend", paid.total.dividends), ("interest", paid.total.interest)]:
        assert amount == -sum(trade.amount for trade in trades if trade.subtype == subtype)
    reinvested = sum(trade.amount for trade in trades if trade.subtype == "dividend reinvestment")
    assert paid.total.reinvested == reinvested > 0


@pytest.mark.parametrize("bank_of_the_day", [None], indirect=True)
def test_the_pages_show_the_figures_of_the_books(
    bank_of_the_day: EmulatorServer, user: User, signed_in: Client
) -> None:
    household = Household(
        bank_of_the_day, [follow_everything(bank_of_the_day, user, GINGHAM)], bank_of_the_day.world.today
    )
    for brokerage, mask in household.masks():
        assert brokerage.sync(mask).status == "success"
    assert refresh_all_prices() == "success"
    expected = household.expected()

    page = signed_in.get("/investments/", {"period": "all"}).content.decode()
    assert shows(page, sum(each.books.value for each in expected.values()))
    assert shows(page, sum(each.gain for each in expected.values()))
    for account_id, each in expected.items():
        page = signed_in.get(f"/investments/accounts/{account_id}/", {"period": "all"}).content.decode()
        page_of_an_account_is_the_books(page, each)
        assert shows(signed_in.get("/accounts/").content.decode(), each.books.value)


def page_of_an_account_is_the_books(page: str, expected: Expected) -> None:
    assert shows(page, expected.books.value)
    assert shows(page, expected.gain)
    for holding in expected.books.holdings():
        assert holding.security.key == "usd" or quantity(holding.quantity) in page
        assert shows(page, holding.value)
        if holding.cost is not None and holding.security.key != "usd":
            assert shows(page, holding.value - holding.cost)
    chart = json.loads(re.search(r'id="value-chart" type="application/json">(.*?)</script>', page)[1])
    last = expected.linked
    span = days(expected.first, last)
    contributed = accumulate(came - went for came, went in map(expected.flow, span))
    put_in = dict(zip(span, contributed, strict=True))
    drawn = [datetime.date.fromisoformat(label) for label in chart["labels"]]
    lines = {series["label"]: [Decimal(amount) for amount in series["values"]] for series in chart["series"][:2]}
    assert (drawn[0], drawn[-1]) == (expected.first, last)
    assert lines == {"Value": [expected.value(day) for day in drawn], "Contributed": [put_in[day] for day in drawn]}


def shows(page: str, amount: Decimal) -> bool:
    return f'value="{plain_number(amount)}"' in page
