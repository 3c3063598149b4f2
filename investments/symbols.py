"""What a security is called at a source of prices, which follows Yahoo's names."""

import re

from investments.models import Security
from investments.models.security import CURRENCY_PREFIX, coin_of

# Options, and bonds (whose ticker is the issuer's), would be mistaken for shares; the rest has no market price.
_UNQUOTED = frozenset({Security.Type.CASH, Security.Type.DERIVATIVE, Security.Type.FIXED_INCOME, Security.Type.LOAN})
_OPTION = re.compile(r"[A-Z]{1,6}\d{6}[CP]\d{8}")
_SHARE_CLASS = re.compile(r"([A-Z]{1,5})[./ ]([A-D])")  # no exchange of Yahoo has these letters as its suffix


def quote_symbol(security: Security) -> str | None:
    """The symbol to ask for; None if no source can know the security, or it is money at a fixed price."""
    ticker = security.ticker.strip().upper()
    if not ticker or security.security_type in _UNQUOTED or security.is_cash_equivalent:
        return None
    if security.security_type == Security.Type.CRYPTOCURRENCY:
        coin = coin_of(ticker, security.currency)
        return coin if "-" in coin else f"{coin}-{security.currency}"
    if ticker.startswith(CURRENCY_PREFIX) or _OPTION.fullmatch(ticker):
        return None
    return _SHARE_CLASS.sub(r"\1-\2", ticker) if _SHARE_CLASS.fullmatch(ticker) else ticker
