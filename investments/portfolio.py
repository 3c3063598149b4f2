"""The portfolio as it is now: what is held, what it is worth, what it gained.

Amounts of different currencies are never added: there is one `CurrencyPortfolio` for each.
Percentages are in percent: 12.34 is 12.34 %.
"""

import datetime
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from investments.allocation import Slice, allocation, largest
from investments.day_change import Change
from investments.market_hours import market_day
from investments.models import Holding, InvestmentAccount
from investments.positions import Part, Position, day_change, gain, parts_of, positions, total


@dataclass(frozen=True, slots=True)
class AccountState:
    """An account and the day that its quantities are of: that of its last snapshot or, if a sync found nothing held
    since, of that sync. None if nothing was ever read.

    `is_stale`: its source failed, is silent or gone, so the quantities may be out of date.
    """

    account: InvestmentAccount
    as_of: datetime.date | None
    is_stale: bool


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many positions there are (cash is none), how many lack a cost and how many a price.

    Gains are of the rest: "3 of 12 holdings lack cost basis" is `lacking` of `total`.
    """

    total: int
    lacking: int
    unpriced: int


@dataclass(frozen=True, slots=True)
class CurrencyPortfolio:
    """Everything that is held in one currency.

    `value`: all positions that have a price, cash included, each once.
    `day`: what the last change of price did to what is held now: each position's newest price against the one
    of the day before it; trades of the day are no part of it. Its percent is of the earlier value, cash included.
    What has one price only, or none of the last four days, is left out of both sides; None if nothing is left.
    `gain`: value less cost of the positions whose cost and price are known; None if there are none.
    `cost`: of the same positions.
    The slices of each allocation add up to 100 percent: by security type, by account (primary key), and the ten
    largest positions (security's primary key).
    """

    currency: str
    value: Decimal
    day: Change | None
    gain: Change | None
    cost: Decimal
    coverage: Coverage
    positions: tuple[Position, ...]
    by_type: tuple[Slice[str], ...]
    by_account: tuple[Slice[int], ...]
    largest: tuple[Slice[int], ...]


@dataclass(frozen=True, slots=True)
class Portfolio:
    """The accounts and what they hold, by currency, the main one first; no currency if nothing is held."""

    today: datetime.date
    accounts: tuple[AccountState, ...]
    currencies: tuple[CurrencyPortfolio, ...]

    @property
    def stale(self) -> tuple[AccountState, ...]:
        """Accounts that may hold something else by now."""
        return tuple(state for state in self.accounts if state.is_stale)

    def in_currency(self, currency: str) -> CurrencyPortfolio | None:
        """What is held in `currency`, or else in the main one; None if there is nothing at all."""
        chosen = [each for each in self.currencies if each.currency == currency]
        return next(iter([*chosen, *self.currencies]), None)


def portfolio(accounts: Sequence[InvestmentAccount], *, today: datetime.date) -> Portfolio:
    """What these accounts hold on `today` (New York's day), by the last snapshot of each: five queries."""
    by_id = {account.pk: account for account in accounts}
    days = InvestmentAccount.objects.filter(pk__in=by_id).last_snapshots(until=today)
    held = Holding.objects.of_snapshots(days).exclude(quantity=0).select_related("security").order_by("pk")
    by_currency: dict[str, list[Part]] = defaultdict(list)
    for part in parts_of(held, by_id, today=today):
        by_currency[part.holding.currency].append(part)
    states = tuple(_state(account, _last_heard_of(account, days.get(account.pk)), today) for account in accounts)
    main_first = _main_first(accounts, by_currency)
    return Portfolio(today, states, tuple(_in(currency, by_currency[currency]) for currency in main_first))


def _main_first(accounts: Iterable[InvestmentAccount], parts: Mapping[str, Sequence[Part]]) -> list[str]:
    """The currency that most accounts are kept in leads, then the one with most positions."""
    kept_in = Counter(account.currency for account in accounts)
    return sorted(parts, key=lambda currency: (-kept_in[currency], -len(parts[currency]), currency))


def _last_heard_of(account: InvestmentAccount, snapshot: datetime.date | None) -> datetime.date | None:
    """An account that holds nothing at all has no row of that day."""
    synced = market_day(account.last_synced_at) if account.last_synced_at else None
    return max(filter(None, (snapshot, synced)), default=None)


def _state(account: InvestmentAccount, as_of: datetime.date | None, today: datetime.date) -> AccountState:
    if account.is_by_hand:
        return AccountState(account, as_of, is_stale=False)
    is_silent = as_of is not None and as_of < today - datetime.timedelta(days=1)
    is_connected = account.connection_status == InvestmentAccount.ConnectionStatus.CONNECTED
    return AccountState(account, as_of, is_silent or bool(account.last_sync_error) or not is_connected)


def _in(currency: str, parts: Sequence[Part]) -> CurrencyPortfolio:
    held = positions(parts)
    priced = [position for position in held if position.worth.value is not None]
    with_cost = [position for position in priced if position.cost is not None]
    by_security = allocation((each.security.pk, str(each.security), each.worth.value or Decimal(0)) for each in priced)
    return CurrencyPortfolio(
        currency=currency,
        value=total(position.worth.value for position in priced),
        day=day_change(parts),
        gain=gain(part for position in with_cost for part in position.parts),
        cost=total(position.cost for position in with_cost),
        coverage=_coverage(held),
        positions=held,
        by_type=allocation(_by_type(priced)),
        by_account=allocation(_by_account(priced)),
        largest=largest(by_security),
    )


def _coverage(held: Iterable[Position]) -> Coverage:
    invested = [position for position in held if not position.security.is_cash]
    return Coverage(
        total=len(invested),
        lacking=sum(position.cost is None for position in invested),
        unpriced=sum(position.worth.value is None for position in invested),
    )


def _by_type(priced: Iterable[Position]) -> Iterable[tuple[str, str, Decimal]]:
    for position in priced:
        security = position.security
        yield security.security_type, security.get_security_type_display(), total([position.worth.value])


def _by_account(priced: Iterable[Position]) -> Iterable[tuple[int, str, Decimal]]:
    for position in priced:
        for part in position.parts:
            yield part.account.pk, str(part.account), total([part.worth.value])
