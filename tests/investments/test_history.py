import datetime
from decimal import Decimal

import pytest

from investments.history import MOST_POINTS, history
from investments.models import DayValue, InvestmentAccount
from investments.periods import Period
from investments.portfolio import portfolio
from tests.investments.books import (
    TODAY,
    days_ago,
    make_account,
    make_cash,
    make_holding,
    make_quote,
    make_security,
    make_trade,
)

pytestmark = pytest.mark.django_db


def over(period=Period.MONTH, accounts=None):
    chosen = accounts or list(InvestmentAccount.objects.in_reading_order())
    held = portfolio(chosen, today=TODAY).in_currency("USD")
    return history(held, [account.pk for account in chosen], period, today=TODAY)


def at(ago, period=Period.MONTH):
    return next(point for point in over(period).points if point.day == days_ago(ago))


def make_days(account, security, worth, **facts):
    """One unit of the security, worth so much on each of these days (days ago -> price)."""
    for ago, price in worth.items():
        make_holding(account, security, facts.get("quantity", "1"), price, as_of_date=days_ago(ago), **facts)


@pytest.mark.parametrize(
    ("period", "first"),
    [("1m", "2026-02-28"), ("3m", "2025-12-31"), ("ytd", "2025-12-31"), ("1y", "2025-03-31"), ("all", "0001-01-01")],
)
def test_a_period_begins_on_the_same_day_of_an_earlier_month(period, first):
    assert Period(period).first_day(datetime.date(2026, 3, 31)).isoformat() == first


def test_there_is_no_history_of_one_day():
    make_holding(make_account(), make_security(), "1", "10")

    assert over() is None


def test_value_and_contributions_start_together_and_part_by_what_was_gained():
    account, cash = make_account(), make_cash()
    make_days(account, make_security(), {40: "90", 31: "100", 10: "110", 0: "120"})
    for ago, money in {31: "0", 10: "0", 5: "500", 0: "500"}.items():
        make_holding(account, cash, money, "1", as_of_date=days_ago(ago))
    make_trade(account, "deposit", "-500", ago=5)

    shown = over()

    assert (shown.start, shown.end) == (days_ago(31), TODAY)
    assert (shown.points[0].value, shown.points[0].contributed) == (100, 100)
    assert (shown.points[-1].value, shown.points[-1].contributed, shown.gained) == (620, 600, 20)
    assert (at(10).value, at(10).contributed) == (110, 100)


def test_the_last_point_is_what_the_portfolio_shows_now():
    account, security = make_account(), make_security(close="130", as_of=TODAY)
    make_days(account, security, {3: "100", 1: "110"})

    assert over().points[-1].value == 130


def test_days_that_nobody_looked_at_are_gaps():
    make_days(make_account(), make_security(), {4: "100", 3: "101", 0: "103"})

    assert [point.value for point in over().points] == [100, 101, None, None, 103]


def test_an_account_that_failed_keeps_its_last_value_among_others():
    good, failed = make_account("Good"), make_account("Failed", last_sync_error="No.")
    make_days(good, make_security(), {3: "100", 2: "101", 1: "102", 0: "103"})
    make_days(failed, make_security("FAIL"), {3: "50", 2: "51"})

    assert [point.value for point in over().points] == [150, 152, 153, 154]


def test_an_account_that_begins_within_the_period_is_put_in_not_gained():
    first, later = make_account("First"), make_account("Later")
    make_days(first, make_security(), {10: "100", 5: "110", 0: "110"})
    make_days(later, make_security("LATE"), {5: "1000", 0: "1100"})
    make_trade(later, "deposit", "-1000", ago=5)

    shown = over()

    assert (shown.points[-1].value, shown.points[-1].contributed, shown.gained) == (1210, 1100, 110)
    assert shown.time_weighted.percent == 10  # 1110 / (100 + 1000) times 1210 / 1110


def test_a_deposit_counts_on_the_day_whose_value_shows_it():
    account, cash = make_account(), make_cash()
    for ago, money in {10: "100", 6: "100", 2: "600", 0: "600"}.items():
        make_holding(account, cash, money, "1", as_of_date=days_ago(ago))
    make_trade(account, "deposit", "-500", ago=5)

    assert [at(ago).contributed for ago in (6, 5, 3, 2)] == [100, 100, 100, 600]
    assert over().time_weighted.percent == 0


