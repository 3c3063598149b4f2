"""Rows with more cells than the table has columns."""

from decimal import Decimal

from imports.reading.row_reader import RowReader, Unreadable
from imports.reading.tables import Row

# More commas than this in one description are no accident of quoting.
_MOST_PARTS = 6


def is_too_long(row: Row, width: int) -> bool:
    """Whether cells beyond the last column hold anything. Some banks end every row with a comma too many."""
    return len(row.cells) > width and any(map(str.strip, row.cells[width:]))


def rejoined(row: Row, reader: RowReader, delimiter: str) -> Row | None:
    """The row with its description put together again, where a delimiter in it wasn't quoted.

    None unless exactly one reading makes sense: all ways to join neighbours that leave readable dates and amounts must
    give the same amounts, and joining the description must be one of them.
    """
    surplus = len(row.cells) - reader.columns.width
    place = reader.columns.place(reader.mapping.description[0])
    if surplus >= _MOST_PARTS or place is None:
        return None
    readings: set[tuple[Decimal, Decimal | None]] = set()
    joined: Row | None = None
    for start in range(reader.columns.width):
        candidate = _joined(row, start, surplus, delimiter)
        outcome = _outcome(candidate, reader)
        if outcome:
            readings.add(outcome)
            joined = candidate if start == place else joined
    return joined if len(readings) == 1 else None


def _joined(row: Row, start: int, surplus: int, delimiter: str) -> Row:
    end = start + surplus + 1
    return Row(row.number, [*row.cells[:start], delimiter.join(row.cells[start:end]), *row.cells[end:]])


def _outcome(row: Row, reader: RowReader) -> tuple[Decimal, Decimal | None] | None:
    try:
        reader.dates(row)
        amount = reader.amount(row)
    except Unreadable:
        return None
    balance = reader.balance(row)
    if balance is None and reader.text(row, "balance"):
        return None
    return amount, balance
