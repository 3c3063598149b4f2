"""What an investment account holds: always exactly what its trades add up to."""

from dataclasses import dataclass, field
from datetime import date as Day  # noqa: N812  Trade has a field of that name
from decimal import Decimal

from plaid_sync.emulator.brokerage.market import Market
from plaid_sync.emulator.brokerage.securities import CASH, SECURITIES, Security

CENT = Decimal("0.01")
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Trade:
    """One investment transaction; `quantity` is what comes in, `amount` the money that goes out, fees included."""

    trade_id: str
    date: Day
    type: str
    subtype: str
    name: str
    quantity: Decimal = NOTHING
    amount: Decimal = NOTHING
    price: Decimal = NOTHING
    fees: Decimal | None = None
    security: str | None = None


@dataclass(frozen=True, slots=True)
class Holding:
    """A position at its last price; `cost` is for all of it, None where the bank does not know it."""

    security: Security
    quantity: Decimal
    cost: Decimal | None
    price: Decimal
    priced_on: Day

    @property
    def value(self) -> Decimal:
        """Quantity times price, in whole cents."""
        return (self.quantity * self.price).quantize(CENT)


@dataclass(slots=True)
class Portfolio:
    """The trades of one account and what they have left at the end of the day `as_of`."""

    account_id: str
    market: Market
    as_of: Day
    trades: dict[str, Trade] = field(default_factory=dict)

    def put(self, trade: Trade) -> None:
        """Add the trade, or replace the one with its id."""
        self.trades[trade.trade_id] = trade

    @property
    def cash(self) -> Decimal:
        """Money on the account: what the trades brought in less what they cost."""
        return -sum((trade.amount for trade in self.trades.values()), NOTHING)

    def quantity(self, key: str) -> Decimal:
        """How much of a security is held; short positions are negative."""
        return sum((trade.quantity for trade in self.trades.values() if trade.security == key), NOTHING)

    def holdings(self) -> list[Holding]:
        """All positions in the order in which they were first opened, cash last."""
        keys = dict.fromkeys(trade.security for trade in self.trades.values() if trade.security)
        held = [self._holding(key, self.quantity(key), self._cost(key)) for key in keys if self.quantity(key)]
        return [*held, self._holding(CASH, self.cash, self.cash)]

    @property
    def value(self) -> Decimal:
        """The worth of all positions and the cash."""
        return sum((holding.value for holding in self.holdings()), NOTHING)

    def _holding(self, key: str, quantity: Decimal, cost: Decimal | None) -> Holding:
        security = SECURITIES[key]
        price, priced_on = self.market.close(security, self.as_of), self.market.priced_on(security, self.as_of)
        return Holding(security, quantity, cost, price, priced_on)

    def _cost(self, key: str) -> Decimal | None:
        """By average: sales take their share of the cost away, shares moved in from elsewhere make it unknown."""
        quantity, cost = NOTHING, NOTHING
        is_known = True
        trades = (trade for trade in self.trades.values() if trade.security == key and trade.quantity)
        for trade in sorted(trades, key=lambda trade: trade.date):
            if trade.quantity < 0 and quantity > 0:
                cost -= (cost * min(-trade.quantity, quantity) / quantity).quantize(CENT)
            elif trade.type == "buy":
                cost += trade.amount
            elif trade.subtype == "transfer":
                is_known = False
            quantity += trade.quantity
            if not quantity:
                cost, is_known = NOTHING, True
        return cost if is_known else None
