import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from investments.day_change import Change
from investments.models import InvestmentAccount
from investments.portfolio import portfolio
from investments.shares import weights
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


def picture():
    return portfolio(list(InvestmentAccount.objects.in_reading_order()), today=TODAY)


def only():
    (currency,) = picture().currencies
    return currency


def position(ticker):
    return next(each for each in only().positions if each.security.ticker == ticker)


def test_nothing_held_is_no_currency_at_all():
    make_account()

    assert picture().currencies == ()
    assert picture().in_currency("USD") is None


def test_the_same_security_in_two_accounts_is_one_position_with_its_parts():
    one, two, security = make_account("One"), make_account("Two"), make_security()
    make_holding(one, security, "2", "10", cost_basis=Decimal(15))
    make_holding(two, security, "3", "10", cost_basis=Decimal(25))

    held = position("PLTP")

    assert (held.quantity, held.worth.value, held.cost, held.average_cost) == (5, 50, 40, 8)
    assert held.gain == Change(Decimal(10), Decimal("25.00"))
    assert [(part.account.name, part.worth.value, part.gain.amount) for part in held.parts] == [
        ("Two", 30, 5),
        ("One", 20, 5),
    ]


def test_each_account_shows_its_own_last_snapshot():
    fresh, failed, security = make_account("Fresh"), make_account("Failed", last_sync_error="No."), make_security()
    make_holding(fresh, security, "2", "10")
    make_holding(fresh, security, "1", "10", as_of_date=days_ago(1))
    make_holding(failed, security, "5", "10", as_of_date=days_ago(6))

    assert only().value == 70
    assert [(state.account, state.as_of) for state in picture().stale] == [(failed, days_ago(6))]


@pytest.mark.parametrize(
    ("facts", "day", "is_stale"),
    [
        ({}, 0, False),
        ({}, 1, False),
        ({}, 2, True),
        ({"connection_status": "login_required"}, 0, True),
        ({"connection_status": "disconnected"}, 0, True),
        ({"connection_status": "manual"}, 9, False),
    ],
)
def test_an_account_is_stale_when_its_source_failed_or_was_silent(facts, day, is_stale):
    make_holding(make_account(**facts), make_security(), "1", "10", as_of_date=days_ago(day))

    assert picture().accounts[0].is_stale is is_stale


def test_an_account_that_was_emptied_is_heard_of_by_its_syncs():
    account = make_account(last_synced_at=datetime.datetime.combine(TODAY, datetime.time(15), datetime.UTC))
    make_holding(account, make_security(), "0", as_of_date=days_ago(9))

    (state,) = picture().accounts

    assert (state.as_of, state.is_stale) == (TODAY, False)


def test_a_position_that_ended_is_not_shown():
    account = make_account()
    make_holding(account, make_security("GONE"), "0", "10")
    make_holding(account, make_security("HELD"), "1", "10")

    assert [each.security.ticker for each in only().positions] == ["HELD"]


def test_a_position_without_a_price_is_shown_and_left_out_of_value_and_cost():
    account = make_account()
    make_holding(account, make_security("KNOWN"), "1", "10", cost_basis=Decimal(8))
    make_holding(account, make_security("UNPRICED"), "100", cost_basis=Decimal(9000))

    now = only()

    assert (now.value, now.cost, now.gain.amount, now.coverage.unpriced) == (10, 8, 2, 1)
    unpriced = now.positions[-1]
    assert (unpriced.security.ticker, unpriced.worth.value, unpriced.weight, unpriced.gain) == (
        "UNPRICED",
        None,
        None,
        None,
    )
    assert {part.label for part in now.largest} == {"KNOWN"}


def test_gains_are_of_the_positions_whose_cost_is_known():
    account = make_account()
    make_holding(account, make_security("KNOWN"), "1", "10", cost_basis=Decimal(8))
    make_holding(account, make_security("FREE"), "1", "5", cost_basis=Decimal(0))
    make_holding(account, make_security("LACKING"), "1", "100")
    make_holding(account, make_cash(), "50", cost_basis=Decimal(50))

    now = only()

    assert (now.coverage.lacking, now.coverage.total) == (1, 3)
    assert (now.cost, now.gain) == (8, Change(Decimal(7), Decimal("87.50")))
    assert position("LACKING").gain is position("CUR:USD").gain is None
    assert position("FREE").gain == Change(Decimal(5), None)


def test_a_position_with_one_unknown_cost_has_none_but_its_parts_tell_what_they_know():
    security = make_security()
    make_holding(make_account("One"), security, "1", "10", cost_basis=Decimal(8))
    make_holding(make_account("Two"), security, "1", "10")

    held = position("PLTP")

    assert (held.cost, held.average_cost, held.gain) == (None, None, None)
    assert [part.gain and part.gain.amount for part in held.parts] == [2, None]
    assert only().gain is None


def test_what_one_institution_does_not_price_is_valued_as_another_states_it():
    security = make_security()
    make_holding(make_account("One"), security, "1", "10")
    make_holding(make_account("Two"), security, "4")

    assert only().value == 50


