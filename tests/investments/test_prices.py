from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from investments.by_hand import security_by_ticker, set_position, set_price
from investments.market_hours import NEW_YORK
from investments.models import Holding, InvestmentAccount, PriceQuote, PriceRun, Security
from investments.prices import due_since, refresh_prices
from investments.quotes import QuoteSource
from investments.simulated_quotes import SimulatedQuotes
from investments.yahoo import YahooQuotes
from plaid_sync.emulator.errors import Fault
from plaid_sync.emulator.server import EmulatorServer
from tests.investments.yahoo_answers import HTML, Answer, Yahoo, session_with, week

NOW = datetime(2026, 7, 21, 15, tzinfo=UTC)  # a Tuesday; New York trades
TODAY = NOW.date()
Source, Status, Type = Security.PriceSource, PriceRun.Status, Security.Type
pytestmark = pytest.mark.django_db


@pytest.fixture
def market() -> Iterator[EmulatorServer]:
    with EmulatorServer(today=TODAY) as server:
        yield server


@pytest.fixture
def account() -> InvestmentAccount:
    return InvestmentAccount.objects.create(name="Savings plan")


def hold(account: InvestmentAccount, ticker: str, quantity: str = "2", **facts: object) -> Security:
    security = Security.objects.create(**{"ticker": ticker, "name": ticker, "security_type": Type.ETF} | facts)
    set_position(account, security, quantity=Decimal(quantity), cost_basis=None, today=TODAY)
    return security


def refresh(source: EmulatorServer | QuoteSource, now: datetime = NOW, **limits: float) -> PriceRun | None:
    if isinstance(source, EmulatorServer):
        source = SimulatedQuotes(source.url)
    return refresh_prices(now, source, asked_before=now, **limits)


def yahoo(**charts: Answer | Exception) -> YahooQuotes:
    return YahooQuotes(session_with(Yahoo(charts)))


def asked(market: EmulatorServer) -> list[str]:
    return [path.rpartition("/")[2] for path in market.calls if path.startswith("/simulated/quotes/")]


def test_a_held_security_gets_its_price_and_two_years_of_closes(
    market: EmulatorServer, account: InvestmentAccount
) -> None:
    security = hold(account, "XPLT")
    run = refresh(market)
    security.refresh_from_db()
    quote = security.quotes.latest("day")
    assert (security.close_price, security.close_price_as_of) == (quote.close, TODAY)
    assert (security.price_source, security.price_checked_at, security.is_price_stale) == (Source.SIMULATED, NOW, False)
    assert security.quotes.count() > 500
    assert security.name == "Platypus Total Market ETF"
    assert run is not None
    assert (run.status, run.asked, run.priced, run.left, run.failures) == (Status.SUCCESS, 2, 2, 0, {})


def test_the_benchmark_is_followed_as_soon_as_something_is_held(
    market: EmulatorServer, account: InvestmentAccount
) -> None:
    assert refresh(market) is None
    assert (asked(market), Security.objects.count()) == ([], 0)
    hold(account, "XPLT")
    refresh(market)
    refresh(market, NOW + timedelta(minutes=1))
    assert PriceQuote.objects.filter(security__ticker="SPY").count() > 500
    assert Security.objects.filter(ticker="SPY").count() == 1


def test_each_symbol_is_asked_for_once_however_often_it_is_held(
    market: EmulatorServer, account: InvestmentAccount
) -> None:
    securities = [hold(account, "XPLT", plaid_security_id=f"id-{number}") for number in range(3)]
    refresh(market)
    assert market.calls["/simulated/quotes/XPLT"] == 1
    assert len(set(Security.objects.filter(pk__in=[each.pk for each in securities]).values_list("close_price"))) == 1


def test_what_is_not_held_any_more_is_not_asked_for(market: EmulatorServer, account: InvestmentAccount) -> None:
    hold(account, "XBND")
    hold(account, "XPLT", quantity="0")
    refresh(market)
    assert sorted(asked(market)) == ["SPY", "XBND"]


def trade(account: InvestmentAccount, ticker: str, day: date) -> Security:
    security = Security.objects.create(ticker=ticker, name=ticker, security_type=Type.ETF)
    account.transactions.create(security=security, date=day, kind="sell", amount=Decimal(-10))
    return security


def test_what_was_sold_in_two_years_is_asked_for_once(market: EmulatorServer, account: InvestmentAccount) -> None:
    sold = trade(account, "XBND", TODAY - timedelta(days=100))
    trade(account, "PLTP", TODAY - timedelta(days=800))
    hold(account, "XPLT")
    refresh(market)
    assert sorted(asked(market)) == ["SPY", "XBND", "XPLT"]
    assert sold.quotes.count() > 500
    refresh(market, NOW + timedelta(minutes=30))
    assert (market.calls["/simulated/quotes/XBND"], market.calls["/simulated/quotes/XPLT"]) == (1, 2)


