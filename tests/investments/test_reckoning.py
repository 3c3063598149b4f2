import datetime
from decimal import Decimal
from itertools import pairwise

import pytest
from django.db import connections
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from investments import tasks
from investments.market_hours import market_day
from investments.models import Holding, InvestmentTransaction, Security
from investments.reckoning import BEGUN, reckon, reckon_due
from investments.walking_back import Snapshot, walk_back
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
NOW = datetime.datetime(2026, 11, 20, 22, tzinfo=datetime.UTC)


@pytest.fixture
def account():
    return make_account(history_from=days_ago(9))


@pytest.fixture
def cash():
    return make_cash()


def reckoned(account, *securities):
    """Days ago -> (quantity, value) of one security, or value of all."""
    reckon(account, now=NOW)
    rows = Holding.objects.filter(investment_account=account, origin="reckoned").order_by("-as_of_date")
    if securities:
        rows = rows.filter(security__in=securities)
        return {(TODAY - row.as_of_date).days: (row.quantity, row.value) for row in rows}
    values = {}
    for row in rows:
        ago = (TODAY - row.as_of_date).days
        values[ago] = values.get(ago, 0) + row.value
    return values


def buy(account, security, quantity, price, *, ago, **facts):
    amount = str(Decimal(quantity) * Decimal(price))
    numbers = {"quantity": Decimal(quantity), "price": Decimal(price)}
    return make_trade(account, "buy", amount, ago=ago, security=security, **numbers, **facts)


def test_quantities_go_back_over_the_trades_and_values_follow_the_closes(account, cash):
    security = make_security()
    make_holding(account, security, "5", "14")
    make_holding(account, cash, "50", "1")
    make_trade(account, "deposit", "-100", ago=3)
    buy(account, security, "5", "10", ago=2)
    make_quote(security, "11", ago=2)
    make_quote(security, "12", ago=1)

    assert reckoned(account, security) == {1: (5, 60), 2: (5, 55)}
    assert reckoned(account, cash) == {1: (50, 50), 2: (50, 50), 3: (100, 100)}
    account.refresh_from_db()
    assert account.reckoned_at == NOW


def test_nothing_is_reckoned_before_the_transactions_begin(account):
    security = make_security()
    make_holding(account, security, "5", "14")
    for ago in range(1, 30):
        make_quote(security, "10", ago=ago)

    assert list(reckoned(account)) == list(range(1, 10))


def test_a_close_counts_until_the_next_one(account):
    security = make_security()
    make_holding(account, security, "5", "14")
    make_quote(security, "10", ago=4)

    assert reckoned(account) == dict.fromkeys(range(1, 5), 50)


def test_without_closes_what_was_paid_counts(account, cash):
    fund = make_security("", security_type="mutual fund", name="Trust")
    make_holding(account, fund, "4", "13")
    make_holding(account, cash, "0")
    buy(account, fund, "2", "10", ago=6, raw_subtype="contribution")
    make_trade(account, "buy", "24", ago=3, security=fund, quantity=Decimal(2), raw_subtype="contribution")

    assert reckoned(account, fund) == {1: (4, 48), 2: (4, 48), 3: (4, 48), 4: (2, 20), 5: (2, 20), 6: (2, 20)}


def test_a_position_that_was_sold_is_there_until_its_sale_and_once_as_nothing(account, cash):
    security = make_security()
    make_holding(account, cash, "30", "1")
    make_trade(account, "sell", "-30", ago=2, security=security, quantity=Decimal(-3), price=Decimal(10))
    make_quote(security, "9", ago=4)

    assert reckoned(account, security) == {2: (0, 0), 3: (3, 27), 4: (3, 27)}
    assert reckoned(account) == {1: 30, 2: 30, 3: 27, 4: 27}


def test_a_split_changes_the_quantity_and_restates_older_prices(account):
    security = make_security()
    make_holding(account, security, "20", "11")
    make_trade(account, "split", "0", ago=3, security=security, quantity=Decimal(15))
    make_quote(security, "40", ago=5)
    make_quote(security, "10.50", ago=1)

    assert reckoned(account, security) == {1: (20, 210), 2: (20, 200), 3: (20, 200), 4: (5, 200), 5: (5, 200)}


def test_what_never_had_a_price_is_left_without_a_value(account):
    priced, unpriced = make_security("A"), make_security("B")
    make_holding(account, priced, "1", "10")
    make_holding(account, unpriced, "7")
    make_quote(priced, "9", ago=2)

    assert reckoned(account, unpriced) == {1: (7, None), 2: (7, None)}


def test_it_ends_where_a_price_is_not_known_yet(account):
    old, new = make_security("OLD"), make_security("NEW")
    make_holding(account, old, "1", "10")
    make_holding(account, new, "1", "10")
    for ago in (1, 2, 3, 4):
        make_quote(old, "10", ago=ago)
    make_quote(new, "10", ago=2)

    assert reckoned(account) == {1: 20, 2: 20}


