"""What happened on investment accounts: chosen by filters, in pages by key."""

import datetime
from dataclasses import dataclass
from itertools import groupby

from django.db.models import QuerySet

from investments.models import InvestmentTransaction
from paging import keyset
from paging.keyset import Key, Page


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which rows to show: None and "" choose everything, both days are included."""

    account_id: int | None = None
    kind: str = ""
    security_id: int | None = None
    since: datetime.date | None = None
    until: datetime.date | None = None

    def __bool__(self) -> bool:
        return self != Chosen()


def activity(chosen: Chosen) -> QuerySet[InvestmentTransaction]:
    """The live rows of all accounts that are chosen."""
    wanted = {
        "investment_account": chosen.account_id,
        "kind": chosen.kind or None,
        "security": chosen.security_id,
        "date__gte": chosen.since,
        "date__lte": chosen.until,
    }
    return InvestmentTransaction.objects.live().filter(
        **{column: value for column, value in wanted.items() if value is not None}
    )


def page_of(
    rows: QuerySet[InvestmentTransaction], *, before: Key | None, after: Key | None
) -> Page[InvestmentTransaction]:
    """A page of the rows, each with its account and security."""
    rows = rows.select_related("investment_account", "security")
    return keyset.page_of(rows, Key.of, before=before, after=after)


def newest(account_id: int, count: int) -> list[tuple[datetime.date, list[InvestmentTransaction]]]:
    """The last rows of an account by day, newest first."""
    rows = activity(Chosen(account_id=account_id)).select_related("security").order_by("-date", "-id")[:count]
    return [(day, list(of_day)) for day, of_day in groupby(rows, key=lambda row: row.date)]