@pytest.mark.parametrize(
    "facts",
    [
        {"ticker": "NFLX180201C00355000", "security_type": Type.OTHER},
        {"ticker": "HNDS", "security_type": Type.DERIVATIVE},
        {"ticker": "CUR:USD", "security_type": Type.CASH},
        {"ticker": "CUR:USD", "security_type": Type.OTHER},
        {"ticker": "T", "security_type": Type.FIXED_INCOME},
        {"ticker": "VMFXX", "security_type": Type.MUTUAL_FUND, "is_cash_equivalent": True},
        {"ticker": "", "security_type": Type.MUTUAL_FUND},
    ],
)
def test_what_no_source_can_know_is_not_asked_for(
    market: EmulatorServer, account: InvestmentAccount, facts: dict[str, object]
) -> None:
    security = hold(account, **facts)
    refresh(market)
    security.refresh_from_db()
    assert (asked(market), security.is_price_stale, security.price_checked_at) == (["SPY"], False, None)


@pytest.mark.parametrize(
    ("ticker", "kind", "symbol"),
    [
        ("BTC", Type.CRYPTOCURRENCY, "BTC-USD"),
        ("CUR:ETH", Type.CRYPTOCURRENCY, "ETH-USD"),
        ("brk.b", Type.EQUITY, "BRK-B"),
        ("BF/B", Type.EQUITY, "BF-B"),
        ("OCDO.L", Type.EQUITY, "OCDO.L"),
        ("VOD.V", Type.EQUITY, "VOD.V"),
    ],
)
def test_symbols_are_those_of_the_source(
    market: EmulatorServer, account: InvestmentAccount, ticker: str, kind: str, symbol: str
) -> None:
    hold(account, ticker, security_type=kind)
    refresh(market)
    assert symbol in asked(market)


def test_an_unknown_symbol_keeps_its_price_and_is_marked_stale(
    market: EmulatorServer, account: InvestmentAccount
) -> None:
    security = hold(account, "GONE", close_price=Decimal("12.5"), close_price_as_of=date(2026, 7, 1))
    run = refresh(market)
    security.refresh_from_db()
    assert (security.close_price, security.close_price_as_of) == (Decimal("12.5"), date(2026, 7, 1))
    assert (security.is_price_stale, security.price_checked_at) == (True, NOW)
    assert run is not None
    assert (run.status, run.priced, list(run.failures)) == (Status.SUCCESS, 1, ["GONE"])


def test_an_unknown_symbol_is_no_failure_of_the_source(market: EmulatorServer, account: InvestmentAccount) -> None:
    for ticker in ("GONE1", "GONE2", "GONE3", "GONE4", "XPLT"):
        hold(account, ticker)
    run = refresh(market)
    assert run is not None
    assert (run.status, run.asked, run.priced) == (Status.SUCCESS, 6, 2)


def test_prices_in_another_currency_are_not_taken(account: InvestmentAccount) -> None:
    euros, pounds = (hold(account, "OCDO.L", currency=currency) for currency in ("EUR", "GBP"))
    run = refresh(yahoo(**{"OCDO.L": week(305.3, currency="GBp"), "SPY": week(500)}))
    euros.refresh_from_db()
    pounds.refresh_from_db()
    assert (euros.close_price, euros.is_price_stale, euros.quotes.count()) == (None, True, 0)
    assert (pounds.close_price, pounds.is_price_stale) == (Decimal("3.053"), False)
    assert run is not None
    assert run.failures == {"OCDO.L": "Quoted in GBP, but kept in EUR."}


def test_an_older_quote_does_not_replace_a_newer_price_of_the_institution(account: InvestmentAccount) -> None:
    security = hold(
        account, "OLDQ", close_price=Decimal(11), close_price_as_of=date(2026, 3, 21), price_source=Source.PLAID
    )
    refresh(yahoo(OLDQ=week(10, ending=date(2026, 3, 20)), SPY=week(500)))
    security.refresh_from_db()
    assert (security.close_price, security.price_source) == (11, Source.PLAID)
    assert security.quotes.get().close == 10


