"""The simulated lives: two years of rows that are worth looking at, the same for the same seed."""

from collections import Counter, defaultdict
from datetime import date, timedelta

import pytest

from plaid_sync.emulator.household.habits import PLATYPUS
from plaid_sync.emulator.household.household import Household
from plaid_sync.emulator.server import EmulatorServer
from tests.emulator.conftest import TODAY


@pytest.fixture(scope="module")
def rows():
    """Rows by role of a bank with 24 months of history."""
    with EmulatorServer(today=TODAY) as server:
        linked = server.bank.link()
        return {role: server.bank.rows(account) for role, account in linked.accounts.items()}


def matching(rows, text):
    return [row for row in rows if text in row.description]


def test_there_are_two_years_up_to_today(rows):
    for role, least, most in (("checking", 500, 1_000), ("card", 700, 1_200), ("savings", 40, 60)):
        assert least <= len(rows[role]) <= most
        assert rows[role][0].date <= TODAY - timedelta(days=690)
        assert rows[role][-1].date > TODAY - timedelta(days=21)


def test_equal_seeds_and_days_make_equal_worlds():
    with EmulatorServer(today=TODAY, seed="one") as first, EmulatorServer(today=TODAY, seed="one") as second:
        linked = first.bank.link(days=90)

        assert second.bank.link(days=90) == linked
        for account in linked.accounts.values():
            assert first.bank.rows(account) == second.bank.rows(account)


def test_another_seed_makes_another_life():
    one, two = (Household(seed, PLATYPUS) for seed in ("one", "two"))
    days = [TODAY - timedelta(days=number) for number in range(10)]

    assert [one.purchases(day) for day in days] != [two.purchases(day) for day in days]


def test_a_day_is_the_same_whenever_it_is_asked_for():
    forwards, backwards = (Household("seed", PLATYPUS) for _ in range(2))
    days = [TODAY - timedelta(days=number) for number in range(60)]

    assert [forwards.purchases(day) for day in days] == [backwards.purchases(day) for day in days[::-1]][::-1]


def test_no_two_months_are_equal(rows):
    for role in ("checking", "card"):
        months = defaultdict(Counter)
        for row in rows[role]:
            months[row.date.replace(day=1)][row.cents] += 1
        assert len({frozenset(month.items()) for month in months.values()}) == len(months) >= 24


def test_pay_and_rent_come_every_month(rows):
    pay = [row for row in rows["checking"] if row.category == "INCOME_SALARY"]
    rent = [row for row in rows["checking"] if row.category == "RENT_AND_UTILITIES_RENT"]

    assert len(pay) in range(46, 50)
    assert all(row.cents < 0 for row in pay)
    assert len(rent) == 24
    assert all(row.cents > 0 for row in rent)


def test_a_subscription_gets_dearer(rows):
    prices = [row.cents for row in matching(rows["card"], "NETFLIX")]

    assert len(set(prices)) > 1
    assert prices == sorted(prices)


def test_transfers_have_both_legs_on_one_day(rows):
    out = {(row.date, row.cents) for row in matching(rows["checking"], "TRANSFER TO SAV")}
    into = {(row.date, -row.cents) for row in matching(rows["savings"], "TRANSFER FROM CHK")}

    assert len(out) == 24
    assert out == into


def test_the_card_is_paid_out_of_checking(rows):
    out = [(row.date + timedelta(days=1), row.cents) for row in matching(rows["checking"], "CARD ONLINE PAYMENT")]
    into = [(row.date, -row.cents) for row in matching(rows["card"], "PAYMENT THANK YOU")]

    assert len(set(out) & set(into)) >= 23
    assert {day for day, _ in set(out) ^ set(into)} <= {into[0][0], TODAY + timedelta(days=1)}


def test_savings_bear_interest(rows):
    assert len(matching(rows["savings"], "INTEREST PAYMENT")) == 24


def test_coffees_are_bought_twice_on_a_day_and_on_days_in_a_row(rows):
    coffees = [row for row in rows["checking"] if row.category == "FOOD_AND_DRINK_COFFEE" and not row.is_pending]
    bought = Counter((row.authorized_date, row.date) for row in coffees)
    days = {day for day, _posted in bought}

    assert max(bought.values()) == 2
    assert any(day + timedelta(days=1) in days for day in days)
    assert len({(row.cents, row.description) for row in coffees}) == 1


def test_some_purchases_are_refunded(rows):
    refunds = [row for row in rows["card"] if row.cents < 0 and row.category.startswith("GENERAL_MERCHANDISE")]

    assert refunds
    for refund in refunds:
        if refund.date > TODAY - timedelta(days=700):
            assert any(row.cents == -refund.cents and row.date < refund.date for row in rows["card"])


def test_tips_and_split_shipments_settle_with_other_amounts():
    household = Household("seed", PLATYPUS)
    purchases = [purchase for number in range(365) for purchase in household.purchases(TODAY - timedelta(days=number))]
    tipped = [purchase for purchase in purchases if purchase.key.split(":")[1] == "restaurant"]
    split = [purchase for purchase in purchases if len(purchase.posted) == 2]

    assert tipped
    assert all(114 <= purchase.posted[0] * 100 // purchase.authorised <= 122 for purchase in tipped)
    assert split
    assert all(sum(purchase.posted) == purchase.authorised for purchase in split)
    assert any(purchase.posted == () for purchase in purchases)


def test_rows_look_like_a_banks_rows(rows):
    for row in rows["checking"] + rows["card"] + rows["savings"]:
        assert row.description.isprintable()
        assert "{" not in row.description
        assert len(row.transaction_id) == 37
        assert row.transaction_id.isalnum()
        assert row.cents


def test_cold_months_need_more_power(rows):
    bills = {row.date: row.cents for row in matching(rows["checking"], "PGANDE")}

    assert min(cents for day, cents in bills.items() if day.month in {12, 1, 2}) > max(
        cents for day, cents in bills.items() if day.month in {6, 7, 8}
    )


def test_the_end_of_a_short_month_is_its_last_day():
    february = Household("seed", PLATYPUS).purchases(date(2026, 2, 28))

    assert {"salary-2", "interest"} <= {purchase.key.split(":")[1] for purchase in february}
