"""Which payments were reinvested: a reinvestment is a purchase, and its money may or may not be a row of its own."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from investments.models import InvestmentTransaction

Kind = InvestmentTransaction.Kind

PAYMENTS = (Kind.DIVIDEND, Kind.INTEREST, Kind.CAPITAL_GAIN)
DAYS_APART = 5
NOTHING = Decimal(0)
# Units are cut, so a little of the payment may be left over; withheld tax leaves more.
_LEAST_PART, _CENT = Decimal("0.6"), Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that a position or an account brought, and how much of it was reinvested."""

    row: InvestmentTransaction
    kind: str
    amount: Decimal
    reinvested: Decimal


def payments(rows: Iterable[InvestmentTransaction]) -> list[Payment]:
    """Dividends, interest and capital gains among the rows, each once, however the institution books a reinvestment.

    Where it only writes the purchase, that stands for the payment too. Money that was charged or taken back counts
    less than nothing.
    """
    listed = list(rows)
    paid = [Payment(row, row.kind, -row.amount, NOTHING) for row in listed if row.kind in PAYMENTS]
    reinvested: dict[int, Decimal] = {}
    for row, source in sources(listed):
        if source is None:
            paid.append(Payment(row, _kind_of(row), abs(row.amount), abs(row.amount)))
        else:
            reinvested[source.pk] = min(abs(row.amount), -source.amount)
    return [replace(each, reinvested=reinvested.get(each.row.pk, each.reinvested)) for each in paid]


def sources(
    rows: Iterable[InvestmentTransaction],
) -> Iterator[tuple[InvestmentTransaction, InvestmentTransaction | None]]:
    """Each reinvestment with the payment that it was made of, one to one, at most five days apart.

    None: the institution writes none, and the units came without any money.
    """
    listed = sorted(rows, key=lambda row: (row.date, row.pk))
    candidates: dict[tuple[int, int | None], list[InvestmentTransaction]] = defaultdict(list)
    for row in listed:
        if row.kind in PAYMENTS:
            candidates[row.investment_account_id, row.security_id].append(row)
    for row in listed:
        if row.kind == Kind.DIVIDEND_REINVESTMENT:
            of_security = candidates[row.investment_account_id, row.security_id]
            source = _source_of(row, of_security)
            if source is not None:
                of_security.remove(source)
            yield row, source


def _source_of(
    reinvestment: InvestmentTransaction, candidates: Iterable[InvestmentTransaction]
) -> InvestmentTransaction | None:
    """The payment that the purchase was made of: the nearest in amount, then in days."""

    def distance(payment: InvestmentTransaction) -> tuple[Decimal, int, int]:
        return abs(payment.amount + reinvestment.amount), abs((payment.date - reinvestment.date).days), payment.pk

    bought = abs(reinvestment.amount)
    fitting = [
        payment
        for payment in candidates
        if abs((payment.date - reinvestment.date).days) <= DAYS_APART
        and -payment.amount * _LEAST_PART <= bought <= -payment.amount + _CENT
    ]
    return min(fitting, key=distance, default=None)


def _kind_of(reinvestment: InvestmentTransaction) -> str:
    if "interest" in reinvestment.raw_subtype:
        return Kind.INTEREST
    return Kind.CAPITAL_GAIN if "capital gain" in reinvestment.raw_subtype else Kind.DIVIDEND
