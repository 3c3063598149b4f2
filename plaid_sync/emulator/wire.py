"""JSON as it travels: amounts are exact decimals in the text, never binary floats."""

import json
import re
from datetime import date, datetime
from decimal import Decimal

# A private-use character marks a number on its way through the encoder; escaped text cannot contain it unquoted.
_MARK = "\ue000"
_MARKED = re.compile(r'"\\ue000(-?\d+(?:\.\d+)?)"')


def dumps(payload: object) -> bytes:
    """The payload as JSON bytes; Decimal becomes a number with all its digits, dates become ISO text."""
    return _MARKED.sub(r"\1", json.dumps(payload, default=_encode, separators=(",", ":"))).encode("ascii")


def loads(body: bytes) -> object:
    """The value of a JSON text, with exact numbers; ValueError when it is none."""
    return json.loads(body, parse_float=Decimal)


def money(cents: int) -> Decimal:
    """Whole cents as an amount with two decimals."""
    return Decimal(cents).scaleb(-2)


def cents(amount: Decimal | str | int) -> int:
    """An amount in currency units as whole cents; ValueError when it has a fraction of a cent."""
    scaled = Decimal(amount).scaleb(2)
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{amount} is not a whole number of cents")
    return int(scaled)


def instant(moment: datetime) -> str:
    """A moment as Plaid writes it, in UTC."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _encode(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{_MARK}{value:f}"
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")
