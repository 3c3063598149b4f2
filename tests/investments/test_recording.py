"""What a reading says of an account, recorded."""

import datetime
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import transaction

from investments.facts import HoldingFacts, HoldingsRead, SecurityFacts, TradeFacts, TradesRead
from investments.models import Holding, InvestmentAccount, PriceQuote, Security
from investments.recording import record
from investments.securities import record_securities

pytestmark = pytest.mark.django_db
DAY = datetime.date(2026, 11, 20)
NOW = datetime.datetime(2026, 11, 20, 18, tzinfo=datetime.UTC)
ACME = SecurityFacts(
    external_id="acme-1",
    name="Acme Corp",
    ticker="ACME",
    security_type="equity",
    subtype="common stock",
    figi="BBG000000001",
    isin="",
    sector="",
    industry="",
    is_cash_equivalent=False,
    currency="USD",
    close_price=Decimal(100),
    close_price_as_of=DAY,
)
BOLT = replace(ACME, external_id="bolt-1", name="Bolt Inc", ticker="BOLT", figi="BBG000000002")


def position(facts: SecurityFacts, quantity: str = "2") -> HoldingFacts:
    return HoldingFacts(facts.external_id, Decimal(quantity), Decimal(100), DAY, Decimal(200), None, "USD")


def reading(*facts: SecurityFacts, **rest) -> HoldingsRead:
    told = {each.external_id: each for each in (ACME, BOLT, *facts)}
    return HoldingsRead(Decimal(200), "USD", told, {each.external_id: position(each) for each in facts}, **rest)


def trade(name: str, days_ago: int = 1) -> TradeFacts:
    day = DAY - datetime.timedelta(days=days_ago)
    return TradeFacts(name, day, "cash", "deposit", name, "", Decimal(0), None, Decimal(-5), None, "USD")


def trades(*told: TradeFacts, first: int = 90, **rest) -> TradesRead:
    days = (DAY - datetime.timedelta(days=first), DAY)
    return TradesRead(*days, trades={each.external_id: each for each in told}, **rest)


@pytest.fixture
def account() -> InvestmentAccount:
    return InvestmentAccount.objects.create(name="Mine", connection_status="connected")


def write(account, holdings, happened=None, *, day=DAY, is_first=False):
    with transaction.atomic(using="investments"):
        return record(account, holdings, happened, day=day, is_first=is_first, now=NOW)


def quantities(account, day=DAY) -> dict[str, int]:
    return {str(row.security): int(row.quantity) for row in account.holdings.filter(as_of_date=day)}


class TestPositions:
    def test_that_is_not_told_of_any_more_has_ended(self, account):
        write(account, reading(ACME, BOLT), day=DAY - datetime.timedelta(days=3))
        assert write(account, reading(ACME)).ended == 1
        assert quantities(account) == {"ACME": 2, "BOLT": 0}

    def test_that_has_ended_is_not_told_of_again_the_next_day(self, account):
        write(account, reading(ACME, BOLT), day=DAY - datetime.timedelta(days=3))
        write(account, reading(ACME), day=DAY - datetime.timedelta(days=1))
        assert write(account, reading(ACME)).ended == 0
        assert quantities(account) == {"ACME": 2}

    def test_that_cant_be_read_goes_on_as_it_was(self, account):
        write(account, reading(ACME, BOLT), day=DAY - datetime.timedelta(days=3))
        write(account, reading(ACME, unread=frozenset({"bolt-1"}), malformed=1))
        assert quantities(account) == {"ACME": 2, "BOLT": 2}

    def test_go_on_when_one_can_not_even_be_named(self, account):
        write(account, reading(ACME, BOLT), day=DAY - datetime.timedelta(days=3))
        write(account, reading(ACME, is_whole=False, malformed=1))
        assert quantities(account) == {"ACME": 2, "BOLT": 2}

    def test_kept_by_hand_until_then_are_replaced_by_what_the_institution_says(self, account):
        by_hand = Security.objects.create(name="BOLT", ticker="BOLT", security_type="equity")
        account.holdings.create(security=by_hand, as_of_date=DAY, quantity=9, origin="entered")
        write(account, reading(ACME))
        assert quantities(account) == {"ACME": 2, "BOLT": 0}
        assert set(account.holdings.values_list("origin", flat=True)) == {"reported"}

    def test_of_an_empty_account_all_end(self, account):
        write(account, reading(ACME, BOLT), day=DAY - datetime.timedelta(days=3))
        write(account, reading())
        assert quantities(account) == {"ACME": 0, "BOLT": 0}