@pytest.mark.parametrize(
    ("kind", "amount", "quantity"),
    [("buy", "100", 10), ("withdrawal", "-5000", 0)],
    ids=["more was bought than is there", "money that was never there"],
)
def test_it_ends_where_the_transactions_do_not_explain_what_is_there(account, cash, kind, amount, quantity):
    security = make_security()
    make_holding(account, security, "5", "10")
    make_holding(account, cash, "1000", "1")
    make_quote(security, "10", ago=9)
    make_trade(account, kind, amount, ago=3, security=security, quantity=Decimal(quantity), price=Decimal(10))

    assert list(reckoned(account)) == [1, 2, 3]


def test_money_that_the_account_does_not_show_ends_it(account):
    security = make_security()
    make_holding(account, security, "5", "10")
    make_quote(security, "10", ago=9)
    make_trade(account, "dividend", "-12.50", ago=3, security=security)

    assert list(reckoned(account)) == [1, 2, 3]


def test_money_that_is_not_listed_because_it_is_all_spent_is_nothing(account):
    security, cash = make_security(), make_cash()
    make_holding(account, security, "5", "10")
    make_quote(security, "10", ago=9)
    make_trade(account, "deposit", "-20", ago=4)
    buy(account, security, "2", "10", ago=2)

    assert reckoned(account, cash) == {2: (0, 0), 3: (20, 20), 4: (20, 20)}


def test_a_reinvestment_without_a_payment_takes_no_money(account, cash):
    security = make_security()
    make_holding(account, security, "5", "10")
    make_holding(account, cash, "7", "1")
    make_quote(security, "10", ago=9)
    facts = {"security": security, "quantity": Decimal(2)}
    make_trade(account, "dividend_reinvestment", "20", ago=3, **facts)
    make_trade(account, "dividend", "-10.05", ago=6, security=security)
    make_trade(account, "dividend_reinvestment", "10", ago=6, security=security, quantity=Decimal(1))

    assert [reckoned(account, cash)[ago][0] for ago in (3, 4, 7)] == [7, 7, Decimal("6.95")]
    assert [reckoned(account, security)[ago][0] for ago in (3, 4, 7)] == [5, 3, 2]


def test_money_that_comes_and_goes_on_one_day_needs_no_place(account):
    security = make_security()
    make_holding(account, security, "5", "10")
    make_quote(security, "10", ago=9)
    make_trade(account, "deposit", "-20", ago=3)
    buy(account, security, "2", "10", ago=3)

    assert reckoned(account, security)[4] == (3, 30)


def test_a_money_market_fund_takes_the_place_of_cash(account):
    fund = make_security("VMFXX", security_type="mutual fund", is_cash_equivalent=True)
    make_holding(account, fund, "500", "1")
    make_trade(account, "deposit", "-200", ago=2)

    assert reckoned(account, fund)[3] == (300, 300)


def test_a_position_that_was_sold_short_may_be_negative(account, cash):
    option = make_security("CALL", security_type="derivative")
    make_holding(account, cash, "10", "1")
    make_quote(option, "2", ago=9)
    make_trade(
        account, "buy", "20", ago=2, security=option, quantity=Decimal(10), price=Decimal(2), raw_subtype="buy to cover"
    )

    assert reckoned(account, option)[3] == (-10, -20)


def test_a_bond_quoted_per_hundred_is_valued_as_its_institution_does(account):
    bond = make_security("", security_type="fixed income", name="Note")
    make_holding(account, bond, "5000", "98.50", value=Decimal("4925.00"))
    make_quote(bond, "99", ago=2)

    assert reckoned(account, bond)[1] == (5000, Decimal("4950.00"))


def test_again_it_writes_nothing(account, django_assert_num_queries):
    security = make_security()
    make_holding(account, security, "5", "14")
    make_quote(security, "10", ago=5)
    before = reckoned(account)
    rows = {row.pk: row.updated_at for row in Holding.objects.all()}

    assert reckoned(account) == before
    assert {row.pk: row.updated_at for row in Holding.objects.all()} == rows


def test_a_later_trade_or_close_corrects_it(account, cash):
    security = make_security()
    make_holding(account, security, "5", "14")
    make_holding(account, cash, "100", "1")
    make_quote(security, "10", ago=5)
    reckon(account, now=NOW)
    make_quote(security, "12", ago=2)
    trade = buy(account, security, "5", "10", ago=4)

    assert reckoned(account, security) == {1: (5, 60), 2: (5, 60), 3: (5, 50), 4: (5, 50)}
    trade.withdrawn_at = NOW
    trade.save()
    assert reckoned(account, security)[5] == (5, 50)


def test_what_is_stated_or_entered_is_never_touched(account):
    security = make_security()
    make_holding(account, security, "5", "14")
    make_quote(security, "10", ago=9)
    entered = make_holding(account, security, "77", "3", as_of_date=days_ago(2), origin="entered")
    reckoned(account)

    entered.refresh_from_db()
    assert (entered.quantity, entered.origin) == (77, "entered")
    assert 2 not in reckoned(account)
    assert {1, 3} <= set(reckoned(account))


