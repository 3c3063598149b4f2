"""Holdings, securities and investment transactions in the shapes of Plaid's answers."""

from collections.abc import Iterable
from datetime import timedelta

from plaid_sync.emulator.bank import Account
from plaid_sync.emulator.brokerage.market import Market
from plaid_sync.emulator.brokerage.portfolio import Holding, Portfolio, Trade
from plaid_sync.emulator.brokerage.securities import SECURITIES, Security
from plaid_sync.emulator.ids import identifier
from plaid_sync.emulator.payloads import CURRENCY, Payload, account_payload
from plaid_sync.emulator.world import World

_CURRENCY = {"iso_currency_code": CURRENCY, "unofficial_currency_code": None}


def security_id(key: str) -> str:
    """Plaid's id of a security: the same for every item."""
    return identifier("security", key)


def ticker(market: Market, security: Security) -> str | None:
    """What the security trades under; for an option its terms, as exchanges write them."""
    if terms := security.option:
        return f"{terms.underlying}{market.day(terms.last_day):%y%m%d}C{int(terms.strike * 1000):08}"
    return security.ticker


def investment_account_payload(account: Account) -> Payload:
    """An `accounts` entry of the investment endpoints."""
    payload = account_payload(account)
    balances = payload["balances"]
    if isinstance(balances, dict):
        balances["margin_loan_amount"] = None
    return payload


def holding_payload(portfolio: Portfolio, holding: Holding) -> Payload:
    """A position; the value is quantity times price in whole cents."""
    return {
        "account_id": portfolio.account_id,
        "security_id": security_id(holding.security.key),
        "cost_basis": holding.cost,
        "institution_price": holding.price,
        "institution_price_as_of": holding.priced_on,
        "institution_price_datetime": None,
        "institution_value": holding.value,
        "quantity": holding.quantity,
        "tax_lots": [],
        "vested_quantity": None,
        "vested_value": None,
        **_CURRENCY,
    }


def trade_payload(portfolio: Portfolio, trade: Trade) -> Payload:
    """An investment transaction."""
    return {
        "account_id": portfolio.account_id,
        "investment_transaction_id": trade.trade_id,
        "security_id": security_id(trade.security) if trade.security else None,
        "date": trade.date,
        "name": trade.name,
        "quantity": trade.quantity,
        "amount": trade.amount,
        "price": trade.price,
        "fees": trade.fees,
        "type": trade.type,
        "subtype": trade.subtype,
        **_CURRENCY,
    }


def securities_payload(world: World, keys: Iterable[str | None]) -> list[Payload]:
    """What is known of these securities, each once."""
    return [_security(world, SECURITIES[key]) for key in dict.fromkeys(keys) if key]


def _security(world: World, security: Security) -> Payload:
    market = world.market
    return {
        "security_id": security_id(security.key),
        "isin": None,
        "cusip": None,
        "sedol": None,
        "institution_security_id": None if ticker(market, security) else security.key.upper(),
        "institution_id": None,
        "proxy_security_id": None,
        "name": security.name,
        "ticker_symbol": ticker(market, security),
        "is_cash_equivalent": security.is_cash,
        "type": security.type,
        "subtype": security.subtype,
        "close_price": market.close(security, world.today),
        "close_price_as_of": market.priced_on(security, world.today),
        "update_datetime": None,
        "market_identifier_code": "XNAS" if security.type in {"equity", "etf"} else None,
        "sector": security.sector,
        "industry": security.industry,
        "cfi_code": None,
        "figi": security.figi,
        "option_contract": _option(market, security),
        "fixed_income": _bond(market, security),
        **_CURRENCY,
    }


def _option(market: Market, security: Security) -> Payload | None:
    terms = security.option
    if terms is None:
        return None
    return {
        "contract_type": "call",
        "expiration_date": market.day(terms.last_day),
        "strike_price": terms.strike,
        "underlying_security_ticker": terms.underlying,
    }


def _bond(market: Market, security: Security) -> Payload | None:
    terms = security.bond
    if terms is None:
        return None
    return {
        "face_value": terms.face_value,
        "issue_date": market.first_day + timedelta(days=terms.issued),
        "maturity_date": market.first_day + timedelta(days=terms.matures),
        "yield_rate": {"percentage": terms.percentage, "type": "coupon"},
    }
