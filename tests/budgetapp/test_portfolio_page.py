import datetime
import json
import re
from decimal import Decimal

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from investments.models import Holding, InvestmentAccount, MarketSession, PriceQuote, PriceRun
from money.formatting import plain_number
from tests.investments.believable import Believable, believable_portfolio, today
from tests.investments.books import make_account, make_cash, make_holding, make_security

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def shown(client: Client, address: str = "/investments/", **headers: str) -> str:
    response = client.get(address, headers=headers or None)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def value(page: str, amount: str) -> bool:
    return f'value="{amount}"' in page


def order_of(page: str, *names: str) -> bool:
    places = [page.index(f'<span class="title">{name}</span>') for name in names]
    return places == sorted(places)


@pytest.fixture
def believable() -> Believable:
    return believable_portfolio()


def test_without_accounts_the_page_says_what_will_be_here(signed_in: Client) -> None:
    page = shown(signed_in)
    assert "No investments yet" in page
    assert 'href="/connect/brokerage/"' in page
    assert 'href="/investments/accounts/new/"' in page


def test_an_account_without_positions_asks_for_them(signed_in: Client) -> None:
    account = make_account("Wallet", connection_status="manual")
    assert f'href="/investments/accounts/{account.pk}/positions/new/"' in shown(signed_in)


def test_an_account_that_was_never_synced_says_that_its_holdings_are_on_their_way(signed_in: Client) -> None:
    account = make_account()
    assert "after the first sync" in shown(signed_in)
    assert "The holdings are on their way" in shown(signed_in, account.get_absolute_url())


def test_value_gain_and_their_coverage_are_told(signed_in: Client, believable: Believable) -> None:
    page = shown(signed_in)
    etf, share, coin, cash = map(Decimal, ("37737.2966", "1101.25", "3287.5802", "1520.33"))  # quantity x price
    assert value(page, plain_number(etf + share + coin + cash))
    assert value(page, plain_number(etf + coin - 21000 - 8100 - 3900))
    assert "2 of 4 holdings lack a cost and are left out" in page
    assert "without 1 position that has no price" in page


def test_the_weights_of_each_allocation_add_up_to_100(signed_in: Client, believable: Believable) -> None:
    page = shown(signed_in)
    for name in ("by-type", "by-account", "largest"):
        part = page[page.index(f'id="{name}-title"') :]
        weights = re.findall(r'<td class="amount weight">([\d.]+)%</td>', part[: part.index("</section>")])
        assert sum(map(Decimal, weights)) == 100


def test_a_security_of_several_accounts_is_one_line_with_its_parts(signed_in: Client, believable: Believable) -> None:
    page = shown(signed_in)
    assert page.count('<span class="title">PTM</span>') == 1
    assert "in 2 accounts" in page
    assert "110.125 · " in page


def test_a_position_without_a_price_is_shown_and_not_counted(signed_in: Client, believable: Believable) -> None:
    page = shown(signed_in)
    assert "Private placement, series C" in page
    assert "No price" in page
    assert "not counted" in page


def test_an_account_that_failed_keeps_its_last_value_with_its_day(signed_in: Client, believable: Believable) -> None:
    page = shown(signed_in)
    day = believable.today - datetime.timedelta(days=3)
    assert "Houndstooth Retirement asks you to sign in again." in page
    assert f'401(k) counts with what it held on <time datetime="{day}">' in page


def test_an_account_kept_by_hand_is_never_stale(signed_in: Client, believable: Believable) -> None:
    InvestmentAccount.objects.exclude(pk=believable.by_hand.pk).delete()
    assert "counts with what it held" not in shown(signed_in)


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("", ("PTM", "BTC-USD", "ACME", "Private placement, series C")),
        ("value", ("ACME", "BTC-USD", "PTM", "Private placement, series C")),
        ("name", ("ACME", "BTC-USD", "Private placement, series C", "PTM")),
        ("-gain", ("PTM", "BTC-USD", "ACME")),
        ("gain", ("BTC-USD", "PTM", "ACME")),
        ("nonsense", ("PTM", "BTC-USD", "ACME")),
    ],
)
def test_holdings_are_sorted_by_the_address(
    signed_in: Client, believable: Believable, sort: str, order: tuple[str, ...]
) -> None:
    assert order_of(shown(signed_in, f"/investments/?sort={sort}"), *order)


