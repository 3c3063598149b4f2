"""Positions that the user keeps: which security, how much of it, what it cost, and its price where no source has one.

An account kept by hand has a whole snapshot for each day it was looked at, as a connected one has, so that every
reader treats both alike. `today` is the day in New York.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet, Subquery

from investments.models import DayValue, Holding, InvestmentAccount, PriceQuote, Security
from money.fields import SMALLEST

_TICKER = re.compile(r"[A-Z0-9][A-Z0-9.:=-]{0,31}|\^[A-Z0-9.-]{1,31}")
_LARGEST = Decimal(10) ** 14  # what a MoneyField holds


def clean_ticker(text: str) -> str:
    """The ticker in capitals; ValidationError if it can't be one."""
    ticker = text.strip().upper()
    if not _TICKER.fullmatch(ticker):
        raise ValidationError("A ticker has letters, digits and . - = : only, such as VTI or BRK-B.", code="ticker")
    return ticker


def security_by_ticker(
    ticker: str, *, currency: str, security_type: Security.Type = Security.Type.OTHER, name: str = ""
) -> Security:
    """The security with this ticker that is priced in `currency`; made, without a price, if there is none."""
    ticker = clean_ticker(ticker)
    known = Security.objects.called(ticker, currency=currency, security_type=security_type)
    # One that an institution sends comes first: it is named and described.
    found = known.order_by("plaid_security_id", "pk").exclude(plaid_security_id=None).first()
    return (
        found
        or known.order_by("pk").first()
        or Security.objects.create(ticker=ticker, name=name or ticker, security_type=security_type, currency=currency)
    )


def cash(currency: str) -> Security:
    """Money of this currency as a position: its quantity is its value."""
    return security_by_ticker(
        f"CUR:{currency}", currency=currency, security_type=Security.Type.CASH, name=f"{currency} cash"
    )


def positions(account: InvestmentAccount, today: date) -> QuerySet[Holding]:
    """What the account's last snapshot up to today says that it holds, by ticker."""
    newest = account.holdings.filter(as_of_date__lte=today).order_by("-as_of_date").values("as_of_date")[:1]
    held = account.holdings.filter(as_of_date=Subquery(newest)).exclude(quantity=0)
    return held.select_related("security").order_by("security__ticker", "security__name", "pk")


def set_position(
    account: InvestmentAccount, security: Security, *, quantity: Decimal, cost_basis: Decimal | None, today: date
) -> Holding:
    """From today on the account holds `quantity` of the security, bought for `cost_basis` in all (None: unknown)."""
    with _todays_snapshot(account, today):
        facts = {"quantity": quantity, "cost_basis": cost_basis, **_valued(security, quantity)}
        holding, _ = Holding.objects.update_or_create(
            investment_account=account,
            security=security,
            as_of_date=today,
            defaults={**facts, "origin": Holding.Origin.ENTERED},
        )
    return holding


def remove_position(account: InvestmentAccount, security: Security, *, today: date) -> None:
    """The account holds none of it any more; a position that was only entered today was never there."""
    with _todays_snapshot(account, today):
        rows = Holding.objects.filter(investment_account=account, security=security)
        if rows.filter(as_of_date__lt=today).exists():
            nothing = {"quantity": Decimal(0), "cost_basis": None, "value": Decimal(0)}
            rows.filter(as_of_date=today).update(**nothing)
        else:
            rows.filter(as_of_date=today).delete()


def set_price(security: Security, price: Decimal, *, day: date) -> None:
    """Enter the price of a day by hand; it counts until a quote of a later day is known."""
    with transaction.atomic(using="investments"):
        entered = {"close": price, "currency": security.currency, "source": Security.PriceSource.MANUAL}
        PriceQuote.objects.update_or_create(security=security, day=day, defaults=entered)
        security.take_price(price, day=day, source=Security.PriceSource.MANUAL)


def carry_forward(today: date) -> int:
    """Gives every account kept by hand today's snapshot, from its last one at the newest prices; returns how many.

    Again on the same day it only values the positions anew.
    """
    count = 0
    for account in InvestmentAccount.objects.by_hand().order_by("pk"):
        with suppress(InvestmentAccount.DoesNotExist), _todays_snapshot(account, today):  # connected or deleted by now
            count += 1
    return count


@contextmanager
def _todays_snapshot(account: InvestmentAccount, today: date) -> Iterator[None]:
    """Carries the account forward to today, for the block to change it; others who would do so wait until then.

    Raises InvestmentAccount.DoesNotExist if it is not kept by hand any more.
    """
    with transaction.atomic(using="investments"):
        InvestmentAccount.objects.by_hand().select_for_update().get(pk=account.pk)
        _carry_forward(account, today)
        yield
        DayValue.objects.add_up(account.pk, today, today)


def _carry_forward(account: InvestmentAccount, today: date) -> None:
    carried = [
        Holding(
            investment_account=account,
            security=row.security,
            as_of_date=today,
            quantity=row.quantity,
            cost_basis=row.cost_basis,
            origin=Holding.Origin.ENTERED,
            **_valued(row.security, row.quantity),
        )
        for row in positions(account, today)
    ]
    Holding.objects.bulk_create(
        carried,
        update_conflicts=True,
        unique_fields=["investment_account", "security", "as_of_date"],
        update_fields=["price", "price_as_of", "value", "currency", "updated_at"],
    )


def _valued(security: Security, quantity: Decimal) -> dict[str, Decimal | date | str | None]:
    """The columns that say what the position is worth at the newest price."""
    price = Decimal(1) if security.is_cash else security.close_price
    value = None if price is None else quantity * price
    return {
        "price": price,
        "price_as_of": security.close_price_as_of,
        "value": None if value is None or abs(value) >= _LARGEST else value.quantize(SMALLEST),
        "currency": security.currency,
    }
