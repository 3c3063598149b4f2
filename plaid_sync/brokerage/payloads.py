"""Plaid's JSON about investments, read into facts: exact, tolerant, and nothing left out in silence.

An entry that can't be read is counted and never taken for one that isn't there. Amounts keep four decimals, half
to even (coins have more), quantities and prices ten.
"""

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from typing import Any

from investments.facts import HoldingFacts, HoldingsRead, SecurityFacts, TradeFacts
from investments.models import Security
from money.fields import SMALLEST, to_ten_thousandths
from plaid_sync.answers import clean

_UNIT = Decimal("1e-10")
_LARGEST = Decimal("1e18")
_PRECISE = Context(prec=60, rounding=ROUND_HALF_EVEN)
_TYPES = set(Security.Type.values)


class Unreadable(ValueError):
    """An entry lacks what it must have, or has something else in its place."""


@dataclass(frozen=True, slots=True)
class TradesPage:
    """One page of /investments/transactions/get. `total` is the institution's count over all pages."""

    total: int
    rows: list[Any]
    securities: Mapping[str, SecurityFacts]
    request_id: str


def read_holdings(answer: Mapping[str, Any], account_id: str) -> HoldingsRead:
    """The account's part of an answer of /investments/holdings/get.

    KeyError or TypeError if it is none, or has no word about the account: that is not an empty account.
    """
    account = _account(answer, account_id)
    told = read_securities(answer)
    holdings: dict[str, HoldingFacts] = {}
    unread: set[str] = set()
    malformed, is_whole = 0, True
    for row in _of_account(answer["holdings"], account_id):
        key = _id(row, "security_id")
        try:
            holding = _holding(row, told)
        except Unreadable:
            malformed += 1
            unread.add(key)
            is_whole = is_whole and bool(key)
            continue
        holdings[key] = _together(holdings[key], holding) if key in holdings else holding
    balance, currency = _balance(account)
    return HoldingsRead(
        balance=balance,
        balance_currency=currency,
        securities=told,
        holdings={key: holding for key, holding in holdings.items() if key not in unread},
        unread=frozenset(unread - {""}),
        is_whole=is_whole,
        malformed=malformed,
        request_id=_text(answer.get("request_id"), 64),
    )


def read_trades_page(answer: Mapping[str, Any], account_id: str) -> TradesPage:
    """An answer of /investments/transactions/get. KeyError or TypeError as in `read_holdings`."""
    _account(answer, account_id)
    rows, total = answer["investment_transactions"], answer["total_investment_transactions"]
    if not isinstance(rows, list) or not isinstance(total, Decimal):
        raise TypeError("investment_transactions or total_investment_transactions")
    return TradesPage(
        total=int(total),
        rows=rows,
        securities=read_securities(answer),
        request_id=_text(answer.get("request_id"), 64),
    )


def read_securities(answer: Mapping[str, Any]) -> dict[str, SecurityFacts]:
    """All securities that can be told apart by an id."""
    rows = (row for row in answer["securities"] if isinstance(row, Mapping))
    return {key: _security(row, key) for row in rows if (key := _id(row, "security_id"))}


def trade_id(row: object) -> str:
    """The id of a trade; "" if it has none that can be read."""
    return _id(row, "investment_transaction_id") if isinstance(row, Mapping) else ""


def is_of_account(row: object, account_id: str) -> bool:
    """Whether an entry belongs to the account, as far as it says."""
    return not isinstance(row, Mapping) or row.get("account_id", account_id) == account_id


def read_trade(row: object) -> TradeFacts:
    """One investment transaction. Raises Unreadable."""
    if not isinstance(row, Mapping):
        raise Unreadable("no object")
    key = trade_id(row)
    if not key:
        raise Unreadable("no id")
    return TradeFacts(
        external_id=key,
        date=_required_day(row, "date"),
        raw_type=_text(row.get("type"), 64).casefold(),
        raw_subtype=_text(row.get("subtype"), 64).casefold(),
        name=_text(row.get("name"), 255),
        security=_id(row, "security_id"),
        quantity=_units(row.get("quantity")),
        price=_optional_units(row.get("price")),
        amount=_money(row.get("amount")),
        fees=_optional_money(row.get("fees")),
        currency=_currency(row),
    )


def _account(answer: Mapping[str, Any], account_id: str) -> Mapping[str, Any]:
    for row in answer["accounts"]:
        if isinstance(row, Mapping) and row.get("account_id") == account_id:
            return row
    raise KeyError(account_id)


