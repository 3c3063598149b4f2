"""Investment accounts for the tests, written down by hand. Nothing in it is random."""

import datetime
from decimal import Decimal

from investments.models import DayValue, Holding, InvestmentAccount, InvestmentTransaction, PriceQuote, Security

TODAY = datetime.date(2026, 11, 20)  # a Friday


def days_ago(count: int) -> datetime.date:
    return TODAY - datetime.timedelta(days=count)


def make_account(name: str = "Brokerage", **facts: object) -> InvestmentAccount:
    facts = {"connection_status": "connected"} | facts
    return InvestmentAccount.objects.create(name=name, **facts)


def make_security(ticker: str = "PLTP", close: str = "", *, as_of: datetime.date = TODAY, **facts: object) -> Security:
    defaults: dict[str, object] = {"name": ticker, "security_type": "equity", "price_source": "plaid"}
    if close:
        defaults |= {"close_price": Decimal(close), "close_price_as_of": as_of}
    return Security.objects.create(ticker=ticker, **(defaults | facts))


def make_cash(currency: str = "USD") -> Security:
    return make_security(f"CUR:{currency}", security_type="cash", currency=currency)


def make_holding(
    account: InvestmentAccount, security: Security, quantity: str, price: str = "", **facts: object
) -> Holding:
    """Priced by the institution today unless `facts` say otherwise."""
    holding = a_holding(account, security, quantity, price, **facts)
    holding.save()
    DayValue.objects.add_up(account.pk, holding.as_of_date, holding.as_of_date)
    return holding


def a_holding(
    account: InvestmentAccount, security: Security, quantity: str, price: str = "", **facts: object
) -> Holding:
    """The same, not saved yet."""
    defaults: dict[str, object] = {"as_of_date": TODAY, "currency": security.currency}
    if price:
        value = (Decimal(quantity) * Decimal(price)).quantize(Decimal("0.0001"))
        defaults |= {"price": Decimal(price), "price_as_of": facts.get("as_of_date", TODAY), "value": value}
    return Holding(investment_account=account, security=security, quantity=Decimal(quantity), **(defaults | facts))


def make_trade(
    account: InvestmentAccount, kind: str, amount: str, *, ago: int = 0, **facts: object
) -> InvestmentTransaction:
    return InvestmentTransaction.objects.create(
        investment_account=account, kind=kind, amount=Decimal(amount), date=days_ago(ago), **facts
    )


def make_quote(security: Security, close: str, *, ago: int = 0) -> PriceQuote:
    return PriceQuote.objects.create(
        security=security, day=days_ago(ago), close=Decimal(close), currency=security.currency, source="simulated"
    )
