"""Rows with more cells than the table has columns."""

import re
from decimal import Decimal

from imports.reading.row_reader import RowReader, Unreadable
from imports.reading.tables import Row

_DIGIT = re.compile(r"\d", re.ASCII)
_NUMBERS = ("amount", "debit", "credit", "balance")
# More commas than this in one description are no accident of quoting.
_MOST_PARTS = 6


def is_too_long(row: Row, width: int) -> bool:
    """Whether cells beyond the last column hold anything. Some banks end every row with a comma too many."""
    return len(row.cells) > width and any(map(str.strip, row.cells[width:]))


def rejoined(row: Row, reader: RowReader, delimiter: str) -> Row | None:
    """The row with its description put together again, where delimiters in it weren't quoted.

    None unless exactly one reading makes sense: whatever share of the surplus another column gets (1,234.50 may be an
    amount), all ways that leave readable dates and amounts must say the same, the plain one among them.
    """
    surplus = len(row.cells) - reader.columns.width
    place = reader.columns.place(reader.mapping.description[0])
    if surplus >= _MOST_PARTS or place is None:
        return None
    plain = _joined(row, {place: surplus}, delimiter)
    meant = _outcome(plain, reader)
    if meant is None:
        return None
    for other in range(reader.columns.width):
        for share in range(1, surplus + 1):
            extra = {place: surplus - share, other: share} if other != place else {place: surplus}
            if _outcome(_joined(row, extra, delimiter), reader) not in (None, meant):
                return None
    return plain


def _joined(row: Row, extra: dict[int, int], delimiter: str) -> Row:
    """The row where the column at each place has taken in so many cells to its right."""
    cells: list[str] = []
    start = 0
    while start < len(row.cells):
        end = start + extra.get(len(cells), 0) + 1
        cells.append(delimiter.join(row.cells[start:end]))
        start = end
    return Row(row.number, cells)


def _outcome(row: Row, reader: RowReader) -> tuple[Decimal, Decimal | None] | None:
    # Most ways to join put words where numbers belong; seeing that first is cheaper than failing.
    if any((text := reader.text(row, name)) and not _DIGIT.search(text) for name in _NUMBERS):
        return None
    try:
        reader.dates(row)
        amount = reader.amount(row)
    except Unreadable:
        return None
    balance = reader.balance(row)
    if balance is None and reader.text(row, "balance"):
        return None
    return amount, balance