def _of_account(rows: list[Any], account_id: str) -> Iterator[Any]:
    return (row if isinstance(row, Mapping) else {} for row in rows if is_of_account(row, account_id))


def _holding(row: Mapping[str, Any], told: Mapping[str, SecurityFacts]) -> HoldingFacts:
    key = _id(row, "security_id")
    if key not in told:
        raise Unreadable("a security that the answer does not describe")
    quantity, price = _units(row.get("quantity")), _optional_units(row.get("institution_price"))
    value = _optional_money(row.get("institution_value"))
    if value is None and price is not None:
        value = _money(_PRECISE.multiply(quantity, price))
    return HoldingFacts(
        security=key,
        quantity=quantity,
        price=price,
        price_as_of=_day(row.get("institution_price_as_of")),
        value=value,
        cost_basis=_optional_money(row.get("cost_basis")),
        currency=_currency(row),
    )


def _together(one: HoldingFacts, other: HoldingFacts) -> HoldingFacts:
    """Two entries for one security, such as the lots of different days: what isn't known of one isn't of both."""
    return replace(
        one,
        quantity=one.quantity + other.quantity,
        value=None if one.value is None or other.value is None else one.value + other.value,
        cost_basis=None if one.cost_basis is None or other.cost_basis is None else one.cost_basis + other.cost_basis,
    )


def _security(row: Mapping[str, Any], key: str) -> SecurityFacts:
    ticker = _text(row.get("ticker_symbol"), 64)
    kind = _text(row.get("type"), 16)
    price, day = _close_price(row), _day(row.get("close_price_as_of"))
    return SecurityFacts(
        external_id=key,
        name=_text(row.get("name"), 255) or ticker or "Unnamed security",
        ticker=ticker,
        security_type=kind if kind in _TYPES else Security.Type.OTHER,
        subtype=_text(row.get("subtype"), 64),
        figi=_code(row.get("figi")),
        isin=_code(row.get("isin")),
        sector=_text(row.get("sector"), 120),
        industry=_text(row.get("industry"), 120),
        is_cash_equivalent=row.get("is_cash_equivalent") is True,
        currency=_currency(row),
        close_price=price if day else None,
        close_price_as_of=day if price else None,
    )


def _close_price(row: Mapping[str, Any]) -> Decimal | None:
    """A price that is one; None for zero, which stands for "unknown" as often as for "worthless"."""
    try:
        price = _optional_units(row.get("close_price"))
    except Unreadable:
        return None
    return price if price and price > 0 else None


def _balance(account: Mapping[str, Any]) -> tuple[Decimal | None, str]:
    balances = account.get("balances")
    balances = balances if isinstance(balances, Mapping) else {}
    try:
        return _optional_money(balances.get("current")), _currency(balances)
    except Unreadable:
        return None, ""


def _id(row: Mapping[str, Any], key: str) -> str:
    value = row.get(key)
    return value if isinstance(value, str) and value == clean(value) and 0 < len(value) <= 64 else ""


def _text(value: object, longest: int) -> str:
    return clean(value).strip()[:longest] if isinstance(value, str) else ""


def _code(value: object) -> str:
    """A code of at most twelve characters; "" for what can't be one."""
    text = _text(value, 64)
    return text if len(text) <= 12 else ""


def _currency(row: Mapping[str, Any]) -> str:
    return _text(row.get("iso_currency_code"), 16) or _text(row.get("unofficial_currency_code"), 16) or "USD"


def _day(value: object) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None


def _required_day(row: Mapping[str, Any], key: str) -> datetime.date:
    day = _day(row.get(key))
    if day is None:
        raise Unreadable(f"no {key}")
    return day


def _number(value: object, smallest: Decimal) -> Decimal:
    if not isinstance(value, Decimal) or not value.is_finite() or abs(value) >= _LARGEST:
        raise Unreadable("no number")
    try:
        return value.quantize(smallest, context=_PRECISE)
    except InvalidOperation as error:
        raise Unreadable("no number that can be kept") from error


def _units(value: object) -> Decimal:
    return _number(value, _UNIT)


def _optional_units(value: object) -> Decimal | None:
    return None if value is None else _units(value)


def _money(value: object) -> Decimal:
    amount = _number(value, SMALLEST)
    try:
        to_ten_thousandths(amount)
    except ValueError as error:
        raise Unreadable("too large an amount") from error
    return amount


def _optional_money(value: object) -> Decimal | None:
    return None if value is None else _money(value)