def test_a_column_says_how_it_is_sorted_and_turns_with_the_next_click(
    signed_in: Client, believable: Believable
) -> None:
    page = shown(signed_in, "/investments/?sort=-gain&period=1m")
    assert 'aria-sort="descending"><a class="sort" id="sort-gain" href="?sort=gain&amp;period=1m#holdings"' in page


def test_a_fragment_is_only_what_was_asked_for(signed_in: Client, believable: Believable) -> None:
    holdings = shown(signed_in, "/investments/?sort=name", **HTMX, **{"HX-Target": "holdings"})
    assert holdings.startswith('<section class="section" id="holdings"')
    assert "Contributed" not in holdings
    performance = shown(signed_in, "/investments/?period=all", **HTMX, **{"HX-Target": "performance"})
    assert performance.startswith('<section class="section" id="performance"')
    assert 'class="title"' not in performance


def test_the_table_has_the_figures_of_the_chart(signed_in: Client, believable: Believable) -> None:
    page = shown(signed_in, "/investments/?period=all")
    chart = json.loads(re.search(r'<script id="value-chart" type="application/json">(.*?)</script>', page)[1])
    rows = re.findall(r'<tr><th scope="row"><time datetime="([\d-]+)">.*?</tr>', page)
    assert rows == chart["labels"]
    table = page[page.index('class="table chart-table"') :]
    for series, column in zip(chart["series"], (1, 2), strict=True):
        shown_values = [
            re.findall(r'value="(-?[\d.]+)"', row)[column - 1]
            for row in re.findall(r"<tr><th scope=\"row\">.*?</tr>", table[: table.index("</table>")])
        ]
        assert shown_values == series["values"]


@pytest.mark.parametrize("period", ["1m", "3m", "ytd", "1y", "all", "nonsense"])
def test_every_period_has_its_chart(signed_in: Client, believable: Believable, period: str) -> None:
    page = shown(signed_in, f"/investments/?period={period}")
    assert 'id="value-chart"' in page
    assert "Time-weighted return" in page
    assert "Money-weighted return" in page


def test_the_first_day_has_no_line_yet(signed_in: Client) -> None:
    make_holding(make_account(), make_security("PTM", "250"), "4", "250", as_of_date=today())
    assert "The line begins tomorrow" in shown(signed_in)


def test_the_same_money_in_a_fund_is_drawn_where_it_has_prices(signed_in: Client, believable: Believable) -> None:
    assert "Same money in SPY" not in shown(signed_in)
    fund = make_security("SPY", "600", security_type="etf")
    for back in range(70):
        day = today() - datetime.timedelta(days=back)
        PriceQuote.objects.create(security=fund, day=day, close=Decimal(600 - back), currency="USD", source="yfinance")
    assert "Same money in SPY" in shown(signed_in)


def test_whether_the_market_is_open_is_told_when_its_hours_are_known(signed_in: Client, believable: Believable) -> None:
    assert "Market closed" not in shown(signed_in)
    hour = datetime.timedelta(hours=1)
    MarketSession.objects.create(day=today(), opens_at=timezone.now() - hour, closes_at=timezone.now() + hour)
    assert "Market open" in shown(signed_in)
    MarketSession.objects.update(closes_at=timezone.now())
    assert "Market closed" in shown(signed_in)


def test_when_the_market_opens_is_told_by_its_day(signed_in: Client, believable: Believable) -> None:
    opens = datetime.datetime.combine(today(), datetime.time(23, 59, 59), datetime.UTC)
    MarketSession.objects.create(day=today(), opens_at=opens, closes_at=opens + datetime.timedelta(hours=7))
    exact = f'<time datetime="{opens.isoformat()}" title="{opens:%-d %b %Y}, 23:59">'
    with time_machine.travel(opens - datetime.timedelta(hours=6), tick=False):
        assert f"opens {exact}today, 23:59</time>" in shown(signed_in)


