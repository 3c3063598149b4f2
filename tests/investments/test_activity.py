import datetime

import pytest

from investments.activity import Chosen, activity, page_of
from paging.keyset import PAGE
from tests.investments.books import days_ago, make_account, make_security, make_trade

pytestmark = pytest.mark.django_db


def test_rows_are_chosen_by_account_kind_security_and_days():
    one, two, security = make_account("One"), make_account("Two"), make_security()
    first = make_trade(one, "buy", "10", ago=5, security=security)
    second = make_trade(two, "buy", "10", ago=3)
    third = make_trade(two, "fee", "10", ago=1)

    def shown(**filters):
        return list(activity(Chosen(**filters)).order_by("pk"))

    assert shown() == [first, second, third]
    assert shown(account_id=two.pk) == [second, third]
    assert shown(kind="buy") == [first, second]
    assert shown(security_id=security.pk) == [first]
    assert shown(since=days_ago(3)) == [second, third]
    assert shown(until=days_ago(3)) == [first, second]
    assert shown(kind="buy", account_id=two.pk, since=days_ago(3), until=days_ago(3)) == [second]


def test_only_a_real_filter_counts_as_one():
    assert not Chosen()
    assert Chosen(kind="buy")


def test_withdrawn_rows_are_not_shown():
    make_trade(make_account(), "buy", "10", withdrawn_at=datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC))

    assert not activity(Chosen()).exists()


def test_pages_lead_from_one_to_the_next_and_back(django_assert_num_queries):
    account, security = make_account(), make_security()
    rows = [make_trade(account, "buy", "10", ago=number // 3, security=security) for number in range(PAGE + 3)]
    expected = sorted(rows, key=lambda row: (row.date, row.pk), reverse=True)

    with django_assert_num_queries(1, using="investments"):
        first = page_of(activity(Chosen()), before=None, after=None)
        assert {(row.investment_account.name, row.security.ticker) for row in first.rows} == {("Brokerage", "PLTP")}
    second = page_of(activity(Chosen()), before=first.older, after=None)
    back = page_of(activity(Chosen()), before=None, after=second.newer)

    assert (first.newer, second.older) == (None, None)
    assert first.rows + second.rows == expected
    assert back.rows == first.rows
