"""What one position is worth, by the newest price that is known of it.

Two prices compete: the institution's (with the day it is of) and the security's last one from any
source. The newer counts; of the same day, the institution's, whose value is then taken as stated.
"""

import datetime
from dataclasses import dataclass, replace
from decimal import Decimal

from investments.models import Holding, Security
from money.fields import SMALLEST

# The longest that a market is usually closed: from Thursday's close to Tuesday's.
OLD_AFTER_DAYS = 4
_ROUNDING = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Valuation:
    """The worth of a position, the price behind it, the day of that price and where it is from.

    `value` and `price` are None together: the position has no price and belongs in no total.
    """

    value: Decimal | None
    price: Decimal | None
    as_of: datetime.date | None
    source: str

    def age(self, today: datetime.date) -> int | None:
        """How many days old the price is; None without one."""
        return None if self.as_of is None else max(0, (today - self.as_of).days)

    def is_old(self, today: datetime.date) -> bool:
        """Whether the price is older than a closed market explains."""
        age = self.age(today)
        return age is not None and age > OLD_AFTER_DAYS


NO_PRICE = Valuation(None, None, None, "")


def valuation(holding: Holding) -> Valuation:
    """What `holding` is worth now; its security must be loaded. Short positions are worth less than nothing."""
    security = holding.security
    if security.is_cash:
        source = _source_of_stated(holding)
        return Valuation(to_amount(holding.quantity), Decimal(1), holding.as_of_date, source)
    stated = _stated(holding)
    if security.close_price is None or security.close_price_as_of is None or security.currency != holding.currency:
        return stated
    is_newer = stated.as_of is None or security.close_price_as_of > stated.as_of
    if not is_newer or not is_price_per_unit(holding):
        return stated
    newest = Valuation(None, security.close_price, security.close_price_as_of, security.price_source)
    return at_price(holding.quantity, newest)


def at_price(quantity: Decimal, worth: Valuation) -> Valuation:
    """What `quantity` units are worth at the price of `worth`."""
    if worth.price is None:
        return NO_PRICE
    return replace(worth, value=to_amount(quantity * worth.price))


def to_amount(number: Decimal) -> Decimal:
    """`number` as an amount of money: four decimals, half to even."""
    return number.quantize(SMALLEST)


def _stated(holding: Holding) -> Valuation:
    price, value = holding.price, holding.value
    if value is None and price is not None:
        value = to_amount(holding.quantity * price)
    if price is None and value is not None and holding.quantity:
        price = value / holding.quantity
    if value is None or price is None:
        return NO_PRICE
    return Valuation(value, price, holding.price_as_of or holding.as_of_date, _source_of_stated(holding))


def _source_of_stated(holding: Holding) -> str:
    if holding.origin == Holding.Origin.REPORTED:
        return Security.PriceSource.PLAID
    security = holding.security
    is_of_that_day = holding.price_as_of is not None and holding.price_as_of == security.close_price_as_of
    return security.price_source if is_of_that_day else Security.PriceSource.MANUAL


def is_price_per_unit(holding: Holding) -> bool:
    """False where the institution's price is of something else than one unit, as bonds are quoted per 100.

    A price from elsewhere can't be put in the place of such a one.
    """
    if holding.value is None or holding.price is None:
        return True
    reckoned = holding.quantity * holding.price
    return abs(reckoned - holding.value) <= max(abs(holding.value) * _ROUNDING, _ROUNDING)
