"""What investments paid: dividends, interest and capital gains, by month and by security."""

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from investments.models import InvestmentTransaction, Security
from investments.reinvestment import DAYS_APART, PAYMENTS, Payment, payments

Kind = InvestmentTransaction.Kind
NOTHING = Decimal(0)


@dataclass(slots=True)
class Paid:
    """Sums in one currency; positive was received. `reinvested` is a part of the total, not beside it."""

    dividends: Decimal = NOTHING
    interest: Decimal = NOTHING
    capital_gains: Decimal = NOTHING
    reinvested: Decimal = NOTHING

    @property
    def total(self) -> Decimal:
        return self.dividends + self.interest + self.capital_gains

    def add(self, payment: Payment) -> None:
        """Counts one payment more."""
        match payment.kind:
            case Kind.DIVIDEND:
                self.dividends += payment.amount
            case Kind.INTEREST:
                self.interest += payment.amount
            case _:
                self.capital_gains += payment.amount
        self.reinvested += payment.reinvested


@dataclass(frozen=True, slots=True)
class Income:
    """Months from the first one with a payment to that of the last day asked for, empty ones included; oldest first.

    `securities`: the largest payer first; None is what the account itself paid, as interest on its cash.
    """

    currency: str
    total: Paid
    months: tuple[tuple[datetime.date, Paid], ...]
    securities: tuple[tuple[Security | None, Paid], ...]


def income(account_ids: list[int], currency: str, *, since: datetime.date, until: datetime.date) -> Income:
    """What these accounts were paid in one currency from `since` to `until`, both included. One query."""
    total = Paid()
    months: dict[datetime.date, Paid] = defaultdict(Paid)
    securities: dict[int | None, Paid] = defaultdict(Paid)
    named: dict[int | None, Security | None] = {}
    for payment in _payments(account_ids, currency, since, until):
        row = payment.row
        named[row.security_id] = row.security
        for sums in (total, months[row.date.replace(day=1)], securities[row.security_id]):
            sums.add(payment)
    by_payer = sorted(securities.items(), key=lambda item: (-item[1].total, str(named[item[0]]), item[0] or 0))
    return Income(
        currency=currency,
        total=total,
        months=tuple((month, months[month]) for month in _months(min(months, default=until), until)),
        securities=tuple((named[security_id], paid) for security_id, paid in by_payer),
    )


def _payments(account_ids: list[int], currency: str, since: datetime.date, until: datetime.date) -> Iterable[Payment]:
    margin = datetime.timedelta(days=DAYS_APART)  # a payment and its reinvestment may lie on both sides of an end
    rows = InvestmentTransaction.objects.live().filter(
        investment_account__in=account_ids,
        currency=currency,
        kind__in=[*PAYMENTS, Kind.DIVIDEND_REINVESTMENT],
        date__gte=since - margin,
        date__lte=until + margin,
    )
    found = payments(list(rows.select_related("security").order_by("date", "pk")))
    return (payment for payment in found if since <= payment.row.date <= until)


def _months(first: datetime.date, last: datetime.date) -> Iterable[datetime.date]:
    number = first.year * 12 + first.month - 1
    while number <= last.year * 12 + last.month - 1:
        yield datetime.date(number // 12, number % 12 + 1, 1)
        number += 1
