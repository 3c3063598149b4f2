"""Returns against published worked examples, and what must hold for any."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from investments.returns import Day, Payment, annual, money_weighted, time_weighted

FIRST = date(2025, 1, 1)


def day(number, value, inflow=0, outflow=0):
    known = None if value is None else Decimal(value)
    return Day(FIRST + timedelta(days=number), known, Decimal(inflow), Decimal(outflow))


def test_money_weighted_return_is_excels_xirr():
    """https://support.microsoft.com/en-us/office/xirr-function-de1242ec-6477-445b-b11b-a303ad9adc9d"""
    payments = [
        Payment(date(2008, 1, 1), Decimal(-10000)),
        Payment(date(2008, 3, 1), Decimal(2750)),
        Payment(date(2008, 10, 30), Decimal(4250)),
        Payment(date(2009, 2, 15), Decimal(3250)),
        Payment(date(2009, 4, 1), Decimal(2750)),
    ]

    rate = annual(money_weighted(payments), (date(2009, 4, 1) - date(2008, 1, 1)).days)
    assert abs(rate - Decimal("0.373362535")) < Decimal("0.00000001")


def test_time_weighted_return_links_the_periods_between_flows():
    """https://www.mathcelebrity.com/intweighttimeinst.htm: 18.78 %."""
    days = [
        Day(date(2025, 1, 1), Decimal(100_000)),
        Day(date(2025, 2, 28), Decimal(112_000)),
        Day(date(2025, 3, 1), Decimal(142_000), inflow=Decimal(30_000)),
        Day(date(2025, 8, 1), Decimal(125_000 - 42_000), outflow=Decimal(42_000)),
        Day(date(2026, 1, 1), Decimal(100_000)),
    ]

    assert round(time_weighted(days), 4) == Decimal("0.1878")


def test_both_returns_of_the_same_money():
    """Bodie, Kane, Marcus, Investments, chapter 24: 7.81 percent a year time-weighted, 7.117 money-weighted.

    A share bought at 50, another a year later at 53, both sold at 54 after two years; each pays 2 a year.
    """
    days = [day(0, 50), day(364, 53, outflow=2), day(365, 106, inflow=53), day(730, 0, outflow=112)]
    payments = [
        Payment(FIRST, Decimal(-50)),
        Payment(FIRST + timedelta(365), Decimal(2 - 53)),
        Payment(FIRST + timedelta(730), Decimal(112)),
    ]

    assert round(annual(time_weighted(days), 730), 4) == Decimal("0.0781")
    assert round(annual(money_weighted(payments), 730), 5) == Decimal("0.07117")


@pytest.mark.parametrize(
    "days",
    [
        [],
        [day(0, 100)],
        [day(0, 100), day(1, None)],
        [day(0, 0), day(1, 10)],
        [day(0, 100), day(1, -5)],
        [day(0, -100), day(1, -90)],
    ],
)
def test_there_is_no_time_weighted_return_without_something_to_begin_with(days):
    assert time_weighted(days) is None


def test_money_that_was_all_withdrawn_and_came_back_links_on():
    days = [day(0, 100), day(1, 0, outflow=110), day(2, 0), day(3, 50, inflow=50), day(4, 55)]

    assert time_weighted(days) == Decimal("0.21")


def test_flows_of_days_without_a_value_count_on_the_next_day_that_has_one():
    days = [day(0, 100), day(1, None, inflow=100), day(2, None, outflow=30), day(3, 190)]

    assert time_weighted(days) == Decimal("0.1")


@pytest.mark.parametrize(
    "amounts", [[], [(0, -100)], [(0, -100), (0, 120)], [(0, -100), (9, -5)], [(0, 100), (9, 5)], [(0, 0), (9, 5)]]
)
def test_there_is_no_money_weighted_return_without_payments_both_ways_and_time_between(amounts):
    payments = [Payment(FIRST + timedelta(number), Decimal(amount)) for number, amount in amounts]

    assert money_weighted(payments) is None


def test_a_loss_of_a_week_does_not_break_the_yearly_rate():
    payments = [Payment(FIRST, Decimal(-100)), Payment(FIRST + timedelta(7), Decimal(60))]

    assert money_weighted(payments) == pytest.approx(Decimal("-0.4"), abs=Decimal("1e-15"))
    assert -1 < annual(money_weighted(payments), 7) < Decimal("-0.99")


def test_what_is_lost_in_a_period_is_lost_in_a_year():
    assert annual(Decimal(-1), 30) == -1


amounts = st.decimals("1", "100000", places=2)
growths = st.lists(st.decimals("0.8", "1.25", places=3), min_size=1, max_size=40)


@given(amounts, growths, st.data())
def test_money_that_comes_and_goes_does_not_touch_the_time_weighted_return(start, growths, data):
    value, days = start, [day(0, start)]
    for number, growth in enumerate(growths, 1):
        inflow, outflow = data.draw(amounts), Decimal(0)
        before = (value + inflow) * growth
        outflow = data.draw(st.decimals("0", "0.9", places=2)) * before
        value = before - outflow
        days.append(day(number, value, inflow, outflow))

    expected = list(accumulate(growths, lambda one, other: one * other))[-1] - 1
    assert abs(time_weighted(days) - expected) < Decimal("1e-12")


@given(amounts, amounts, st.integers(1, 3000))
def test_one_payment_in_and_one_out_is_plain_compound_growth(start, end, length):
    payments = [Payment(FIRST, -start), Payment(FIRST + timedelta(length), end)]

    assert abs(money_weighted(payments) - (end / start - 1)) < Decimal("1e-9") * (1 + end / start)


@given(amounts, st.lists(st.tuples(st.integers(1, 500), amounts), max_size=12), st.decimals("0.01", "50", places=2))
def test_the_money_weighted_rate_balances_all_payments(start, paid_in, multiple):
    payments = [Payment(FIRST, -start), *(Payment(FIRST + timedelta(at), -amount) for at, amount in paid_in)]
    payments.append(Payment(FIRST + timedelta(1000), -multiple * sum(each.amount for each in payments)))

    growth = money_weighted(payments)

    left = [float(each.amount) * float(1 + growth) ** ((1000 - (each.day - FIRST).days) / 1000) for each in payments]
    assert abs(sum(left)) < 1e-6 * sum(abs(amount) for amount in left)
