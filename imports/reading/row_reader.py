"""One row of a table read into one statement line, by a complete mapping."""

import datetime
import re
from decimal import Decimal

from accounts.lines import StatementLine
from imports.reading.amounts import currency_of, parse_amount
from imports.reading.columns import COLUMN_FIELDS, Columns, cell
from imports.reading.dates import parse_date
from imports.reading.mapping import DateOrder, DecimalMark, Mapping, Sign
from imports.reading.statements import FileLine
from imports.reading.tables import Row

_ISO_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
# Brokers date a row "04/03/2025 as of 04/02/2025": booked on the first day, effective on the second.
_AS_OF = re.compile(r"\s+as\s+of\s+", re.IGNORECASE)


class Unreadable(Exception):
    """One cell can't be read; `column` is its name, the exception's text the reason."""

    def __init__(self, column: str, text: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.text = text


class RowReader:
    """Reads the cells that a mapping names. Every method raises Unreadable where a cell isn't what it should be."""

    def __init__(self, mapping: Mapping, columns: Columns, today: datetime.date) -> None:
        self.mapping = mapping
        self.columns = columns
        self._today = today
        self._places = {name: columns.place(getattr(mapping, name)) for name in COLUMN_FIELDS}
        self._description = [columns.place(column) for column in mapping.description]
        # Left open only where every answer reads the same.
        self._order = mapping.date_order or DateOrder.MONTH_FIRST
        self._mark = mapping.decimal_mark or DecimalMark.POINT
        self._out_words = set(map(str.casefold, mapping.out_words))
        self._in_words = set(map(str.casefold, mapping.in_words))

    def text(self, row: Row, field: str) -> str:
        """The cell of the column that plays this part, empty where there is none."""
        return cell(row, self._places[field])

    def entry(self, row: Row, *, is_pending: bool) -> FileLine:
        """The whole row."""
        posted, happened = self.dates(row)
        line = StatementLine(
            external_id="",
            date=posted,
            amount=self.amount(row),
            currency=self._currency(row),
            description=self.description(row),
            merchant=_one_line(self.text(row, "merchant")),
            authorized_date=happened,
            is_pending=is_pending,
        )
        return FileLine(row.number, line, self.balance(row))

    def dates(self, row: Row) -> tuple[datetime.date, datetime.date | None]:
        """The day it posted, and the day it happened where the file has both."""
        booked, _, effective = _AS_OF.sub("\n", self.text(row, "date")).partition("\n")
        posted = self._date(booked, "date")
        happened = effective or self.text(row, "transaction_date")
        return posted, self._date(happened, "transaction_date") if happened else None

    def _date(self, text: str, field: str) -> datetime.date:
        if not text:
            raise Unreadable(self.title(field), "", "The date is missing.")
        try:
            return parse_date(text, self._order, self._today)
        except ValueError as error:
            raise Unreadable(self.title(field), text, _reason(error, "This is no date.")) from None

    def amount(self, row: Row) -> Decimal:
        """Positive for money out."""
        if self.mapping.amount is None:
            return self._from_pair(row)
        number = self._number(row, "amount")
        if number is None:
            raise Unreadable(self.title("amount"), "", "The amount is missing.")
        if self.mapping.indicator is not None:
            return abs(number) if self._says_out(row) else -abs(number)
        return -number if self.mapping.money_out is Sign.NEGATIVE else number

    def _from_pair(self, row: Row) -> Decimal:
        debit, credit = self._number(row, "debit"), self._number(row, "credit")
        if debit is None and credit is None:
            raise Unreadable(self.title("debit") or self.title("credit"), "", "The amount is missing.")
        if debit and credit:
            text = f"{self.text(row, 'debit')} | {self.text(row, 'credit')}"
            raise Unreadable(self.title("debit"), text, "This row has both money out and money in.")
        money_out = (debit or Decimal(0)) * (-1 if self.mapping.debit_sign is Sign.NEGATIVE else 1)
        money_in = (credit or Decimal(0)) * (-1 if self.mapping.credit_sign is Sign.NEGATIVE else 1)
        return money_out - money_in

    def _says_out(self, row: Row) -> bool:
        word = self.text(row, "indicator")
        if word.casefold() in self._out_words:
            return True
        if word and (not self._in_words or word.casefold() in self._in_words):
            return False
        raise Unreadable(self.title("indicator"), word, "This word says neither money out nor money in.")

    def _number(self, row: Row, field: str) -> Decimal | None:
        text = self.text(row, field)
        if not text:
            return None
        try:
            return parse_amount(text, self._mark)
        except ValueError as error:
            raise Unreadable(self.title(field), text, _reason(error, "This is no amount.")) from None

    def balance(self, row: Row) -> Decimal | None:
        """The balance after the row; None where it isn't stated, or not as a number."""
        try:
            return self._number(row, "balance")
        except Unreadable:
            return None

    def description(self, row: Row) -> str:
        return _one_line(" ".join(filter(None, (cell(row, place) for place in self._description))))

    def _currency(self, row: Row) -> str:
        code = self.text(row, "currency").upper()
        if _ISO_CURRENCY.fullmatch(code):
            return code
        amounts = (self.text(row, field) for field in ("amount", "debit", "credit"))
        return self.mapping.currency_code or next(filter(None, map(currency_of, amounts)), "")

    def title(self, field: str) -> str:
        """What a person calls the column that plays this part."""
        return self.columns.title(getattr(self.mapping, field))


def _one_line(text: str) -> str:
    return " ".join(text.splitlines()) if "\n" in text or "\r" in text else text


def _reason(error: ValueError, plain: str) -> str:
    # Only sentences of this package are for readers; Python's own are not.
    return str(error) if str(error).startswith(("This ", "The ")) else plain
