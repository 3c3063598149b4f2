"""The trades of an investment account as plain JSON values, and back."""

from collections.abc import Callable
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any, get_type_hints

from plaid_sync.emulator.brokerage.portfolio import Portfolio, Trade
from plaid_sync.emulator.world import World

_FIELDS = tuple(field.name for field in fields(Trade))
_READERS: dict[object, Callable[[Any], Any]] = {
    date: date.fromisoformat,
    Decimal: Decimal,
    Decimal | None: lambda value: value and Decimal(value),
}
_HINTS = get_type_hints(Trade)


def record(portfolio: Portfolio | None) -> dict[str, Any]:
    """What to keep of the portfolio; nothing for an account that has none."""
    if portfolio is None:
        return {}
    return {"trades": [[_plain(getattr(trade, name)) for name in _FIELDS] for trade in portfolio.trades.values()]}


def restored(entry: dict[str, Any], world: World, as_of: date) -> Portfolio | None:
    """The portfolio of an account's record; None for an account that has none."""
    if "trades" not in entry:
        return None
    portfolio = Portfolio(entry["account_id"], world.market, as_of)
    for values in entry["trades"]:
        portfolio.put(Trade(*(_read(name, value) for name, value in zip(_FIELDS, values, strict=True))))
    return portfolio


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Decimal | date) else value


def _read(name: str, value: Any) -> Any:
    reader = _READERS.get(_HINTS[name])
    return reader(value) if reader else value