def test_a_deposit_that_no_snapshot_shows_yet_does_not_count():
    account = make_account()
    make_days(account, make_security(), {3: "100", 1: "100"})
    make_trade(account, "deposit", "-500", ago=-1)

    assert over().points[-1].contributed == 100


@pytest.mark.parametrize(
    ("facts", "inflow"),
    [
        ({"kind": "deposit", "amount": "-100"}, 100),
        ({"kind": "withdrawal", "amount": "40"}, -40),
        ({"kind": "transfer", "amount": "-25", "raw_subtype": "transfer"}, 25),
        ({"kind": "buy", "amount": "60", "raw_subtype": "contribution", "quantity": 6}, 60),
        (
            {"kind": "withdrawal", "amount": "-30", "raw_type": "sell", "raw_subtype": "distribution", "quantity": -3},
            -30,
        ),
        ({"kind": "transfer", "amount": "0", "quantity": 4, "price": 9}, 80),
        ({"kind": "transfer", "amount": "0", "quantity": -4}, -80),
        ({"kind": "buy", "amount": "60", "quantity": 6}, 0),
        ({"kind": "dividend", "amount": "-12"}, 0),
        ({"kind": "fee", "amount": "12"}, 0),
        ({"kind": "split", "amount": "0", "quantity": 10}, 0),
        ({"kind": "other", "amount": "0", "quantity": 10, "raw_subtype": "spin off"}, 0),
        ({"kind": "deposit", "amount": "-100", "withdrawn_at": datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)}, 0),
        ({"kind": "deposit", "amount": "-100", "currency": "EUR"}, 0),
    ],
)
def test_only_what_crosses_the_line_to_the_outside_is_a_contribution(facts, inflow):
    account, security = make_account(), make_security()
    make_quote(security, "20", ago=3)
    make_days(account, security, {9: "1000", 2: "1000", 0: "1000"})
    facts = {name: Decimal(value) if name in {"quantity", "price"} else value for name, value in facts.items()}
    make_trade(account, facts.pop("kind"), facts.pop("amount"), ago=2, security=security, **facts)

    assert over().points[-1].contributed == 1000 + inflow


def test_what_moved_in_without_a_quote_counts_by_its_own_price():
    account, security = make_account(), make_security()
    make_days(account, security, {9: "1000", 2: "1000", 0: "1000"})
    make_trade(account, "transfer", "0", ago=2, security=security, quantity=Decimal(4), price=Decimal(9))

    assert over().points[-1].contributed == 1036


def test_positions_entered_by_hand_are_put_in_when_their_quantity_changes():
    account, one, two = make_account(connection_status="manual"), make_security("ONE"), make_security("TWO")
    for ago, quantity in {5: "10", 4: "10", 3: "15", 2: "15", 1: "0"}.items():
        make_holding(account, one, quantity, "20", as_of_date=days_ago(ago), origin="entered")
    for ago in (2, 1, 0):
        make_holding(account, two, "1", "50", as_of_date=days_ago(ago), origin="entered")

    shown = over()

    assert [point.value for point in shown.points] == [200, 200, 300, 350, 50, 50]
    assert [point.contributed for point in shown.points] == [200, 200, 300, 350, 50, 50]
    assert (shown.gained, shown.time_weighted.percent) == (0, 0)


def test_a_position_entered_by_hand_is_put_in_when_its_price_becomes_known():
    account, known, unknown = make_account(connection_status="manual"), make_security("ONE"), make_security("TWO")
    for ago in (3, 2, 1, 0):
        make_holding(account, known, "1", "20", as_of_date=days_ago(ago), origin="entered")
    for ago, price in {2: "", 1: "50", 0: "55"}.items():
        make_holding(account, unknown, "4", price, as_of_date=days_ago(ago), origin="entered")

    assert [point.value for point in over().points] == [20, 20, 220, 240]
    assert [point.contributed for point in over().points] == [20, 20, 220, 220]


