"""Who trades: per kind of account, the orders of its owner as data."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum, auto

BROKERAGE, IRA, TRADER, COINS, RETIREMENT, ROBOT = "brokerage", "ira", "trader", "coins", "401k", "robot"


class Do(Enum):
    """What an order asks for."""

    DEPOSIT = auto()
    CONTRIBUTE = auto()
    WITHDRAW = auto()
    FEE = auto()
    MANAGEMENT_FEE = auto()
    BUY = auto()
    SELL = auto()
    MOVE_IN = auto()
    SPIN_OFF = auto()


@dataclass(frozen=True, slots=True)
class Order:
    """Once, on a day counted from the first; or on the days `monthly` of the months, from the first on.

    A purchase is of `quantity` units or for `amount`; a sale without a quantity is of all that is held.
    """

    do: Do
    security: str = ""
    quantity: Decimal = Decimal(0)
    amount: Decimal = Decimal(0)
    fee: Decimal = Decimal(0)
    on: int = -1
    monthly: tuple[int, ...] = ()
    months: tuple[int, ...] = tuple(range(1, 13))

    def is_due(self, day: date, number: int) -> bool:
        """Whether the order is for this day, the numbered one from the first."""
        if self.monthly:
            return number >= self.on and day.day in self.monthly and day.month in self.months
        return number == self.on


@dataclass(frozen=True, slots=True)
class Customer:
    """The owner of an account: all orders, in the order of a day, and what is reinvested."""

    orders: tuple[Order, ...]
    reinvests: frozenset[str] = frozenset()


def _money(on: int, do: Do, amount: str) -> Order:
    return Order(do, amount=Decimal(amount), on=on)


def _units(on: int, do: Do, security: str, quantity: str, fee: str = "0") -> Order:
    return Order(do, security, Decimal(quantity), fee=Decimal(fee), on=on)


def _save(
    do: Do, amount: str, *days: int, security: str = "", months: tuple[int, ...] = tuple(range(1, 13)), on: int = 10
) -> Order:
    """Every month from the day `on`."""
    return Order(do, security, amount=Decimal(amount), monthly=days, months=months, on=on)


CUSTOMERS = {
    BROKERAGE: Customer(
        (
            _money(3, Do.DEPOSIT, "48000.00"),
            _units(4, Do.BUY, "xplt", "85"),
            _units(4, Do.BUY, "pltp", "24", "4.95"),
            _units(11, Do.BUY, "gngh", "40", "4.95"),
            _units(18, Do.BUY, "xbnd", "60"),
            _save(Do.DEPOSIT, "600.00", 5),
            _save(Do.BUY, "550.00", 6, security="xplt"),
            _units(310, Do.SELL, "gngh", "15", "4.97"),
            _units(371, Do.SELL, "gngh", "0", "4.98"),
            _units(540, Do.SELL, "pltp", "20", "4.96"),
            _money(560, Do.WITHDRAW, "1500.00"),
            _save(Do.FEE, "25.00", 28, months=(12,)),
        ),
        reinvests=frozenset({"xplt"}),
    ),
    IRA: Customer(
        (
            _money(3, Do.CONTRIBUTE, "7000.00"),
            _units(5, Do.BUY, "hnds", "60"),
            _units(5, Do.BUY, "ttidx", "25.5"),
            _save(Do.CONTRIBUTE, "250.00", 15),
            _save(Do.BUY, "250.00", 16, security="ttidx"),
        ),
        reinvests=frozenset({"hnds"}),
    ),
    TRADER: Customer(
        (
            _money(2, Do.DEPOSIT, "26000.00"),
            _units(8, Do.MOVE_IN, "womb", "120"),
            _units(9, Do.BUY, "treasury", "10", "10.00"),
            _units(30, Do.BUY, "hnds", "80", "1.00"),
            _units(45, Do.BUY, "call", "200", "1.30"),
            _units(200, Do.SPIN_OFF, "wbts", "30"),
            _units(260, Do.SELL, "hnds", "35", "1.02"),
            _save(Do.BUY, "180.00", 20, security="xplt"),
            _save(Do.DEPOSIT, "200.00", 18),
        ),
    ),
    COINS: Customer(
        (
            _money(6, Do.DEPOSIT, "3000.00"),
            _units(7, Do.BUY, "btc", "0.01873502", "14.25"),
            _units(7, Do.BUY, "eth", "0.40718833", "9.10"),
            _save(Do.DEPOSIT, "100.00", 1),
            _save(Do.BUY, "75.00", 2, security="btc"),
            _units(430, Do.SELL, "eth", "0.11", "3.40"),
        ),
    ),
    RETIREMENT: Customer(
        (
            _units(1, Do.MOVE_IN, "ttidx", "310.442"),
            _save(Do.CONTRIBUTE, "612.50", 15, 28),
            _save(Do.BUY, "600.00", 16, 28, security="trust"),
            _save(Do.MANAGEMENT_FEE, "18.00", 30, months=(3, 6, 9, 12), on=90),
        ),
    ),
    ROBOT: Customer(
        (
            _money(4, Do.DEPOSIT, "2500.00"),
            _units(5, Do.BUY, "xplt", "9"),
            _save(Do.DEPOSIT, "150.00", 3),
            _save(Do.BUY, "100.00", 4, security="xplt"),
            _save(Do.BUY, "45.00", 4, security="xbnd"),
        ),
        reinvests=frozenset({"xplt", "xbnd"}),
    ),
}