def test_the_ticker_of_an_option_breaks_between_its_terms(signed_in: Client) -> None:
    option = make_security("HNDS261218C00075000", "4.2", security_type="derivative")
    make_holding(make_account(), option, "2", "4.2", as_of_date=today())
    assert '<span class="title">HNDS<wbr>261218<wbr>C00075000</span>' in shown(signed_in)


def test_an_old_price_says_so(signed_in: Client) -> None:
    day = today() - datetime.timedelta(days=9)
    holding = make_holding(make_account(), make_security("PTM", "250", as_of=day), "4", "250", as_of_date=today())
    assert "Old price" not in shown(signed_in)
    Holding.objects.filter(pk=holding.pk).update(price_as_of=day)
    page = shown(signed_in)
    assert "Old price" in page
    assert value(page, "1000.00")


def test_currencies_are_switched_and_never_added(signed_in: Client, believable: Believable) -> None:
    account = make_account("Depot", currency="EUR")
    make_holding(account, make_security("SAP", "240", currency="EUR"), "10", "240", as_of_date=today())
    make_holding(account, make_cash("EUR"), "99.5", as_of_date=today())
    page = shown(signed_in)
    assert 'href="?currency=EUR"' in page
    assert "Value in USD" in page
    euros = shown(signed_in, "/investments/?currency=EUR")
    assert "Value in EUR" in euros
    assert value(euros, "2499.50")
    assert '<span class="title">PTM</span>' not in euros


def test_an_account_shows_its_own_holdings_only(signed_in: Client, believable: Believable) -> None:
    page = shown(signed_in, believable.by_hand.get_absolute_url())
    assert '<span class="title">BTC-USD</span>' in page
    assert '<span class="title">PTM</span>' not in page
    assert f'href="/investments/accounts/{believable.by_hand.pk}/positions/' in page


def test_positions_of_a_connected_account_offer_no_editing(signed_in: Client, believable: Believable) -> None:
    assert "/positions/" not in shown(signed_in, believable.brokerage.get_absolute_url())


@pytest.mark.parametrize("address", ["/investments/?currency=%00", "/investments/?sort=%00", "/investments/?period=9y"])
def test_an_address_that_nobody_wrote_breaks_nothing(signed_in: Client, believable: Believable, address: str) -> None:
    shown(signed_in, address)


def test_no_such_account_is_no_such_page(signed_in: Client) -> None:
    assert signed_in.get("/investments/accounts/99/").status_code == 404


@pytest.mark.parametrize("more", [0, 40])
def test_the_number_of_queries_does_not_grow_with_the_holdings(
    signed_in: Client, believable: Believable, django_assert_num_queries: DjangoAssertNumQueries, more: int
) -> None:
    for number in range(more):
        make_holding(believable.brokerage, make_security(f"X{number}", "10"), "4", "10", as_of_date=today())
    with django_assert_num_queries(13, using="investments"):
        shown(signed_in)


@pytest.mark.parametrize(("target", "queries"), [("holdings", 7), ("performance", 12)])
def test_a_fragment_asks_for_no_more_than_it_shows(
    signed_in: Client,
    believable: Believable,
    django_assert_num_queries: DjangoAssertNumQueries,
    target: str,
    queries: int,
) -> None:
    with django_assert_num_queries(queries, using="investments"):
        shown(signed_in, **HTMX, **{"HX-Target": target})


def test_the_head_says_when_prices_were_last_asked_for(signed_in: Client, believable: Believable) -> None:
    PriceRun.objects.create(
        started_at=timezone.now() - datetime.timedelta(minutes=12), source="simulated", status="success"
    )
    page = shown(signed_in)
    assert "12 minutes ago" in page
    assert 'href="/investments/prices/"' in page