def test_a_price_by_hand_stays_until_a_quote_of_a_later_day(account: InvestmentAccount) -> None:
    security = hold(account, "HAND")
    set_price(security, Decimal(42), day=date(2026, 3, 20))
    refresh(yahoo(HAND=week(9, 10, ending=date(2026, 3, 20)), SPY=week(500)))
    assert dict(security.quotes.values_list("day", "close")) == {date(2026, 3, 19): 9, date(2026, 3, 20): 42}
    assert Security.objects.get(pk=security.pk).close_price == 42
    refresh(yahoo(HAND=week(10, 11, ending=date(2026, 3, 21)), SPY=week(500)), NOW + timedelta(minutes=30))
    assert Security.objects.get(pk=security.pk).close_price == 11
    assert security.quotes.get(day=date(2026, 3, 20)).close == 42


def test_a_later_price_of_the_same_day_corrects_the_earlier(account: InvestmentAccount) -> None:
    security = hold(account, "DAYS")
    refresh(yahoo(DAYS=week(10), SPY=week(500)))
    refresh(yahoo(DAYS=week(12.5), SPY=week(500)), NOW + timedelta(minutes=30))
    assert [quote.close for quote in security.quotes.all()] == [Decimal("12.5")]
    assert Security.objects.get(pk=security.pk).close_price == Decimal("12.5")


def test_a_rate_limit_ends_the_run_and_the_next_one_goes_on_there(
    market: EmulatorServer, account: InvestmentAccount
) -> None:
    for ticker in ("PLTP", "XBND", "XPLT"):
        hold(account, ticker)
    busy = Fault("RATE_LIMIT_EXCEEDED", "RATE_LIMIT", "slower", status=429)
    market.script.refuse("/simulated/quotes/XBND", busy)
    run = refresh(market)
    assert run is not None
    assert (run.status, run.asked, run.left, run.failures) == (Status.RATE_LIMITED, 2, 2, {})
    assert asked(market) == ["PLTP", "SPY", "XBND"]
    market.calls.clear()
    later = NOW + timedelta(minutes=30)
    refresh_prices(later, SimulatedQuotes(market.url), asked_before=later)
    assert asked(market) == ["XBND", "XPLT", "PLTP", "SPY"]


def test_yahoos_rate_limit_ends_the_run_too(account: InvestmentAccount) -> None:
    hold(account, "AAA1")
    hold(account, "BBB1")
    run = refresh(yahoo(AAA1=(429, "Too Many Requests"), BBB1=week(10)))
    assert run is not None
    assert (run.status, run.asked, run.left) == (Status.RATE_LIMITED, 0, 3)
    assert not Security.objects.filter(is_price_stale=True).exists()


def test_three_failures_in_a_row_end_the_run(account: InvestmentAccount) -> None:
    for ticker in ("DOWNA", "DOWNB", "DOWNC", "DOWND"):
        hold(account, ticker, close_price=Decimal(5), close_price_as_of=date(2026, 7, 1))
    down = dict.fromkeys(("DOWNA", "DOWNB", "DOWNC"), (200, HTML))
    run = refresh(yahoo(**down, DOWND=week(10), SPY=week(500)))
    assert run is not None
    assert (run.status, run.asked, run.left) == (Status.UNREACHABLE, 3, 2)
    assert set(Security.objects.filter(ticker__startswith="DOWN").values_list("close_price", flat=True)) == {5}


def test_symbols_that_always_fail_dont_keep_the_others_from_their_turn(account: InvestmentAccount) -> None:
    for ticker in ("BADA", "BADB", "BADC", "GOOD"):
        hold(account, ticker)
    source = yahoo(**dict.fromkeys(("BADA", "BADB", "BADC"), (200, HTML)), GOOD=week(10), SPY=week(500))
    refresh(source)
    refresh(source, NOW + timedelta(minutes=30))
    assert Security.objects.get(ticker="GOOD").close_price == 10


def test_one_failure_leaves_the_symbol_due(account: InvestmentAccount) -> None:
    hold(account, "ONCE")
    run = refresh(yahoo(ONCE=(502, HTML), SPY=week(500)))
    security = Security.objects.get(ticker="ONCE")
    assert run is not None
    assert (run.status, run.priced, list(run.failures)) == (Status.SUCCESS, 1, ["ONCE"])
    assert (security.price_checked_at, security.is_price_stale) == (None, True)


def test_a_source_that_is_not_there_ends_the_run_however_little_is_held(account: InvestmentAccount) -> None:
    hold(account, "XPLT")
    with EmulatorServer() as gone:
        source = SimulatedQuotes(gone.url)
    run = refresh(source)
    assert run is not None
    assert (run.status, run.asked, run.priced) == (Status.UNREACHABLE, 2, 0)


