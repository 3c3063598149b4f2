"""What a person should know of the prices: how the last runs went, and what has no fresh price."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from investments.models import PriceRun, Security
from investments.prices import held_securities
from investments.symbols import quote_symbol


@dataclass(frozen=True, slots=True)
class Lacking:
    """A security that is held and had no price when one was last asked for; `reason` as the run noted it."""

    security: Security
    reason: str


def lacking(runs: Sequence[PriceRun], today: date) -> list[Lacking]:
    """What is held and lacks a fresh price, with the reason that the newest of `runs` gives."""
    stale = held_securities(today).filter(is_price_stale=True).order_by("ticker", "name", "pk")
    return [Lacking(security, _reason(quote_symbol(security), runs)) for security in stale]


def _reason(symbol: str | None, runs: Sequence[PriceRun]) -> str:
    return next((run.failures[symbol] for run in runs if symbol in run.failures), "")