def test_linking_an_account_kept_by_hand_corrects_it_and_gains_nothing():
    account, security = make_account(), make_security()
    make_holding(account, security, "10", "20", as_of_date=days_ago(2), origin="entered")
    make_trade(account, "deposit", "-999", ago=2)
    make_holding(account, security, "12", "20", as_of_date=days_ago(1))
    make_holding(account, security, "12", "21")

    assert (over().points[-1].contributed, over().gained) == (240, 12)


def test_returns_of_the_period_are_named_and_explained():
    account, cash = make_account(), make_cash()
    make_days(account, make_security(), {20: "1000", 10: "1100", 0: "990"})
    for ago, money in {20: "0", 10: "1100", 0: "1100"}.items():
        make_holding(account, cash, money, "1", as_of_date=days_ago(ago))
    make_trade(account, "deposit", "-1100", ago=10)

    shown = over()

    assert (shown.time_weighted.percent, shown.time_weighted.is_annual) == (Decimal("-0.48"), False)
    assert shown.money_weighted.percent == Decimal("-0.64")
    assert "whenever" in shown.time_weighted.explanation
    assert "each payment" in shown.money_weighted.explanation


def test_returns_of_more_than_a_year_are_per_year():
    make_days(make_account(), make_security(), {730: "100", 0: "121"})

    shown = over(Period.ALL)

    assert (shown.time_weighted.percent, shown.time_weighted.is_annual) == (10, True)
    assert (shown.money_weighted.percent, shown.money_weighted.is_annual) == (10, True)


def test_a_return_that_can_not_be_told_says_why():
    security = make_security()
    make_days(make_account(), security, {3: "0", 2: "0", 1: "10", 0: "11"})

    assert (over().time_weighted.percent, over().money_weighted.percent) == (None, None)
    assert "nothing to grow from" in over().time_weighted.explanation
    assert "money that was put in" in over().money_weighted.explanation


def test_the_benchmark_gets_the_same_money_on_the_same_days():
    account, cash, spy = make_account(), make_cash(), make_security("SPY", security_type="etf")
    for ago, money in {4: "100", 2: "300", 0: "300"}.items():
        make_holding(account, cash, money, "1", as_of_date=days_ago(ago))
    make_trade(account, "deposit", "-200", ago=2)
    for ago, close in {5: "50", 2: "100", 1: "110"}.items():
        make_quote(spy, close, ago=ago)

    assert [point.benchmark for point in over().points] == [100, 100, 400, 440, 440]


def test_without_quotes_from_the_start_there_is_no_benchmark():
    make_days(make_account(), make_security(), {4: "100", 0: "110"})
    make_quote(make_security("SPY", security_type="etf"), "50", ago=2)

    assert not over().has_benchmark


def test_long_periods_are_thinned_but_keep_their_ends():
    make_days(make_account(), make_security(), dict.fromkeys(range(0, 700, 3), "10"))

    shown = over(Period.ALL)

    assert 100 < len(shown.points) <= MOST_POINTS + 1
    assert (shown.points[0].day, shown.points[-1].day) == (days_ago(699), TODAY)
    assert {point.value for point in shown.points} == {10}


def test_reckoned_values_are_told_from_stated_ones():
    account, security = make_account(), make_security()
    make_days(account, security, {5: "10", 4: "10"}, origin="reckoned")
    make_days(account, security, {3: "10", 0: "10"})

    assert over().reckoned_until == days_ago(4)
    DayValue.objects.filter(origin="reckoned").delete()
    assert over().reckoned_until is None


@pytest.mark.parametrize(("count", "length"), [(1, 3), (8, 60)])
def test_the_number_of_queries_is_the_same_for_any_history(count, length, django_assert_num_queries):
    account, by_hand = make_account(), make_account("By hand", connection_status="manual")
    for number in range(count):
        security = make_security(f"T{number}")
        make_days(account, security, dict.fromkeys(range(length), "10"))
        make_days(by_hand, security, dict.fromkeys(range(length), "10"), origin="entered")
    make_trade(account, "deposit", "-1", ago=1)
    held = portfolio([account, by_hand], today=TODAY).in_currency("USD")

    with django_assert_num_queries(5, using="investments"):
        history(held, [account.pk, by_hand.pk], Period.ALL, today=TODAY)