def test_amounts_of_different_currencies_are_never_added():
    home, abroad = make_account(), make_account("Depot", currency="EUR")
    make_holding(home, make_security(), "1", "10")
    make_holding(home, make_cash(), "7")
    make_holding(abroad, make_security("SAP", currency="EUR"), "1", "20")
    make_holding(make_account("More"), make_cash("GBP"), "3")

    assert [(each.currency, each.value) for each in picture().currencies] == [("USD", 17), ("EUR", 20), ("GBP", 3)]
    assert picture().in_currency("EUR").value == 20
    assert picture().in_currency("XYZ").currency == "USD"


def test_cash_is_counted_once():
    account = make_account(balance_current=Decimal(110))
    make_holding(account, make_security(), "1", "10")
    make_holding(account, make_cash(), "100", "1")

    assert only().value == 110


def test_the_change_of_the_day_is_what_the_last_prices_did_to_what_is_held():
    account, security = make_account(), make_security(close="12", as_of=TODAY, price_source="simulated")
    make_holding(account, security, "5", "9", price_as_of=days_ago(4))
    make_holding(account, make_cash(), "50")
    make_quote(security, "12")
    make_quote(security, "10", ago=1)

    assert position("PLTP").day == Change(Decimal(10), Decimal("20.00"))
    assert only().day == Change(Decimal(10), Decimal("10.00"))


def test_a_trade_of_the_day_is_no_change_of_the_day():
    account, security = make_account(), make_security()
    make_holding(account, security, "1", "10", as_of_date=days_ago(1))
    make_holding(account, security, "100", "11")

    assert position("PLTP").day == Change(Decimal(100), Decimal("10.00"))


def test_a_price_that_is_old_tells_nothing_about_the_day():
    security = make_security(close="12", as_of=days_ago(5))
    make_holding(make_account(), security, "1")
    make_quote(security, "10", ago=6)

    assert position("PLTP").day is None


def test_a_split_is_no_change_of_the_day():
    account, security = make_account(), make_security()
    make_trade(account, "split", "0", security=security, quantity=Decimal(15))
    make_holding(account, security, "5", "40", as_of_date=days_ago(1))
    make_holding(account, security, "20", "11")

    assert position("PLTP").day == Change(Decimal(20), Decimal("10.00"))


def test_positions_are_listed_by_value_and_weigh_100_percent():
    account = make_account()
    for ticker in ("A", "B", "C"):
        make_holding(account, make_security(ticker), "1", "10")

    assert [(each.security.ticker, each.weight) for each in only().positions] == [
        ("A", Decimal("33.4")),
        ("B", Decimal("33.3")),
        ("C", Decimal("33.3")),
    ]


def test_a_portfolio_is_spread_over_types_and_accounts_and_its_largest_positions():
    one, two = make_account("One"), make_account("Two")
    for number in range(12):
        make_holding(one, make_security(f"T{number:02}"), "1", str(20 - number))
    make_holding(two, make_security("FUND", security_type="etf"), "1", "100")
    make_holding(two, make_cash(), "26")

    now = only()

    assert [(each.of, each.label, each.value) for each in now.by_type] == [
        ("equity", "Shares", 174),
        ("etf", "ETFs", 100),
        ("cash", "Cash", 26),
    ]
    assert [(each.of, each.value, each.weight) for each in now.by_account] == [
        (one.pk, 174, Decimal("58.0")),
        (two.pk, 126, Decimal("42.0")),
    ]
    assert len(now.largest) == 11
    assert (now.largest[-1].of, now.largest[-1].label, now.largest[-1].value) == (None, "Other", 42)
    for slices in (now.by_type, now.by_account, now.largest):
        assert sum(each.weight for each in slices) == 100


@given(st.lists(st.integers(-(10**7), 10**9), min_size=1, max_size=30))
def test_weights_as_shown_add_up_to_100(ten_thousandths):
    values = [Decimal(number).scaleb(-4) for number in ten_thousandths]
    shares = weights(values)

    if sum(values) <= 0:
        assert shares == [None] * len(values)
    else:
        assert sum(shares) == 100
        exact = [value * 100 / sum(values) for value in values]
        assert all(abs(share - value) < Decimal("0.1001") for share, value in zip(shares, exact, strict=True))


@pytest.mark.parametrize("count", [1, 30])
def test_the_number_of_queries_is_the_same_for_any_number_of_positions(count, django_assert_num_queries):
    account, other = make_account(), make_account("Other")
    for number in range(count):
        security = make_security(f"T{number}")
        make_quote(security, "10", ago=1)
        make_holding(account, security, "1", "10")
        make_holding(other, security, "1", "10", as_of_date=days_ago(3))
    make_holding(account, make_security("UNQUOTED"), "1", "10")
    accounts = list(InvestmentAccount.objects.in_reading_order())

    with django_assert_num_queries(5, using="investments"):
        portfolio(accounts, today=TODAY)
