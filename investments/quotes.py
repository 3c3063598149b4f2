"""What a source of prices answers, whichever it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from investments.models import Security


class Span(StrEnum):
    """How far back prices are wanted, as Yahoo writes it."""

    WEEK = "5d"
    MONTH = "1mo"
    TWO_YEARS = "2y"


@dataclass(frozen=True, slots=True)
class Quotes:
    """The closing prices of one symbol, in whole units of `currency`; at least one, none of them zero.

    They are as they were traded: not adjusted for splits that came later. The last may be of a day that still runs.
    """

    currency: str
    closes: Mapping[date, Decimal]
    name: str = ""


class SourceFailed(Exception):
    """The source gave no answer that says anything about the symbol."""


class RateLimited(SourceFailed):
    """The source wants to be left alone for a while."""


class QuoteSource(Protocol):
    """Where prices come from."""

    price_source: Security.PriceSource

    def quotes(self, symbol: str, span: Span) -> Quotes | None:
        """The prices of the symbol; None if the source knows none. Raises SourceFailed."""
