from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import connections

from investments.by_hand import (
    carry_forward,
    cash,
    clean_ticker,
    positions,
    remove_position,
    security_by_ticker,
    set_position,
    set_price,
)
from investments.models import Holding, InvestmentAccount, PriceQuote, Security

MONDAY = date(2026, 3, 16)
TUESDAY = MONDAY + timedelta(days=1)
Source = Security.PriceSource
pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> InvestmentAccount:
    return InvestmentAccount.objects.create(name="Savings plan")


@pytest.fixture
def fund() -> Security:
    return Security.objects.create(
        ticker="VTI",
        name="Total Market",
        security_type=Security.Type.ETF,
        close_price=Decimal("250.5"),
        close_price_as_of=MONDAY,
        price_source=Source.YFINANCE,
    )


def hold(account: InvestmentAccount, security: Security, quantity: str, on: date, cost: str | None = None) -> Holding:
    cost_basis = None if cost is None else Decimal(cost)
    return set_position(account, security, quantity=Decimal(quantity), cost_basis=cost_basis, today=on)


def snapshot(account: InvestmentAccount, day: date) -> dict[str, tuple[Decimal, Decimal | None]]:
    rows = account.holdings.filter(as_of_date=day).select_related("security")
    return {row.security.ticker: (row.quantity, row.value) for row in rows}


@pytest.mark.parametrize("text", [" vti ", "BRK-B", "OCDO.L", "^GSPC", "EURUSD=X", "BTC-USD", "0P0000VHP3.F"])
def test_tickers_of_all_exchanges_are_taken_in_capitals(text: str) -> None:
    assert clean_ticker(text) == text.strip().upper()


@pytest.mark.parametrize("text", ["", "  ", "VTI VOO", "VTI/../x", "ÄÖ", "^", "A" * 33, "VTI\nVOO"])
def test_what_can_be_no_ticker_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        clean_ticker(text)


def test_a_security_that_an_institution_sends_is_found_by_its_ticker(fund: Security) -> None:
    sent = Security.objects.create(ticker="VTI", name="Sent", plaid_security_id="id-1", security_type="etf")
    assert security_by_ticker("vti", currency="USD", security_type=Security.Type.EQUITY) == sent


def test_a_coin_is_not_the_fund_of_the_same_ticker_and_dollars_are_no_euros() -> None:
    coin = security_by_ticker("BTC", currency="USD", security_type=Security.Type.CRYPTOCURRENCY)
    listed = security_by_ticker("BTC", currency="USD")
    euros = security_by_ticker("BTC", currency="EUR")
    assert len({coin.pk, listed.pk, euros.pk}) == 3


@pytest.mark.parametrize("sent_as", ["BTC", "CUR:BTC", "btc-usd"])
@pytest.mark.parametrize("ticker", ["btc", "BTC-USD", "CUR:BTC"])
def test_a_coin_is_found_by_each_of_its_names(sent_as: str, ticker: str) -> None:
    coin = Security.Type.CRYPTOCURRENCY
    sent = Security.objects.create(ticker=sent_as, name="Bitcoin", plaid_security_id="id-1", security_type=coin)
    assert security_by_ticker(ticker, currency="USD", security_type=coin) == sent
    assert security_by_ticker("BTC-USD", currency="USD", security_type=Security.Type.ETF) != sent


def test_an_unknown_ticker_makes_a_security_without_a_price() -> None:
    made = security_by_ticker("NEW1", currency="EUR")
    assert (made.name, made.currency, made.close_price, made.is_price_stale) == ("NEW1", "EUR", None, False)
    assert security_by_ticker("new1", currency="EUR") == made


def test_a_position_is_worth_its_quantity_at_the_last_price(account: InvestmentAccount, fund: Security) -> None:
    holding = hold(account, fund, "2.5", MONDAY, "500")
    assert (holding.value, holding.cost_basis, holding.price_as_of) == (Decimal("626.25"), Decimal(500), MONDAY)
    assert holding.origin == Holding.Origin.ENTERED


def test_a_position_without_a_price_has_no_value(account: InvestmentAccount) -> None:
    holding = hold(account, security_by_ticker("NEW1", currency="USD"), "3", MONDAY)
    assert (holding.value, holding.price, holding.cost_basis) == (None, None, None)


def test_cash_is_worth_its_quantity(account: InvestmentAccount) -> None:
    assert hold(account, cash("EUR"), "12.345", MONDAY).value == Decimal("12.345")
    assert cash("EUR").is_cash


def test_a_value_that_no_amount_can_hold_counts_as_none(account: InvestmentAccount, fund: Security) -> None:
    assert hold(account, fund, "99999999999999999", MONDAY).value is None


def test_a_second_edit_on_the_same_day_corrects_the_first(account: InvestmentAccount, fund: Security) -> None:
    hold(account, fund, "1", MONDAY, "200")
    hold(account, fund, "2", MONDAY)
    assert [(row.quantity, row.cost_basis) for row in positions(account, MONDAY)] == [(2, None)]


