"""What came into investment accounts from outside and what left them, day by day."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, When, Window
from django.db.models.functions import Lag

from investments.flows import external
from investments.models import Holding, InvestmentTransaction, PriceQuote
from investments.valuation import to_amount

Kind = InvestmentTransaction.Kind


@dataclass(frozen=True, slots=True)
class Flow:
    """Money or units that came into an account on a day; negative for what left."""

    account_id: int
    day: datetime.date
    amount: Decimal


def stated_flows(account_ids: list[int], currency: str, since: datetime.date) -> Iterator[Flow]:
    """Flows that the accounts' transactions state: deposits, withdrawals, transfers, contributions, distributions.

    What moved in kind counts by the close of its day, or the last one before it. One query.
    """
    crossing = Q(kind__in=[Kind.DEPOSIT, Kind.WITHDRAWAL, Kind.TRANSFER])
    crossing |= Q(raw_subtype__in=["contribution", "distribution"])
    closes = PriceQuote.objects.filter(
        security=OuterRef("security"), day__lte=OuterRef("date"), currency=currency
    ).order_by("-day")
    rows = (
        InvestmentTransaction.objects.live()
        .filter(crossing, investment_account__in=account_ids, currency=currency, date__gt=since)
        .annotate(close=Subquery(closes.values("close")[:1]))
        .select_related("security")
        .order_by("date", "pk")
    )
    for row in rows:
        if amount := external(row, row.close):
            yield Flow(row.investment_account_id, row.date, to_amount(amount))


def entered_flows(account_ids: list[int], currency: str, since: datetime.date) -> Iterator[Flow]:
    """Flows that follow from positions kept by hand: a quantity that changed was bought or sold with outside money.

    Where hand and institution follow each other, the difference between the two is such a flow too. One query.
    """
    rows = _changed_rows(account_ids, currency, since)
    columns = ("investment_account_id", "as_of_date", "price", "quantity", "counted_before", "origin", "origin_before")
    for account_id, day, price, quantity, before, *origins in rows.values_list(*columns):
        if Holding.Origin.ENTERED in origins and price is not None:
            yield Flow(account_id, day, to_amount((quantity - (before or 0)) * price))


def _changed_rows(account_ids: list[int], currency: str, since: datetime.date) -> QuerySet[Holding]:
    """Rows whose quantity is another than was counted the day before, the first of each position among them.

    What has no price is not counted, so a first price brings the whole quantity.
    """

    def before(what: str | Case) -> Window:
        position = [F("investment_account"), F("security")]
        return Window(Lag(what), partition_by=position, order_by=F("as_of_date").asc())

    counted = Case(When(price__isnull=False, then=F("quantity")))
    rows = Holding.objects.filter(investment_account__in=account_ids, currency=currency, as_of_date__gte=since)
    rows = rows.annotate(counted_before=before(counted), origin_before=before("origin"))
    changed = Q(counted_before=None) | ~Q(quantity=F("counted_before"))
    return rows.filter(changed).order_by("as_of_date", "pk")