def test_an_account_without_transactions_or_snapshots_has_nothing_to_reckon():
    without_history, without_snapshot = make_account("One"), make_account("Two", history_from=days_ago(9))
    make_holding(without_history, make_security("A", close="10"), "1", "10")

    assert reckoned(without_history) == reckoned(without_snapshot) == {}


def touched(row, **facts):
    type(row).objects.filter(pk=row.pk).update(updated_at=NOW + datetime.timedelta(hours=1), **facts)


def test_an_account_is_due_when_something_new_is_known_of_its_past(account):
    held, other = make_security("HELD"), make_security("OTHER")
    holding = make_holding(account, held, "5", "14")
    later = NOW + datetime.timedelta(minutes=1)
    Holding.objects.update(updated_at=NOW)
    assert reckon_due(later) == 1
    assert reckon_due(later) == 0

    touched(make_quote(other, "10", ago=3))
    touched(make_quote(held, "10", ago=0))
    assert reckon_due(later) == 0

    touched(make_quote(held, "10", ago=3))
    assert reckon_due(later) == 1

    later = NOW + datetime.timedelta(hours=2)
    assert reckon_due(later) == 1
    touched(holding)
    assert reckon_due(later) == 0
    type(account).objects.update(reckoned_at=None)
    assert reckon_due(later) == 1


def test_a_corrected_first_snapshot_makes_the_account_due(account):
    holding = make_holding(account, make_security(close="10"), "5", "14")
    assert reckon_due(timezone.now()) == 1
    assert reckon_due(timezone.now()) == 0
    holding.save()
    assert reckon_due(timezone.now()) == 1


def test_trades_that_change_while_it_works_make_the_account_due_again(account):
    security = make_security()
    make_holding(account, security, "5", "14")
    make_quote(security, "10", ago=3)

    def sync_meanwhile(execute, sql, params, many, context):
        if sql.startswith("INSERT"):
            type(account).objects.update(reckoned_at=None)
        return execute(sql, params, many, context)

    with connections["investments"].execute_wrapper(sync_meanwhile):
        reckon(account, now=timezone.now())

    assert reckon_due(timezone.now()) == 1
    assert reckon_due(timezone.now()) == 0


def test_an_account_whose_reckoning_was_cut_short_is_due_again(account):
    make_holding(account, make_security(), "5", "14")
    type(account).objects.update(reckoned_at=BEGUN)

    assert reckon_due(timezone.now()) == 1


def test_new_closes_are_reckoned_with_at_once(bank):
    today = market_day(timezone.now())
    account = make_account(history_from=today - datetime.timedelta(days=9))
    make_holding(account, make_security("XPLT", security_type="etf"), "2", "300", as_of_date=today)

    tasks.refresh_prices()

    rows = Holding.objects.filter(origin="reckoned").order_by("as_of_date")
    assert len(rows) == 9
    assert all(row.value == 2 * row.price > 0 for row in rows)


@pytest.mark.parametrize("count", [1, 20])
def test_looking_again_takes_the_same_queries_for_any_number_of_positions(count, django_assert_num_queries):
    account = make_account(history_from=days_ago(50))
    for number in range(count):
        security = make_security(f"T{number}")
        make_holding(account, security, "1", "10")
        make_quote(security, "10", ago=50)
    reckon(account, now=NOW)

    with django_assert_num_queries(16, using="investments"):
        reckon(account, now=NOW)


trades = st.lists(
    st.tuples(st.integers(0, 30), st.sampled_from([1, 2, 3]), st.decimals("0.01", "50", places=4), st.booleans()),
    max_size=25,
)


@given(trades)
def test_undoing_all_trades_gives_what_was_held_on_every_day(made):
    first, last = datetime.date(2026, 1, 1), datetime.date(2026, 1, 31)
    held, by_day, rows = dict.fromkeys((1, 2, 3), Decimal(0)), {}, []
    for day in (first + datetime.timedelta(days=number) for number in range(31)):
        for at, security_id, quantity, is_sale in made:
            if day.day == at + 1 and not (is_sale and held[security_id] < quantity):
                moved = -quantity if is_sale else quantity
                held[security_id] += moved
                security = Security(pk=security_id, security_type="equity")
                rows.append(
                    InvestmentTransaction(date=day, security=security, kind="buy", quantity=moved, amount=moved)
                )
                rows.append(InvestmentTransaction(date=day, kind="deposit", amount=-moved))
        by_day[day] = dict(held)

    undone = [row for row in reversed(rows) if row.date > first]
    trail = walk_back(Snapshot(last, {**held, 9: Decimal(0)}, {"USD": 9}), undone, no_further_than=first)

    assert trail.since == first
    for security_id in held:
        steps = trail.steps[security_id]
        assert all(one.day < other.day for one, other in pairwise(steps))
        for day, quantities in by_day.items():
            assert [step.quantity for step in steps if step.day <= day][-1] == quantities[security_id]
