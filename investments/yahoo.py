"""Prices from Yahoo Finance. The only module that imports yfinance, and only when a price is asked for."""

import math
import struct
import warnings
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from investments.models import Security
from investments.quotes import Quotes, RateLimited, SourceFailed, Span

# Some exchanges quote in hundredths, under names that are no ISO codes.
_HUNDREDTHS = {"GBp": "GBP", "GBX": "GBP", "ZAc": "ZAR", "ZAC": "ZAR", "ILA": "ILS"}
_SMALLEST = Decimal(1).scaleb(-10)  # what the price columns hold
_SECONDS_PER_REQUEST = 10


class YahooQuotes:
    """A QuoteSource that asks Yahoo. Without a session, yfinance's own one, which passes for a browser."""

    price_source = Security.PriceSource.YFINANCE

    def __init__(self, session: Any = None) -> None:
        self._session = session

    def quotes(self, symbol: str, span: Span) -> Quotes | None:
        """The daily closes of the symbol; None if Yahoo knows none. Raises SourceFailed."""
        yfinance, unanswered_look_ups = _yfinance(settings.DATA_DIR / "cache" / "yfinance")
        ticker = yfinance.Ticker(symbol, session=self._session)
        try:
            frame = ticker.history(period=span.value, auto_adjust=False, timeout=_SECONDS_PER_REQUEST)
            about = ticker.history_metadata
        except yfinance.exceptions.YFRateLimitError as error:
            raise RateLimited from error
        # A symbol that Yahoo doesn't know ends in a refused look-up of its time zone; one without trades lacks fields.
        except (*unanswered_look_ups, yfinance.exceptions.YFException, LookupError, TypeError):
            return None
        except (OSError, ValueError) as error:  # no connection, too slow, or a page instead of JSON
            raise SourceFailed(type(error).__name__) from error
        rows = zip(frame.index, frame["Close"], frame["Stock Splits"], strict=True)
        return _quotes(about, [(moment.date(), close, split) for moment, close, split in rows])


def _quotes(about: Any, rows: list[tuple[date, float, float]]) -> Quotes | None:
    currency = about.get("currency")
    if not currency:
        return None
    unit = Decimal("0.01") if currency in _HUNDREDTHS else Decimal(1)
    closes = {day: (close * unit).quantize(_SMALLEST) for day, close in _as_traded(rows)}
    closes = {day: close.normalize() for day, close in closes.items() if close > 0}
    name = about.get("longName") or about.get("shortName") or ""
    return Quotes(_HUNDREDTHS.get(currency, currency), closes, name) if closes else None


def _as_traded(rows: Iterable[tuple[date, float, float]]) -> list[tuple[date, Decimal]]:
    """The closes, oldest first, without Yahoo's adjustment of the days before a split."""
    factor, closes = Decimal(1), []
    for day, close, split in reversed(list(rows)):
        if math.isfinite(close):
            closes.append((day, exact(close) * factor))
        if math.isfinite(split) and split > 0:
            factor *= Decimal(str(float(split)))
    return closes[::-1]


def exact(number: float) -> Decimal:
    """The decimal that was meant: Yahoo makes 32-bit floats of prices, so that 75.0875 comes as 75.08750152587891."""
    for digits in range(1, 10):
        text = f"{number:.{digits}g}"
        if _in_32_bits(float(text)) == number:
            return Decimal(text)
    return Decimal(str(float(number)))


def _in_32_bits(number: float) -> float:
    try:
        return float(struct.unpack("f", struct.pack("f", number))[0])
    except OverflowError:
        return math.inf


@lru_cache(maxsize=1)
def _yfinance(cache_folder: Path) -> tuple[Any, tuple[type[Exception], ...]]:
    """The library, with its cache in this folder, and the errors that say that a look-up was refused."""
    import curl_cffi.requests.exceptions
    import requests
    import yfinance

    cache_folder.mkdir(parents=True, exist_ok=True)
    yfinance.set_tz_cache_location(str(cache_folder))
    yfinance.config.debug.hide_exceptions = False  # else "no connection" and "no such symbol" look the same
    warnings.filterwarnings("ignore", module=r"yfinance\.")  # it uses what pandas will drop one day
    return yfinance, (requests.HTTPError, curl_cffi.requests.exceptions.HTTPError)
