import datetime
import json
import re
from decimal import Decimal

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from investments.models import InvestmentTransaction
from paging.keyset import PAGE, Key
from tests.investments.believable import Believable, believable_portfolio, today
from tests.investments.books import make_account, make_security, make_trade

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def shown(client: Client, address: str = "/investments/activity/") -> str:
    response = client.get(address, headers=HTMX)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def whole(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


@pytest.fixture
def believable() -> Believable:
    return believable_portfolio()


def test_without_anything_the_page_says_what_will_be_here(signed_in: Client) -> None:
    assert "Nothing has happened yet" in whole(signed_in, "/investments/activity/")


def test_money_that_came_in_has_a_plus_and_money_that_went_out_a_minus(
    signed_in: Client, believable: Believable
) -> None:
    page = shown(signed_in)
    assert 'value="170.02"' in page
    assert 'value="-812.20"' in page
    assert "DIVIDEND REINVESTMENT PTM" in page


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("kind=dividend", ["Dividend", "Dividend"]),
        ("kind=fee", ["Fee"]),
        (
            "kind=nonsense&account=x&since=2026-13-40",
            ["Fee", "Dividend", "Sell", "Deposit", "Reinvestment", "Dividend", "Buy"],
        ),
        ("account=99999999999999999999", ["Fee", "Dividend", "Sell", "Deposit", "Reinvestment", "Dividend", "Buy"]),
        ("account=99", []),
        ("before=2026-01-01_99999999999999999999&kind=%00", []),
    ],
)
def test_filters_choose_and_what_can_be_none_is_ignored(
    signed_in: Client, believable: Believable, query: str, kinds: list[str]
) -> None:
    page = shown(signed_in, f"/investments/activity/?{query}")
    assert re.findall(r'<td class="kind">(\w+)</td>', page) == kinds


def test_filters_of_account_security_and_days_are_combined(signed_in: Client, believable: Believable) -> None:
    other = make_account("Other")
    make_trade(other, "buy", "5", security=believable.share)
    since, until = (today() - datetime.timedelta(days=back) for back in (25, 12))
    page = shown(
        signed_in,
        f"/investments/activity/?account={believable.brokerage.pk}&security={believable.share.pk}&since={since}&until={until}",
    )
    assert re.findall(r'<td class="kind">(\w+)</td>', page) == ["Dividend", "Sell"]
    assert "2 entries" in page


def test_a_filter_without_a_match_offers_to_clear_it(signed_in: Client, believable: Believable) -> None:
    page = shown(signed_in, "/investments/activity/?kind=interest")
    assert "Nothing matches" in page
    assert "Clear filters" in page


def test_withdrawn_rows_are_not_listed(signed_in: Client, believable: Believable) -> None:
    InvestmentTransaction.objects.filter(kind="fee").update(withdrawn_at="2026-11-20T12:00:00Z")
    assert "FEE ACCOUNT" not in shown(signed_in)


def test_the_page_stands_without_htmx_and_keeps_its_filters(signed_in: Client, believable: Believable) -> None:
    page = whole(signed_in, f"/investments/activity/?kind=sell&account={believable.brokerage.pk}&since=2026-01-05")
    assert "<h1>Investments</h1>" in page
    assert '<option value="sell" selected>' in page
    assert f'<option value="{believable.brokerage.pk}" selected>' in page
    assert 'name="since" value="2026-01-05"' in page


def test_every_row_is_on_exactly_one_page(signed_in: Client) -> None:
    account = make_account()
    rows = [make_trade(account, "buy", "5", ago=back // 7, name=f"Trade {back:03}") for back in range(PAGE + 5)]
    order = list(InvestmentTransaction.objects.order_by("-date", "-pk"))
    newest = shown(signed_in)
    older = shown(signed_in, f"/investments/activity/?before={Key.of(order[PAGE - 1])}")
    assert sum(row.name in newest for row in rows) == PAGE
    assert sum(row.name in older for row in rows) == 5


@pytest.mark.parametrize("rows", [3, PAGE + 10])
def test_the_number_of_queries_does_not_grow_with_the_rows(
    signed_in: Client, django_assert_num_queries: DjangoAssertNumQueries, rows: int
) -> None:
    account = make_account()
    for back in range(rows):
        make_trade(account, "buy", "5", ago=back, security=make_security(f"X{back}"))
    with django_assert_num_queries(2, using="investments"):  # the rows, their number
        shown(signed_in, "/investments/activity/?kind=buy")


def test_income_without_any_says_what_will_be_here(signed_in: Client) -> None:
    assert "Nothing was paid yet" in whole(signed_in, "/investments/income/")


def test_income_by_month_is_a_chart_and_a_table_with_the_same_figures(
    signed_in: Client, believable: Believable
) -> None:
    page = whole(signed_in, "/investments/income/")
    chart = json.loads(re.search(r'<script id="income-chart" type="application/json">(.*?)</script>', page)[1])
    table = page[page.index('class="table chart-table"') :]
    rows = re.findall(r'<tr><th scope="row">(\w+ \d+)</th>(.*?)</tr>', table[: table.index("</table>")])
    assert [month for month, _ in rows] == chart["labels"]
    columns = zip(*(re.findall(r'value="(-?[\d.]+)"', cells)[:3] for _, cells in rows), strict=True)
    assert [list(column) for column in columns] == [series["values"] for series in chart["series"]]
    assert sum(Decimal(value) for series in chart["series"] for value in series["values"]) == Decimal("53.43")


def test_income_tells_who_paid_and_what_was_reinvested(signed_in: Client, believable: Believable) -> None:
    page = whole(signed_in, "/investments/income/")
    assert 'value="53.43"' in page
    assert "of it reinvested" in page
    assert f'href="/investments/activity/?security={believable.etf.pk}"' in page


def test_income_of_another_account_is_its_own(signed_in: Client, believable: Believable) -> None:
    page = whole(signed_in, f"/investments/income/?account={believable.by_hand.pk}")
    assert "Nothing was paid in this time" in page


def test_income_of_currencies_is_not_added(signed_in: Client, believable: Believable) -> None:
    depot = make_account("Depot", currency="EUR")
    row = make_trade(depot, "dividend", "-7.50", currency="EUR", security=make_security("SAP", currency="EUR"))
    InvestmentTransaction.objects.filter(pk=row.pk).update(date=today())
    assert 'value="7.50"' not in whole(signed_in, "/investments/income/")
    page = whole(signed_in, "/investments/income/?currency=EUR")
    assert 'value="7.50"' in page
    assert 'value="53.43"' not in page


@pytest.mark.parametrize(
    "query", ["period=9y", "period=all", "period=2y", "currency=%00", "account=99999999999999999999"]
)
def test_an_address_of_the_income_that_nobody_wrote_breaks_nothing(
    signed_in: Client, believable: Believable, query: str
) -> None:
    assert "Who paid it?" in whole(signed_in, f"/investments/income/?{query}")


@pytest.mark.parametrize("more", [0, 30])
def test_the_number_of_queries_of_the_income_does_not_grow(
    signed_in: Client, believable: Believable, django_assert_num_queries: DjangoAssertNumQueries, more: int
) -> None:
    for number in range(more):
        make_trade(believable.brokerage, "dividend", "-1", ago=number, security=make_security(f"X{number}"))
    with django_assert_num_queries(3, using="investments"):  # accounts, currencies, payments
        whole(signed_in, "/investments/income/")
