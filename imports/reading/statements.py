"""What a file says: the result of reading it, before anything is compared with the books."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from accounts.lines import StatementLine
from imports.reading.mapping import Mapping


class Kind(StrEnum):
    CSV = "csv"
    OFX = "ofx"  # QFX is the same format


class Verdict(StrEnum):
    PASS = "pass"  # noqa: S105  # a verdict, no password
    FAIL = "fail"
    NOT_AVAILABLE = "n/a"


class Topic(StrEnum):
    """What the mapping screen has to ask."""

    DATE = "date"  # which column
    DESCRIPTION = "description"  # which column or columns
    AMOUNT = "amount"  # which column, or which pair
    MONEY_OUT = "money_out"  # which sign of the amount column is money out
    DEBIT_SIGN = "debit_sign"  # what a negative number in the debit column means
    CREDIT_SIGN = "credit_sign"
    INDICATOR_WORDS = "out_words"  # which words of the indicator column mean money out
    DATE_ORDER = "date_order"  # day or month first
    DECIMAL_MARK = "decimal_mark"  # comma or point
    COLUMNS = "columns"  # the given mapping names columns that this file doesn't have


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that the file alone doesn't tell, and that is therefore not guessed.

    The topic's value is the field of `Mapping` that answers it (but for `columns`); `choices` are the values allowed
    there, empty where any column will do.
    """

    topic: Topic
    sentence: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about one row. `row` counts from 1 as a spreadsheet does (OFX: the n-th transaction of the file)."""

    row: int
    column: str
    cell: str
    reason: str


@dataclass(frozen=True, slots=True)
class FileLine:
    """One transaction of the file; `balance` is the account's balance after it, where the file has one."""

    row: int
    line: StatementLine
    balance: Decimal | None = None


@dataclass(frozen=True, slots=True)
class BalanceProof:
    """Whether balance before + amount = balance after, row by row. On FAIL `row` is the first row that breaks it.

    `is_owed`: the balance grows with money out, as that of a debt does. On an account that is none, the sign of the
    amounts is doubtful.
    """

    verdict: Verdict
    detail: str
    row: int | None = None
    is_owed: bool = False


@dataclass(frozen=True, slots=True)
class FileStatement:
    """The lines of one account, in the order of the file.

    `account_hint`: the last digits (at most 4) of the account's number, or empty. `accounts`: the account names or
    numbers that the rows state; more than one means that several accounts may be mixed here. `currency`: the ISO code
    of the whole statement, or empty; lines of a file that is silent have an empty currency (see `posted`).
    `lines` are posted, `pending` are kept apart and are no business of a posted import. `problems` are rows that can't
    be imported; `notes` are rows that hold no transaction (balances, footers) or were repaired.
    """

    lines: tuple[FileLine, ...] = ()
    pending: tuple[FileLine, ...] = ()
    problems: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()
    account_hint: str = ""
    account_name: str = ""
    accounts: tuple[str, ...] = ()
    currency: str = ""
    proof: BalanceProof = BalanceProof(Verdict.NOT_AVAILABLE, "The file has no running balance.")

    def posted(self, currency: str) -> Iterator[FileLine]:
        """The posted lines; `currency` (the account's) stands in where the file names none.

        Name them with `accounts.lines.identified` only after this, as the currency is part of a line's name.
        """
        for entry in self.lines:
            yield entry if entry.line.currency else replace(entry, line=replace(entry.line, currency=currency))

    @property
    def first_date(self) -> datetime.date | None:
        return min((entry.line.date for entry in self.lines), default=None)

    @property
    def last_date(self) -> datetime.date | None:
        return max((entry.line.date for entry in self.lines), default=None)

    @property
    def money_out(self) -> Decimal:
        """The sum of all posted money out, a positive number."""
        return sum((entry.line.amount for entry in self.lines if entry.line.amount > 0), Decimal(0))

    @property
    def money_in(self) -> Decimal:
        """The sum of all posted money in, a positive number."""
        return -sum((entry.line.amount for entry in self.lines if entry.line.amount < 0), Decimal(0))


@dataclass(frozen=True, slots=True)
class SampleRow:
    row: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """All that one file says.

    While `questions` is not empty nothing is read: `statements` is empty and `mapping` is the best suggestion for the
    mapping screen, possibly incomplete. Otherwise `mapping` is what was used (the given one, a preset's, or one that
    the file itself proves). `preset` names the preset in use. `fingerprint` identifies the header, so that a mapping
    can be remembered; it is empty for a file without header (and for OFX, which needs no mapping).
    `header_row` is the header's row number, None without one; `sample` holds the first rows below it.
    """

    kind: Kind
    statements: tuple[FileStatement, ...] = ()
    questions: tuple[Question, ...] = ()
    mapping: Mapping | None = None
    preset: str | None = None
    fingerprint: str = ""
    encoding: str = ""
    delimiter: str = ""
    header_row: int | None = None
    header: tuple[str, ...] = ()
    sample: tuple[SampleRow, ...] = ()