def test_a_run_ends_when_its_time_is_up_and_says_what_is_left(
    market: EmulatorServer, account: InvestmentAccount
) -> None:
    hold(account, "XPLT")
    run = refresh(market, seconds=0)
    assert run is not None
    assert (run.status, run.asked, run.left) == (Status.OUT_OF_TIME, 0, 2)
    assert asked(market) == []


def test_later_runs_ask_for_the_days_that_are_missing(market: EmulatorServer, account: InvestmentAccount) -> None:
    security = hold(account, "XPLT")
    refresh(market)
    security.quotes.filter(day__lt=TODAY).delete()
    refresh(market, NOW + timedelta(minutes=30))
    assert security.quotes.count() == 5  # a week
    security.quotes.filter(day__gt=TODAY - timedelta(days=6)).delete()
    refresh(market, NOW + timedelta(hours=1))
    assert security.quotes.earliest("day").day >= TODAY - timedelta(days=31)
    assert security.quotes.count() > 20  # a month
    PriceQuote.objects.filter(security=security).update(source=Source.PLAID)
    refresh(market, NOW + timedelta(hours=2))
    assert security.quotes.count() > 500


def test_a_position_entered_by_ticker_is_named_and_priced(market: EmulatorServer, account: InvestmentAccount) -> None:
    security = security_by_ticker("xplt", currency="USD", security_type=Type.ETF)
    set_position(account, security, quantity=Decimal(3), cost_basis=None, today=TODAY)
    refresh(market)
    security.refresh_from_db()
    assert security.name == "Platypus Total Market ETF"
    assert security.close_price is not None


def test_a_close_that_is_known_is_not_written_again(market: EmulatorServer, account: InvestmentAccount) -> None:
    security = hold(account, "XPLT")
    refresh(market)
    written = security.quotes.latest("updated_at").updated_at
    refresh(market, NOW + timedelta(minutes=30))
    assert security.quotes.latest("updated_at").updated_at == written


def test_a_run_that_never_ended_was_interrupted(market: EmulatorServer, account: InvestmentAccount) -> None:
    hold(account, "XPLT")
    lost = PriceRun.objects.create(started_at=NOW - timedelta(minutes=6), source=Source.SIMULATED)
    going = PriceRun.objects.create(started_at=NOW - timedelta(minutes=1), source=Source.SIMULATED)
    refresh(market)
    lost.refresh_from_db()
    going.refresh_from_db()
    assert (lost.status, going.status) == (Status.INTERRUPTED, Status.RUNNING)


def test_runs_are_forgotten_after_a_month(market: EmulatorServer, account: InvestmentAccount) -> None:
    hold(account, "XPLT")
    refresh(market)
    refresh(market, NOW + timedelta(days=31))
    assert PriceRun.objects.get().started_at == NOW + timedelta(days=31)


@pytest.mark.parametrize(
    ("asked_at", "now", "is_due"),
    [
        ("2026-07-21 10:00", "2026-07-21 10:30", True),  # trading: every half hour
        ("2026-07-21 10:00", "2026-07-21 10:20", False),
        ("2026-07-21 15:45", "2026-07-21 16:15", False),  # just closed: the last trades aren't out
        ("2026-07-21 15:45", "2026-07-21 16:45", True),  # the closing prices, once
        ("2026-07-21 16:45", "2026-07-21 20:45", False),
        ("2026-07-21 16:45", "2026-07-21 21:15", True),  # the prices of funds, once
        ("2026-07-21 21:15", "2026-07-22 09:15", False),
        ("2026-07-24 15:45", "2026-07-26 12:00", True),  # the machine was off since Friday afternoon
        ("2026-07-24 21:15", "2026-07-27 09:15", False),  # a weekend
        ("2026-11-27 12:45", "2026-11-27 13:30", True),  # half a day
        ("2026-12-24 18:30", "2026-12-25 12:00", False),  # Christmas
    ],
)
def test_prices_are_due_while_new_york_trades_and_twice_after_it(asked_at: str, now: str, is_due: bool) -> None:
    asked, moment = (datetime.fromisoformat(text).replace(tzinfo=NEW_YORK) for text in (asked_at, now))
    assert (asked < due_since(moment)) is is_due


def test_what_was_never_asked_for_is_asked_for_at_once(market: EmulatorServer, account: InvestmentAccount) -> None:
    hold(account, "XPLT")
    sunday = datetime(2026, 7, 19, 12, tzinfo=UTC)
    Holding.objects.update(as_of_date=sunday.date())
    assert refresh_prices(sunday, SimulatedQuotes(market.url)) is not None
    later = sunday + timedelta(hours=1)
    assert refresh_prices(later, SimulatedQuotes(market.url)) is None