class TestSecurities:
    def test_with_a_new_id_are_the_same_by_their_figi(self, account):
        write(account, reading(ACME))
        write(account, HoldingsRead(None, "USD", {"acme-2": replace(ACME, external_id="acme-2")}, {}))
        assert Security.objects.get(figi=ACME.figi).plaid_security_id == "acme-2"

    def test_of_one_figi_that_are_both_told_of_stay_two(self):
        twin = replace(ACME, external_id="acme-2")
        record_securities({"acme-1": ACME, "acme-2": twin})
        assert Security.objects.filter(figi=ACME.figi).count() == 2

    def test_that_were_entered_by_ticker_are_recognised(self):
        mine = Security.objects.create(name="acme", ticker="ACME", security_type="other")
        assert record_securities({"acme-1": ACME})["acme-1"].pk == mine.pk

    def test_that_are_coins_are_recognised_by_each_of_their_names(self):
        mine = Security.objects.create(name="Bitcoin", ticker="BTC-USD", security_type="cryptocurrency")
        coin = replace(ACME, ticker="CUR:BTC", security_type="cryptocurrency")
        assert record_securities({"acme-1": coin})["acme-1"].pk == mine.pk

    def test_of_another_currency_or_kind_are_others(self):
        Security.objects.create(name="acme", ticker="ACME", security_type="equity", currency="CAD")
        Security.objects.create(name="acme", ticker="ACME", security_type="cryptocurrency")
        record_securities({"acme-1": ACME})
        assert Security.objects.filter(ticker="ACME").count() == 3

    def test_in_another_currency_than_before_lose_the_price_in_the_old_one(self):
        record_securities({"acme-1": replace(ACME, currency="GBP")})
        record_securities({"acme-1": replace(ACME, close_price=None, close_price_as_of=None)})
        row = Security.objects.get()
        assert (row.currency, row.close_price, row.close_price_as_of) == ("USD", None, None)

    def test_keep_a_newer_price(self):
        record_securities({"acme-1": ACME})
        older = replace(ACME, close_price=Decimal(90), close_price_as_of=DAY - datetime.timedelta(days=1))
        record_securities({"acme-1": older})
        row = Security.objects.get()
        assert (row.close_price, row.close_price_as_of) == (100, DAY)

    def test_keep_the_markets_own_price_of_the_same_day(self):
        row = record_securities({"acme-1": ACME})["acme-1"]
        row.take_price(Decimal(101), day=DAY, source=Security.PriceSource.YFINANCE)
        PriceQuote.objects.update(close=Decimal(101), source=Security.PriceSource.YFINANCE)
        record_securities({"acme-1": replace(ACME, close_price=Decimal(99))})
        row.refresh_from_db()
        assert (row.close_price, row.price_source, PriceQuote.objects.get().close) == (101, "yfinance", 101)

    def test_take_a_later_price_of_their_institution(self):
        record_securities({"acme-1": ACME})
        tomorrow = DAY + datetime.timedelta(days=1)
        record_securities({"acme-1": replace(ACME, close_price=Decimal(110), close_price_as_of=tomorrow)})
        assert Security.objects.get().close_price_as_of == tomorrow
        assert PriceQuote.objects.count() == 2


class TestTrades:
    def test_that_are_not_sent_any_more_are_withdrawn_and_come_back(self, account):
        write(account, reading(), trades(trade("a"), trade("b")))
        assert write(account, reading(), trades(trade("a"))).withdrawn == 1
        assert [row.external_id for row in account.transactions.live()] == ["a"]
        assert write(account, reading(), trades(trade("a"), trade("b"))).modified == 1
        assert account.transactions.live().count() == 2

    def test_that_are_still_sent_but_cant_be_read_stay(self, account):
        write(account, reading(), trades(trade("a"), trade("b")))
        assert write(account, reading(), trades(trade("a"), unread={"b"})).withdrawn == 0

    def test_stay_when_something_may_have_been_missed(self, account):
        write(account, reading(), trades(trade("a"), trade("b")))
        assert write(account, reading(), trades(trade("a"), is_whole=False)).withdrawn == 0

    def test_that_changed_are_changed(self, account):
        write(account, reading(), trades(trade("a")))
        told = replace(trade("a"), amount=Decimal("-6.5"))
        counts = write(account, reading(), trades(told))
        assert (counts.added, counts.modified, counts.unchanged) == (0, 1, 0)
        assert account.transactions.get().amount == Decimal("-6.5")

    def test_of_an_earlier_connection_give_way_to_those_of_the_new_one(self, account):
        write(account, reading(), trades(trade("old", 400), trade("then", 20), first=730), is_first=True)
        counts = write(account, reading(), trades(trade("again", 20), trade("new", 5), first=730), is_first=True)
        assert (counts.added, counts.withdrawn) == (2, 1)
        assert {row.external_id for row in account.transactions.live()} == {"old", "again", "new"}

    def test_of_an_unknown_kind_are_recorded_and_counted(self, account):
        strange = replace(trade("a"), raw_type="wheelbarrow", raw_subtype="")
        assert write(account, reading(), trades(strange)).unknown == 1
        assert account.transactions.get().kind == "other"

    def test_cover_the_days_from_the_first_that_was_asked_for(self, account):
        write(account, reading(), trades(first=730))
        write(account, reading(), trades(first=90))
        assert account.history_from == DAY - datetime.timedelta(days=730)

    def test_with_a_gap_cover_the_days_after_it(self, account):
        write(account, reading(), trades(first=730))
        account.last_synced_at = NOW - datetime.timedelta(days=400)
        write(account, reading(), trades(first=300))
        assert account.history_from == DAY - datetime.timedelta(days=300)


def test_the_same_reading_twice_changes_nothing(account):
    told = (reading(ACME, BOLT), trades(trade("a"), trade("b")))
    write(account, *told)
    before = list(Holding.objects.order_by("pk").values("pk", "quantity", "value"))
    counts = write(account, *told)
    assert list(Holding.objects.order_by("pk").values("pk", "quantity", "value")) == before
    assert (counts.added, counts.modified, counts.withdrawn, counts.ended) == (0, 0, 0, 0)
