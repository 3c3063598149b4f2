import datetime
from decimal import Decimal

import pytest

from investments.income import income
from investments.models import InvestmentAccount
from tests.investments.books import TODAY, days_ago, make_account, make_security, make_trade

pytestmark = pytest.mark.django_db
NOVEMBER, OCTOBER, SEPTEMBER = (datetime.date(2026, month, 1) for month in (11, 10, 9))
YEAR_AGO = days_ago(365)


@pytest.fixture
def account():
    return make_account()


def paid(*, since=YEAR_AGO, until=TODAY, currency="USD"):
    ids = list(InvestmentAccount.objects.values_list("pk", flat=True))
    return income(ids, currency, since=since, until=until)


def sums(each):
    return each.dividends, each.interest, each.capital_gains, each.reinvested


def test_payments_are_added_up_by_month_with_empty_months_between(account):
    security = make_security()
    make_trade(account, "dividend", "-10.10", ago=60, security=security)  # 21 September
    make_trade(account, "dividend", "-0.20", ago=1, security=security)
    make_trade(account, "interest", "-0.30", ago=1)
    make_trade(account, "capital_gain", "-7", ago=0, security=security)
    make_trade(account, "sell", "-500", ago=0, security=security)

    assert [(month, sums(each)) for month, each in paid().months] == [
        (SEPTEMBER, (Decimal("10.10"), 0, 0, 0)),
        (OCTOBER, (0, 0, 0, 0)),
        (NOVEMBER, (Decimal("0.20"), Decimal("0.30"), 7, 0)),
    ]
    assert paid().total.total == Decimal("17.60")


def test_payers_are_listed_by_what_they_paid(account):
    small, large = make_security("SMALL"), make_security("LARGE")
    make_trade(account, "dividend", "-1", security=small)
    make_trade(account, "dividend", "-5", security=large)
    make_trade(account, "interest", "-2")

    assert [(security and security.ticker, each.total) for security, each in paid().securities] == [
        ("LARGE", 5),
        (None, 2),
        ("SMALL", 1),
    ]


def test_a_payment_that_was_reinvested_counts_once(account):
    security = make_security()
    make_trade(account, "dividend", "-74.80", ago=3, security=security)
    make_trade(account, "dividend_reinvestment", "74.78", ago=1, security=security, quantity=Decimal(1))

    assert sums(paid().total) == (Decimal("74.80"), 0, 0, Decimal("74.78"))


@pytest.mark.parametrize(
    ("subtype", "expected"),
    [
        ("dividend reinvestment", (20, 0, 0, 20)),
        ("interest reinvestment", (0, 20, 0, 20)),
        ("long-term capital gain reinvestment", (0, 0, 20, 20)),
    ],
)
def test_a_reinvestment_without_a_payment_stands_for_it(account, subtype, expected):
    make_trade(account, "dividend_reinvestment", "20", security=make_security(), raw_subtype=subtype)

    assert sums(paid().total) == expected


@pytest.mark.parametrize(
    ("amount", "ago", "same_security"), [("40", 1, True), ("9", 1, True), ("20", 7, True), ("20", 1, False)]
)
def test_what_does_not_fit_a_payment_is_one_of_its_own(account, amount, ago, same_security):
    security = make_security()
    make_trade(account, "dividend", "-20", ago=1, security=security)
    other = security if same_security else make_security("OTHER")
    make_trade(account, "dividend_reinvestment", amount, ago=ago, security=other)

    assert paid().total.total == 20 + Decimal(amount)


def test_two_payments_of_a_day_are_each_reinvested_once(account):
    security = make_security()
    for kind, amount in [("dividend", "-20"), ("capital_gain", "-21")]:
        make_trade(account, kind, amount, security=security)
    for amount in ("20.99", "19.99"):
        make_trade(account, "dividend_reinvestment", amount, security=security)

    assert sums(paid().total) == (20, 0, 21, Decimal("40.98"))


def test_a_reinvestment_just_after_the_last_day_still_marks_its_payment(account):
    security = make_security()
    make_trade(account, "dividend", "-20", ago=2, security=security)
    make_trade(account, "dividend_reinvestment", "20", ago=1, security=security)

    assert sums(paid(until=days_ago(2)).total) == (20, 0, 0, 20)
    assert sums(paid(since=days_ago(1)).total) == (0, 0, 0, 0)


def test_what_was_charged_or_taken_back_counts_less_than_nothing(account):
    make_trade(account, "dividend", "-20", security=make_security())
    make_trade(account, "dividend", "20", security=make_security())
    make_trade(account, "interest", "3")

    assert sums(paid().total) == (0, -3, 0, 0)


def test_other_currencies_and_withdrawn_rows_are_not_counted(account):
    make_trade(account, "dividend", "-20", currency="EUR")
    make_trade(account, "dividend", "-20", withdrawn_at=datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC))

    assert paid().total.total == 0
    assert paid(currency="EUR").total.total == 20


def test_nothing_paid_is_one_empty_month(account):
    assert [(month, each.total) for month, each in paid().months] == [(NOVEMBER, 0)]
    assert paid().securities == ()


@pytest.mark.parametrize("count", [1, 25])
def test_one_query_reads_any_number_of_payments(account, count, django_assert_num_queries):
    for number in range(count):
        make_trade(account, "dividend", "-1", security=make_security(f"T{number}"))

    with django_assert_num_queries(1, using="investments"):
        income([account.pk], "USD", since=days_ago(365), until=TODAY)
