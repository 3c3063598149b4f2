"""What is held, security by security: its worth, weight, cost and gain.

Values have the reader's sign: positive is owned, a gain is positive.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from investments.day_change import Change, change, earlier_prices
from investments.models import Holding, InvestmentAccount, Security
from investments.shares import weights
from investments.valuation import NO_PRICE, Valuation, at_price, valuation

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Part:
    """What one account holds of a security.

    `before`: what the same units were worth at the price of the day before the newest one's, None if not known.
    `cost` is None if unknown, and for cash.
    """

    account: InvestmentAccount
    holding: Holding
    worth: Valuation
    before: Decimal | None

    @property
    def cost(self) -> Decimal | None:
        return None if self.holding.security.is_cash else self.holding.cost_basis

    @property
    def gain(self) -> Change | None:
        return gain([self])

    @property
    def day(self) -> Change | None:
        return day_change([self])


@dataclass(frozen=True, slots=True)
class Position:
    """A security in one currency over all accounts that hold it; `parts` are the accounts', largest first.

    `worth`: value of all parts, newest price. Without a price: its value, `weight`, `gain` and `day` are None.
    `cost` is None if that of any part is unknown, and so are `average_cost` and `gain`; cash has none of them.
    """

    security: Security
    quantity: Decimal
    worth: Valuation
    weight: Decimal | None
    parts: tuple[Part, ...]

    @property
    def cost(self) -> Decimal | None:
        costs = [part.cost for part in self.parts]
        return None if None in costs else total(costs)

    @property
    def average_cost(self) -> Decimal | None:
        """Of one unit; None for short positions too."""
        return None if self.cost is None or self.quantity <= 0 else self.cost / self.quantity

    @property
    def gain(self) -> Change | None:
        return None if self.cost is None else gain(self.parts)

    @property
    def day(self) -> Change | None:
        return day_change(self.parts)


def positions(parts: Iterable[Part]) -> tuple[Position, ...]:
    """The parts of one currency by security: the largest value first, what has no price last. Weights add up to 100."""
    by_security: dict[int, list[Part]] = defaultdict(list)
    for part in parts:
        by_security[part.holding.security_id].append(part)
    listed = sorted((_position(each) for each in by_security.values()), key=_reading_order)
    priced = [position for position in listed if position.worth.value is not None]
    shares = weights([position.worth.value or NOTHING for position in priced])
    weighed = [replace(position, weight=share) for position, share in zip(priced, shares, strict=True)]
    return (*weighed, *listed[len(priced) :])


def parts_of(
    holdings: Iterable[Holding], accounts: Mapping[int, InvestmentAccount], *, today: datetime.date
) -> list[Part]:
    """Each holding with its worth, now and at the price before."""
    valued = _valued(list(holdings))
    earlier = earlier_prices(valued, today=today)
    return [
        Part(
            account=accounts[holding.investment_account_id],
            holding=holding,
            worth=worth,
            before=earlier.value_before(holding, worth, today=today),
        )
        for holding, worth in valued
    ]


def _valued(holdings: Sequence[Holding]) -> list[tuple[Holding, Valuation]]:
    """One without a price borrows what another account states of the security."""
    valued = [(holding, valuation(holding)) for holding in holdings]
    newest: dict[tuple[int, str], Valuation] = {}
    for holding, worth in valued:
        key = (holding.security_id, holding.currency)
        newest[key] = _newer(newest.get(key, NO_PRICE), worth)
    return [
        (
            holding,
            at_price(holding.quantity, newest[holding.security_id, holding.currency]) if worth.price is None else worth,
        )
        for holding, worth in valued
    ]


def gain(parts: Iterable[Part]) -> Change | None:
    """Value less cost of the parts that have both; None if none has."""
    both = [(part.worth.value, part.cost) for part in parts if part.worth.value is not None and part.cost is not None]
    return change(total(value for value, _ in both), total(cost for _, cost in both)) if both else None


def day_change(parts: Iterable[Part]) -> Change | None:
    """What the last change of price did to the parts that have two prices, money beside them; None if none has."""
    both = [
        (part.worth.value, part.before) for part in parts if part.worth.value is not None and part.before is not None
    ]
    return change(total(now for now, _ in both), total(before for _, before in both)) if both else None


def total(amounts: Iterable[Decimal | None]) -> Decimal:
    """The sum of what is known."""
    return sum((amount for amount in amounts if amount is not None), NOTHING)


def _position(parts: list[Part]) -> Position:
    ordered = sorted(parts, key=lambda part: (-(part.worth.value or NOTHING), part.account.pk))
    worth = NO_PRICE
    for part in ordered:
        worth = _newer(worth, part.worth)
    if worth.value is not None:
        worth = replace(worth, value=total(part.worth.value for part in ordered))
    quantity = total(part.holding.quantity for part in ordered)
    return Position(ordered[0].holding.security, quantity, worth, None, tuple(ordered))


def _newer(one: Valuation, other: Valuation) -> Valuation:
    if one.as_of is None or (other.as_of is not None and other.as_of > one.as_of):
        return other
    return one


def _reading_order(position: Position) -> tuple[bool, Decimal, str, int]:
    value = position.worth.value
    return value is None, -(value or NOTHING), str(position.security).casefold(), position.security.pk
