"""A household's investments as they could be, up to today, for the tests of pages. Nothing in it is random."""

import datetime
from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone

from investments.market_hours import market_day
from investments.models import DayValue, Holding, InvestmentAccount, InvestmentTransaction, PriceQuote, Security
from tests.investments.books import a_holding, make_account, make_security

DAYS = 60


@dataclass(frozen=True)
class Believable:
    today: datetime.date
    brokerage: InvestmentAccount
    retirement: InvestmentAccount
    by_hand: InvestmentAccount
    etf: Security
    share: Security
    unpriced: Security


def today() -> datetime.date:
    return market_day(timezone.now())


def believable_portfolio() -> Believable:
    """Three accounts: one that is synced, one that failed three days ago, one kept by hand; each with a history."""
    now = timezone.now()
    brokerage = make_account("Brokerage", institution="Platypus Invest", mask="4444", last_synced_at=now)
    retirement = make_account(
        "401(k)",
        institution="Houndstooth Retirement",
        account_type="401k",
        connection_status="login_required",
        last_synced_at=now - datetime.timedelta(days=3),
        last_sync_error="Houndstooth Retirement asks you to sign in again.",
    )
    by_hand = make_account("Hardware wallet", account_type="crypto", connection_status="manual")
    etf = _listed("PTM", "Platypus Total Market ETF with a rather long name", "etf", "251.3725")
    share = _listed("ACME", "Acme Corporation", "equity", "88.10")
    coin = _listed("BTC-USD", "Bitcoin", "cryptocurrency", "64210.55")
    unpriced = make_security("", name="Private placement, series C", security_type="other")
    cash = make_security("CUR:USD", name="US dollars", security_type="cash")
    believable = Believable(today(), brokerage, retirement, by_hand, etf, share, unpriced)
    held = []
    for back in range(DAYS, -1, -1):
        day = believable.today - datetime.timedelta(days=back)
        held += [
            _held(brokerage, etf, "40", day, cost_basis=Decimal("8100.00")),
            _held(brokerage, share, "12.5", day),
            _held(brokerage, cash, "1520.33", day),
            _held(by_hand, coin, "0.0512", day, cost_basis=Decimal("3900.00"), origin=Holding.Origin.ENTERED),
        ]
        if back >= 3:
            held.append(_held(retirement, etf, "110.125", day, cost_basis=Decimal("21000.00")))
    held.append(a_holding(brokerage, unpriced, "100", as_of_date=believable.today))
    Holding.objects.bulk_create(held)
    for account in (brokerage, retirement, by_hand):
        DayValue.objects.add_up(account.pk, held[0].as_of_date, believable.today)
    _trades(believable, cash)
    return believable


def _listed(ticker: str, name: str, kind: str, close: str) -> Security:
    """A security with a close for each day: it rose by a tenth, in a line."""
    security = make_security(ticker, close, as_of=today(), name=name, security_type=kind, price_source="yfinance")
    PriceQuote.objects.bulk_create(
        PriceQuote(
            security=security,
            day=today() - datetime.timedelta(days=back),
            close=_close(Decimal(close), back),
            currency="USD",
            source="yfinance",
        )
        for back in range(DAYS + 1)
    )
    return security


def _close(last: Decimal, back: int) -> Decimal:
    return (last * (1 - Decimal(back) / (11 * DAYS))).quantize(Decimal("0.0001"))


def _held(
    account: InvestmentAccount, security: Security, quantity: str, day: datetime.date, **facts: object
) -> Holding:
    price = "1" if security.is_cash else str(_close(security.close_price or Decimal(0), (today() - day).days))
    return a_holding(account, security, quantity, price, as_of_date=day, **facts)


def _trades(believable: Believable, cash: Security) -> None:
    rows = [
        (50, "buy", believable.etf, "4", "812.20"),
        (40, "dividend", believable.etf, "0", "-42.18"),
        (40, "dividend_reinvestment", believable.etf, "0.1712", "42.18"),
        (30, "deposit", cash, "1000", "-1000.00"),
        (20, "sell", believable.share, "-2", "-170.02"),
        (12, "dividend", believable.share, "0", "-11.25"),
        (2, "fee", None, "0", "4.95"),
    ]
    for back, kind, security, quantity, amount in rows:
        InvestmentTransaction.objects.create(
            investment_account=believable.brokerage,
            security=security,
            date=believable.today - datetime.timedelta(days=back),
            kind=kind,
            name=f"{kind.replace('_', ' ').upper()} {security or 'ACCOUNT'}",
            quantity=Decimal(quantity),
            amount=Decimal(amount),
        )
