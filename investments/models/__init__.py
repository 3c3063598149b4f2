"""The second database: what is invested where, what it is worth, and what happened to it."""

from investments.models.day_value import DayValue
from investments.models.holding import Holding
from investments.models.investment_account import InvestmentAccount
from investments.models.investment_transaction import InvestmentTransaction
from investments.models.market_session import MarketSession
from investments.models.price_quote import PriceQuote
from investments.models.price_run import PriceRun
from investments.models.security import Security

__all__ = [
    "DayValue",
    "Holding",
    "InvestmentAccount",
    "InvestmentTransaction",
    "MarketSession",
    "PriceQuote",
    "PriceRun",
    "Security",
]
