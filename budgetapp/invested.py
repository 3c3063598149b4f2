"""The investments as the accounts overview counts them; it works without them when their database can't be used."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from investments.models import InvestmentAccount
from investments.portfolio import AccountState, Portfolio, portfolio
from investments.reach import InvestmentsUnavailable, reaching


@dataclass(frozen=True, slots=True)
class Worth:
    """An amount with its currency."""

    currency: str
    value: Decimal


@dataclass(frozen=True, slots=True)
class InvestedLine:
    """An investment account with what it is worth, by currency; nothing if nothing in it has a price."""

    state: AccountState
    worths: Sequence[Worth]


@dataclass(frozen=True, slots=True)
class Invested:
    """All investment accounts; `unavailable` is a sentence if they can't be counted now."""

    lines: Sequence[InvestedLine] = ()
    values: Mapping[str, Decimal] = field(default_factory=dict)
    unpriced: int = 0
    unavailable: str = ""


def invested(*, today: date) -> Invested:
    """What is invested on `today` (New York's day)."""
    try:
        with reaching():
            book = portfolio(list(InvestmentAccount.objects.in_reading_order()), today=today)
    except InvestmentsUnavailable as error:
        return Invested(unavailable=str(error))
    return Invested(
        lines=invested_lines(book),
        values={each.currency: each.value for each in book.currencies},
        unpriced=sum(each.coverage.unpriced for each in book.currencies),
    )


def invested_lines(book: Portfolio) -> list[InvestedLine]:
    """The accounts of a portfolio in its order."""
    worths: defaultdict[int | None, list[Worth]] = defaultdict(list)
    for each in book.currencies:
        for part in each.by_account:
            worths[part.of].append(Worth(each.currency, part.value))
    return [InvestedLine(state, worths[state.account.pk]) for state in book.accounts]
