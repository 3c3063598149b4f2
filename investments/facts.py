"""What an institution says of an account: the form in which it is recorded, whatever its source calls things."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class SecurityFacts:
    """A security as the institution describes it; `close_price` is None without a day that it is of."""

    external_id: str
    name: str
    ticker: str
    security_type: str
    subtype: str
    figi: str
    isin: str
    sector: str
    industry: str
    is_cash_equivalent: bool
    currency: str
    close_price: Decimal | None
    close_price_as_of: date | None


@dataclass(frozen=True, slots=True)
class HoldingFacts:
    """A position: `cost_basis` is of all of it, None is unknown and zero is zero."""

    security: str
    quantity: Decimal
    price: Decimal | None
    price_as_of: date | None
    value: Decimal | None
    cost_basis: Decimal | None
    currency: str


@dataclass(frozen=True, slots=True)
class HoldingsRead:
    """All that the institution says an account holds.

    `unread` are securities of positions that can't be read; with `is_whole` False there are some whose security
    can't be read either. What is neither told nor unread is not held any more.
    """

    balance: Decimal | None
    balance_currency: str
    securities: Mapping[str, SecurityFacts]
    holdings: Mapping[str, HoldingFacts]
    unread: frozenset[str] = frozenset()
    is_whole: bool = True
    malformed: int = 0
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class TradeFacts:
    """Something that happened; signs as in `InvestmentTransaction`. `security` is "" where none is concerned."""

    external_id: str
    date: date
    raw_type: str
    raw_subtype: str
    name: str
    security: str
    quantity: Decimal
    price: Decimal | None
    amount: Decimal
    fees: Decimal | None
    currency: str


@dataclass(slots=True)
class TradesRead:
    """What the institution says happened from `first` to `last`, put together from its pages.

    `unread` are ids that it still sends and that can't be read; with `is_whole` False more may be missing, so
    that nothing may be concluded from what is not there.
    """

    first: date
    last: date
    trades: dict[str, TradeFacts] = field(default_factory=dict)
    securities: dict[str, SecurityFacts] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    is_whole: bool = True
    malformed: int = 0
    pages: int = 0
    request_id: str = ""


@dataclass(slots=True)
class Recorded:
    """What recording changed, in rows: positions that are held and that ended, transactions of each fate."""

    positions: int = 0
    ended: int = 0
    added: int = 0
    modified: int = 0
    withdrawn: int = 0
    unchanged: int = 0
    unknown: int = 0