def test_an_edit_makes_a_whole_snapshot_of_its_day(account: InvestmentAccount, fund: Security) -> None:
    hold(account, fund, "1", MONDAY)
    hold(account, cash("USD"), "40", TUESDAY)
    assert snapshot(account, TUESDAY) == {"VTI": (1, Decimal("250.5")), "CUR:USD": (40, 40)}
    assert snapshot(account, MONDAY) == {"VTI": (1, Decimal("250.5"))}


def test_a_removed_position_ends_today_and_is_not_carried_on(account: InvestmentAccount, fund: Security) -> None:
    hold(account, fund, "1", MONDAY)
    hold(account, cash("USD"), "40", MONDAY)
    remove_position(account, fund, today=TUESDAY)
    assert snapshot(account, TUESDAY) == {"VTI": (0, 0), "CUR:USD": (40, 40)}
    carry_forward(TUESDAY + timedelta(days=1))
    assert snapshot(account, TUESDAY + timedelta(days=1)) == {"CUR:USD": (40, 40)}


def test_a_position_removed_on_the_day_it_was_entered_was_never_there(
    account: InvestmentAccount, fund: Security
) -> None:
    hold(account, fund, "1", MONDAY)
    remove_position(account, fund, today=MONDAY)
    assert Holding.objects.count() == 0


def test_each_day_carries_the_last_positions_on_at_the_newest_price(account: InvestmentAccount, fund: Security) -> None:
    hold(account, fund, "2", MONDAY, "480")
    fund.take_price(Decimal(260), day=TUESDAY, source=Source.YFINANCE)
    assert carry_forward(TUESDAY + timedelta(days=5)) == 1
    row = positions(account, TUESDAY + timedelta(days=9))[0]
    assert (row.as_of_date, row.value, row.cost_basis, row.price_as_of) == (
        TUESDAY + timedelta(days=5), 520, 480, TUESDAY,
    )  # fmt: skip
    assert snapshot(account, MONDAY) == {"VTI": (2, 501)}


def test_carrying_forward_again_only_values_anew(account: InvestmentAccount, fund: Security) -> None:
    hold(account, fund, "2", MONDAY, "480")
    carry_forward(MONDAY)
    fund.take_price(Decimal(260), day=MONDAY, source=Source.YFINANCE)
    carry_forward(MONDAY)
    row = Holding.objects.get()
    assert (row.quantity, row.cost_basis, row.value) == (2, 480, 520)


def test_accounts_that_a_bank_keeps_are_left_alone(account: InvestmentAccount, fund: Security) -> None:
    hold(account, fund, "2", MONDAY)
    InvestmentAccount.objects.update(connection_status=InvestmentAccount.ConnectionStatus.CONNECTED)
    assert carry_forward(TUESDAY) == 0
    assert Holding.objects.filter(as_of_date=TUESDAY).count() == 0


def test_a_price_by_hand_stays_until_a_quote_of_a_later_day(fund: Security) -> None:
    set_price(fund, Decimal(240), day=TUESDAY)
    assert not fund.take_price(Decimal(260), day=TUESDAY, source=Source.YFINANCE)
    assert Security.objects.get().close_price == 240
    assert fund.take_price(Decimal(261), day=TUESDAY + timedelta(days=1), source=Source.YFINANCE)
    assert Security.objects.get().close_price == 261


def test_a_price_by_hand_can_be_corrected(fund: Security) -> None:
    set_price(fund, Decimal(240), day=TUESDAY)
    set_price(fund, Decimal(241), day=TUESDAY)
    quote = PriceQuote.objects.get()
    assert (quote.close, quote.source, Security.objects.get().close_price) == (241, Source.MANUAL, 241)


def test_an_older_price_never_replaces_a_newer_one(fund: Security) -> None:
    assert not fund.take_price(Decimal(1), day=MONDAY - timedelta(days=1), source=Source.PLAID)
    set_price(fund, Decimal(2), day=MONDAY - timedelta(days=1))
    assert (fund.close_price, Security.objects.get().close_price) == (Decimal("250.5"), Decimal("250.5"))


@pytest.mark.parametrize("meanwhile", ["connected", "deleted"])
def test_an_account_that_is_not_kept_by_hand_any_more_is_not_carried_forward(
    account: InvestmentAccount, fund: Security, meanwhile: str
) -> None:
    other = InvestmentAccount.objects.create(name="Other")
    for each in (account, other):
        hold(each, fund, "1", MONDAY)

    def interfere(execute, sql, params, many, context):
        if sql.startswith("INSERT"):
            this = InvestmentAccount.objects.filter(pk=other.pk)
            _ = this.delete() if meanwhile == "deleted" else this.update(connection_status="connected")
        return execute(sql, params, many, context)

    with connections["investments"].execute_wrapper(interfere):
        assert carry_forward(TUESDAY) == 1
    assert list(Holding.objects.filter(as_of_date=TUESDAY).values_list("investment_account", flat=True)) == [account.pk]
