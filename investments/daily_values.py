"""What each account was worth day by day, and what went in and out of it between."""

import datetime
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from investments.contributions import Flow, entered_flows, stated_flows
from investments.models import DayValue, Holding, InvestmentAccount

NOTHING = Decimal(0)


@dataclass(slots=True)
class AccountDays:
    """The known values of one account from `base` on, the last day up to the start of the period that has one.

    An account without such a day begins within the period: all that it has on its first day comes from outside.
    """

    values: dict[datetime.date, Decimal] = field(default_factory=dict)
    entered_days: set[datetime.date] = field(default_factory=set)
    flows: dict[datetime.date, list[Decimal]] = field(default_factory=lambda: defaultdict(list))
    days: list[datetime.date] = field(default_factory=list)

    def begin(self, start: datetime.date) -> None:
        """Forget what lies before the base; open with a flow if the account begins within the period."""
        days = sorted(self.values)
        base = max((day for day in days if day <= start), default=days[0])
        self.days = [day for day in days if day >= base]
        self.values = {day: self.values[day] for day in self.days}
        if base > start:
            self.flows[base].append(self.values[base])

    def take(self, flow: Flow) -> None:
        """Counts a flow on the first day from its own on whose value can show it; not at all if there is none yet."""
        place = bisect_left(self.days, flow.day)
        if flow.day > self.days[0] and place < len(self.days):
            self.flows[self.days[place]].append(flow.amount)


@dataclass(frozen=True, slots=True)
class DailyValues:
    """All accounts in one currency from `start` on. `reckoned_until`: the last day whose values nobody stated."""

    start: datetime.date
    accounts: tuple[AccountDays, ...]
    reckoned_until: datetime.date | None


def daily_values(
    account_ids: list[int], currency: str, *, start: datetime.date, now: dict[int, Decimal], today: datetime.date
) -> DailyValues | None:
    """The accounts' values since `start` or, where history begins later, since then; None if there is none.

    `now`: what they are worth at this moment, which is today's value. At most four queries.
    """
    last = InvestmentAccount.objects.filter(pk__in=account_ids).last_snapshots(until=start)
    since = min(last.values(), default=start)
    accounts, reckoned_until = _stored(account_ids, currency, since, today)
    for account_id, value in now.items():
        accounts[account_id].values[today] = value
    if not accounts:
        return None
    start = max(start, min(min(account.values) for account in accounts.values()))
    for account in accounts.values():
        account.begin(start)
    for flow in _flows(accounts, currency, since):
        accounts[flow.account_id].take(flow)
    return DailyValues(
        start, tuple(accounts.values()), reckoned_until if reckoned_until and reckoned_until > start else None
    )


def _stored(
    account_ids: list[int], currency: str, since: datetime.date, today: datetime.date
) -> tuple[dict[int, AccountDays], datetime.date | None]:
    rows = DayValue.objects.filter(
        investment_account__in=account_ids, currency=currency, as_of_date__gte=since, as_of_date__lte=today
    )
    accounts: dict[int, AccountDays] = defaultdict(AccountDays)
    reckoned = []
    columns = rows.order_by("investment_account", "as_of_date", "origin")
    for account_id, day, origin, value in columns.values_list("investment_account_id", "as_of_date", "origin", "value"):
        account = accounts[account_id]
        account.values[day] = account.values.get(day, NOTHING) + value
        if origin == Holding.Origin.ENTERED:
            account.entered_days.add(day)
        if origin == Holding.Origin.RECKONED:
            reckoned.append(day)
    return accounts, max(reckoned, default=None)


def _flows(accounts: dict[int, AccountDays], currency: str, since: datetime.date) -> Iterable[Flow]:
    for flow in stated_flows(list(accounts), currency, since):
        if flow.day not in accounts[flow.account_id].entered_days:
            yield flow
    by_hand = [account_id for account_id, account in accounts.items() if account.entered_days]
    if by_hand:
        yield from entered_flows(by_hand, currency, since)
