from collections import defaultdict
from decimal import Decimal

import pytest

from investments.by_hand import carry_forward, remove_position, set_position
from investments.models import DayValue, Holding
from tests.investments.books import TODAY, days_ago, make_account, make_cash, make_holding, make_security

pytestmark = pytest.mark.django_db


def stored():
    return {(each.investment_account_id, *each.kind): each.value for each in DayValue.objects.all()}


def added_up():
    sums = defaultdict(Decimal)
    for row in Holding.objects.all():
        sums[row.investment_account_id, row.as_of_date, row.currency, row.origin] += row.value or 0
    return dict(sums)


def test_a_day_is_worth_what_its_holdings_are_by_currency_and_origin():
    account, other = make_account(), make_account("Other")
    for each in (account, other):
        make_holding(each, make_security("A"), "2", "10.25")
        make_holding(each, make_cash("EUR"), "7", "1")
        make_holding(each, make_security("UNPRICED"), "2")
        make_holding(each, make_security("B"), "1", "5", origin="entered")

    assert stored() == added_up()
    assert sorted(stored().values()) == [5, 5, 7, 7, Decimal("20.5"), Decimal("20.5")]


def test_what_is_no_longer_held_on_a_day_is_no_value_of_it():
    account = make_account()
    make_holding(account, make_security("A"), "2", "10", as_of_date=days_ago(1))
    make_holding(account, make_cash("EUR"), "7", "1")
    Holding.objects.filter(currency="EUR").delete()
    Holding.objects.filter(currency="USD").update(value=Decimal(30))
    DayValue.objects.add_up(account.pk, days_ago(1), TODAY)

    assert stored() == {(account.pk, days_ago(1), "USD", "reported"): 30}


def test_positions_kept_by_hand_change_the_value_of_their_day():
    account, security = make_account(connection_status="manual"), make_security(close="10")
    set_position(account, security, quantity=Decimal(3), cost_basis=None, today=days_ago(1))
    assert stored() == added_up() == {(account.pk, days_ago(1), "USD", "entered"): 30}
    carry_forward(TODAY)
    assert stored() == added_up()
    remove_position(account, security, today=TODAY)
    assert stored() == added_up()
    assert stored()[account.pk, TODAY, "USD", "entered"] == 0


def test_days_that_do_not_match_their_holdings_are_put_right_once():
    account, other = make_account(), make_account("Other")
    for ago in range(3):
        make_holding(account, make_security(f"A{ago}"), "2", "10", as_of_date=days_ago(ago))
    make_holding(other, make_security("B"), "1", "5")
    DayValue.objects.filter(as_of_date=days_ago(2)).update(value=21)
    DayValue.objects.filter(as_of_date=days_ago(1)).delete()
    DayValue.objects.create(investment_account=other, as_of_date=days_ago(9), currency="USD", origin="entered", value=7)

    assert [DayValue.objects.put_right(), DayValue.objects.put_right()] == [3, 0]
    assert stored() == added_up()
