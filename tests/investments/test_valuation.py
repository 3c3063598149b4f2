from decimal import Decimal

import pytest

from investments.valuation import valuation
from tests.investments.books import TODAY, days_ago, make_account, make_cash, make_holding, make_security

pytestmark = pytest.mark.django_db


def test_a_newer_close_is_taken_before_the_institutions_price():
    security = make_security(close="12.00", as_of=TODAY, price_source="yfinance")
    holding = make_holding(make_account(), security, "3.5", "10.00", price_as_of=days_ago(1))

    worth = valuation(holding)

    assert (worth.value, worth.price, worth.as_of, worth.source) == (Decimal(42), Decimal(12), TODAY, "yfinance")


def test_of_the_same_day_the_institutions_stated_value_counts():
    security = make_security(close="12.00", as_of=TODAY)
    holding = make_holding(make_account(), security, "3.5", "10.00", value=Decimal("35.01"))

    worth = valuation(holding)

    assert (worth.value, worth.price, worth.source) == (Decimal("35.01"), Decimal(10), "plaid")


def test_an_older_close_changes_nothing():
    holding = make_holding(make_account(), make_security(close="99", as_of=days_ago(3)), "2", "10.00")

    assert valuation(holding).value == Decimal(20)


def test_a_price_of_an_unknown_day_is_of_the_day_of_its_snapshot():
    security = make_security(close="12.00", as_of=days_ago(1))
    holding = make_holding(make_account(), security, "2", "10.00", price_as_of=None)

    assert (valuation(holding).value, valuation(holding).as_of) == (Decimal(20), TODAY)


def test_what_the_institution_does_not_price_is_worth_its_last_close():
    holding = make_holding(make_account(), make_security(close="12.00", as_of=days_ago(9)), "2")

    assert (valuation(holding).value, valuation(holding).age(TODAY)) == (Decimal(24), 9)


def test_a_position_without_any_price_has_no_value():
    worth = valuation(make_holding(make_account(), make_security(), "2"))

    assert (worth.value, worth.price, worth.as_of, worth.age(TODAY)) == (None, None, None, None)
    assert not worth.is_old(TODAY)


def test_a_short_position_is_worth_less_than_nothing():
    security = make_security(close="5.00", security_type="derivative")
    holding = make_holding(make_account(), security, "-200", "4.00", price_as_of=days_ago(1))

    assert valuation(holding).value == Decimal(-1000)


def test_cash_is_worth_its_quantity():
    holding = make_holding(make_account(), make_cash(), "1500.25", value=None)

    assert valuation(holding).value == Decimal("1500.25")


def test_a_close_in_another_currency_is_no_price_of_the_holding():
    security = make_security(close="12.00", currency="EUR")
    holding = make_holding(make_account(), security, "2", "10.00", currency="USD", price_as_of=days_ago(1))

    assert valuation(holding).value == Decimal(20)


def test_a_bond_quoted_per_hundred_keeps_the_value_that_its_institution_states():
    bond = make_security(close="99.10", as_of=TODAY, security_type="fixed income")
    holding = make_holding(make_account(), bond, "5000", "98.50", price_as_of=days_ago(1), value=Decimal("4925.00"))

    assert valuation(holding).value == Decimal("4925.00")


def test_amounts_have_four_decimals():
    coin = make_security(close="58240.1523", as_of=TODAY)
    holding = make_holding(make_account(), coin, "0.01873502")

    assert valuation(holding).value == Decimal("1091.1304")


@pytest.mark.parametrize(("age", "is_old"), [(4, False), (5, True)])
def test_a_price_is_old_when_no_closed_market_explains_its_age(age, is_old):
    holding = make_holding(make_account(), make_security(close="1", as_of=days_ago(age)), "2")

    assert valuation(holding).is_old(TODAY) is is_old
