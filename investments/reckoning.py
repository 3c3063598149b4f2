"""History from before an account was linked, reckoned from its transactions and known prices.

An institution states holdings from the first sync on; its transactions reach two years back. Undoing
them one by one gives what was held on each earlier day, and closes give what that was worth.
"""

import datetime
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from investments.known_prices import known_prices
from investments.models import DayValue, Holding, InvestmentAccount, InvestmentTransaction, PriceQuote, Security
from investments.reckoned_days import Reckoned, ReckonedDay, reckoned_days, terms_of
from investments.walking_back import Snapshot, walk_back

# Older than anything, so whoever is left like this is due again; and news that come while it works set it to null.
BEGUN = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
AT_MOST = datetime.timedelta(days=731)
_DAYS_AT_ONCE = 30
_DAY = datetime.timedelta(days=1)


def reckon_due(now: datetime.datetime) -> int:
    """Reckons the history of every account of which something new is known; returns of how many."""
    accounts = list(_due())
    for account in accounts:
        reckon(account, now=now)
    return len(accounts)


def reckon(account: InvestmentAccount, *, now: datetime.datetime) -> None:
    """Writes the account's holdings of the days before the first that its institution stated.

    It reaches back to where its transactions begin, two years at most; less far if they don't explain what was held,
    or if something was held whose price is not known. Again it only writes what has changed. Days of which
    something is stated or entered are never touched.
    """
    this = InvestmentAccount.objects.filter(pk=account.pk)
    this.update(reckoned_at=BEGUN)
    stated = list(_first_stated(account))
    if stated and account.history_from:
        first = stated[0].as_of_date
        oldest = _write(account, _days(account, stated, account.history_from), before=first)
        _bring_to(account, {}, datetime.date.min, oldest - _DAY)
    this.filter(reckoned_at=BEGUN).update(reckoned_at=now)


def _due() -> QuerySet[InvestmentAccount]:
    """With changed transactions (`reckoned_at` is null), a corrected first snapshot or new closes of days before it."""
    stated = Holding.objects.filter(investment_account=OuterRef("pk"), origin=Holding.Origin.REPORTED)
    first_day = Subquery(stated.order_by("as_of_date").values("as_of_date")[:1])
    corrected = stated.filter(as_of_date=OuterRef("first_day"), updated_at__gt=OuterRef("reckoned_at"))
    account = OuterRef(OuterRef("pk"))
    traded = InvestmentTransaction.objects.filter(investment_account=account, security=OuterRef("security"))
    held = Holding.objects.filter(
        investment_account=account, security=OuterRef("security"), as_of_date=OuterRef(OuterRef("first_day"))
    )
    quoted = PriceQuote.objects.filter(
        Exists(held) | Exists(traded), day__lt=OuterRef("first_day"), updated_at__gt=OuterRef("reckoned_at")
    )
    accounts = InvestmentAccount.objects.exclude(history_from=None).annotate(first_day=first_day)
    is_due = Q(reckoned_at=None) | Exists(corrected) | Exists(quoted)
    return accounts.exclude(first_day=None).filter(is_due).order_by("pk")


def _first_stated(account: InvestmentAccount) -> QuerySet[Holding]:
    stated = account.holdings.filter(origin=Holding.Origin.REPORTED)
    first_day = stated.order_by("as_of_date").values("as_of_date")[:1]
    return stated.filter(as_of_date=Subquery(first_day)).select_related("security").order_by("pk")


def _days(account: InvestmentAccount, stated: Sequence[Holding], history_from: datetime.date) -> Iterator[ReckonedDay]:
    first = stated[0].as_of_date
    since = max(history_from, first - AT_MOST)
    rows = account.transactions.live().filter(date__gt=since, date__lte=first).select_related("security")
    undone = list(rows.order_by("-date", "-pk"))
    snapshot = Snapshot(first, {holding.security_id: holding.quantity for holding in stated}, _money(account, stated))
    trail = walk_back(snapshot, undone, no_further_than=since)
    terms = terms_of(stated, undone, snapshot)
    prices = known_prices(stated, undone, trail, currencies=terms.currencies)
    return reckoned_days(trail, prices, terms, before=first)


def _money(account: InvestmentAccount, stated: Iterable[Holding]) -> dict[str, int]:
    """By currency, the position that is the account's money: cash, or else the only fund that takes its place.

    Institutions leave cash out when there is none: then it is nothing, not unknown.
    """
    money = {holding.currency: holding.security_id for holding in stated if holding.security.is_cash}
    funds = [holding for holding in stated if holding.security.is_cash_equivalent and holding.price == 1]
    if not money and len(funds) == 1:
        money[funds[0].currency] = funds[0].security_id
    if not money:
        cash = Security.objects.filter(security_type=Security.Type.CASH, currency=account.currency)
        money = dict(cash.order_by("-pk").values_list("currency", "pk"))
    return money


def _write(account: InvestmentAccount, days: Iterator[ReckonedDay], *, before: datetime.date) -> datetime.date:
    """Brings the stored rows to what `days` (newest first) says; returns the oldest of them, or `before`."""
    others = account.holdings.exclude(origin=Holding.Origin.RECKONED).filter(as_of_date__lt=before)
    taken = set(others.values_list("as_of_date", flat=True).distinct())
    oldest = before
    while stretch := list(islice(days, _DAYS_AT_ONCE)):
        newest, oldest = stretch[0][0], stretch[-1][0]
        held = {(day, each.security_id): each for day, positions in stretch if day not in taken for each in positions}
        _bring_to(account, held, oldest, newest)
    return oldest


def _bring_to(
    account: InvestmentAccount,
    held: dict[tuple[datetime.date, int], Reckoned],
    oldest: datetime.date,
    newest: datetime.date,
) -> None:
    """Writes what differs from the stored rows of these days, and drops those that `held` doesn't know."""
    facts = Reckoned._fields
    changed, gone = dict(held), []
    stored = account.holdings.filter(origin=Holding.Origin.RECKONED, as_of_date__range=(oldest, newest))
    with transaction.atomic(using="investments"):
        for pk, day, *known in stored.values_list("pk", "as_of_date", *facts):
            key = (day, known[0])
            if key not in held:
                gone.append(pk)
            elif held[key] == tuple(known):
                del changed[key]
        stored.filter(pk__in=gone).delete()
        Holding.objects.bulk_create(
            (_holding(account, day, reckoned) for (day, _), reckoned in changed.items()),
            update_conflicts=True,
            unique_fields=["investment_account", "security", "as_of_date"],
            update_fields=[*facts[1:], "updated_at"],
        )
        if changed or gone:
            DayValue.objects.add_up(account.pk, oldest, newest)


def _holding(account: InvestmentAccount, day: datetime.date, reckoned: Reckoned) -> Holding:
    return Holding(investment_account=account, as_of_date=day, origin=Holding.Origin.RECKONED, **reckoned._asdict())
