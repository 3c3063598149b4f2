"""Which column of a table means what: written by a preset, by the mapping screen, or found in the file."""

from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, Self

# A column is named by its header, or by its place counted from 0 (files without header, and headers that occur twice).
Column = str | int


class Sign(StrEnum):
    POSITIVE = "positive"
    NEGATIVE = "negative"


class DateOrder(StrEnum):
    """Dates that begin with a year, and dates with a month's name, are read in any order."""

    MONTH_FIRST = "mdy"
    DAY_FIRST = "dmy"
    YEAR_FIRST = "ymd"


class DecimalMark(StrEnum):
    POINT = "."
    COMMA = ","


@dataclass(frozen=True, slots=True)
class Mapping:
    """How the rows of a table become statement lines. None or empty = not known, or not in the file.

    The amount is told in one of three ways:
    - `amount`, where `money_out` says which sign is money out;
    - `debit` and `credit` (one of them may be missing), where `debit_sign` and `credit_sign` say which sign a plain
      debit or credit has: the other sign is a reversal;
    - `amount` (its own sign is ignored) and `indicator`, a column whose cell is one of `out_words` for money out and
      one of `in_words` for money in; without `in_words` any other word is money in.

    `date` is the day a line posted, `transaction_date` the day of the purchase. `description` names the columns that
    make up the raw bank text. Rows whose `status` is one of `pending_words` are pending; where `posted_words` are
    given, a row with any other word (declined, say) is no transaction at all. `currency` is a column, `currency_code`
    an ISO code for the whole file. `account` is a column that names the account or card.

    `encoding`, `delimiter` and `header_row` override what is detected: `header_row` is the header's row number
    counted from 1, 0 says that there is none. `skip_rows` ignores so many rows at the top.
    """

    date: Column | None = None
    transaction_date: Column | None = None
    description: tuple[Column, ...] = ()
    merchant: Column | None = None
    amount: Column | None = None
    money_out: Sign | None = None
    debit: Column | None = None
    credit: Column | None = None
    debit_sign: Sign | None = None
    credit_sign: Sign | None = None
    indicator: Column | None = None
    out_words: tuple[str, ...] = ()
    in_words: tuple[str, ...] = ()
    balance: Column | None = None
    status: Column | None = None
    posted_words: tuple[str, ...] = ()
    pending_words: tuple[str, ...] = ()
    currency: Column | None = None
    currency_code: str = ""
    account: Column | None = None
    date_order: DateOrder | None = None
    decimal_mark: DecimalMark | None = None
    encoding: str = ""
    delimiter: str = ""
    header_row: int | None = None
    skip_rows: int = 0

    def to_json(self) -> dict[str, Any]:
        """What is known, as plain JSON values; `from_json` gives an equal mapping back."""
        said = {
            field.name: getattr(self, field.name) for field in fields(self) if self._says(field.name, field.default)
        }
        return {name: list(value) if isinstance(value, tuple) else value for name, value in said.items()}

    def _says(self, name: str, default: object) -> bool:
        return bool(getattr(self, name) != default)

    @classmethod
    def from_json(cls, stored: AnyMapping[str, Any]) -> Self:
        """The mapping that `to_json` wrote. ValueError on a key or a value that no mapping has."""
        known = {field.name for field in fields(cls)}
        if strangers := sorted(set(stored) - known):
            raise ValueError(f"A mapping has no field named {', '.join(strangers)}.")
        return cls(**{name: _typed(name, value) for name, value in stored.items()})


_CLOSED_SETS: dict[str, type[StrEnum]] = {
    "money_out": Sign,
    "debit_sign": Sign,
    "credit_sign": Sign,
    "date_order": DateOrder,
    "decimal_mark": DecimalMark,
}


def _typed(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    if name in _CLOSED_SETS and value is not None:
        return _CLOSED_SETS[name](value)
    return value
