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

    `is_debt` says that the account is a credit card or a loan: whether its running balance is money held or money owed
    can't be known, so the balance doesn't settle which sign is money out.
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
    is_debt: bool = False

    def __post_init__(self) -> None:
        """Plain words and lists, as forms and JSON have them, become what the fields say. ValueError on other words."""
        for name, members in _CLOSED_SETS.items():
            if getattr(self, name) is not None:
                object.__setattr__(self, name, members(getattr(self, name)))
        for name in _LISTS:
            object.__setattr__(self, name, tuple(getattr(self, name)))

    def to_json(self) -> dict[str, Any]:
        """What is known, as plain JSON values; `from_json` gives an equal mapping back."""
        said = {field.name: getattr(self, field.name) for field in fields(self)}
        known = {field.name: said[field.name] for field in fields(self) if said[field.name] != field.default}
        return {name: _plain(value) for name, value in known.items()}

    @classmethod
    def from_json(cls, stored: AnyMapping[str, Any]) -> Self:
        """The mapping that `to_json` wrote. ValueError on a key or a value that no mapping has."""
        known = {field.name for field in fields(cls)}
        if strangers := sorted(set(stored) - known):
            raise ValueError(f"A mapping has no field named {', '.join(strangers)}.")
        return cls(**stored)


_CLOSED_SETS: dict[str, type[StrEnum]] = {
    "money_out": Sign,
    "debit_sign": Sign,
    "credit_sign": Sign,
    "date_order": DateOrder,
    "decimal_mark": DecimalMark,
}
_LISTS = ("description", "out_words", "in_words", "posted_words", "pending_words")


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return list(value)
    return str(value) if isinstance(value, StrEnum) else value
