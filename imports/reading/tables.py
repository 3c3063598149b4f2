"""Text to rows: delimiter, quotation marks and limits. Row numbers are a spreadsheet's."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from imports.reading.errors import Refused

DELIMITERS = (",", ";", "\t", "|")
MAX_ROWS = 50_000
MAX_COLUMNS = 64
MAX_CELL = 4096

_SNIFFED = 64 * 1024
_JUDGED = 200
_ABOVE = 100


@dataclass(frozen=True, slots=True)
class Row:
    """One record; `number` counts from 1, blank records included."""

    number: int
    cells: list[str]


def read_rows(text: str, delimiter: str = "") -> tuple[list[Row], str]:
    """All rows that aren't blank, and the delimiter: the given one or the likeliest.

    Raises Refused where a limit is passed or a quotation mark swallows rows.
    """
    if delimiter and delimiter not in DELIMITERS:
        raise Refused("Columns can be separated by comma, semicolon, tab or a vertical bar. Choose one of them.")
    delimiter = delimiter or likeliest_delimiter(text)
    rows: list[Row] = []
    for row in _records(text, delimiter):
        if not any(map(str.strip, row.cells)):
            continue
        _refuse_excess(row)
        _refuse_swallowed_rows(row, delimiter)
        rows.append(row)
        # What stands above the transactions doesn't count; it is told apart later.
        refuse_too_many(len(rows) - _ABOVE)
    if not rows:
        raise Refused("This file has no rows. Download it from your bank again.")
    return rows, delimiter


def refuse_too_many(rows: int) -> None:
    """Raises Refused for more rows than are ever read."""
    if rows > MAX_ROWS:
        raise Refused(f"This file has more than {MAX_ROWS:,} rows. Export shorter periods, one after the other.")


def _records(text: str, delimiter: str) -> Iterator[Row]:
    # newline="" leaves line ends alone, so a bare CR ends a record and one inside a cell survives.
    # Some banks put a space before the quotation mark, which then wouldn't count as one.
    has_spaces = f'{delimiter} "' in text[:_SNIFFED]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=has_spaces)
    number = 0
    try:
        for cells in reader:
            number += 1
            yield Row(number, cells)
    except csv.Error:
        raise Refused(f"Row {number + 1} can't be read as a row of a table. Look at it in a text editor.") from None


def _refuse_excess(row: Row) -> None:
    if len(row.cells) > MAX_COLUMNS and any(row.cells[MAX_COLUMNS:]):
        raise Refused(f"Row {row.number} has more than {MAX_COLUMNS} columns: this is no list of transactions.")
    if any(len(cell) > MAX_CELL for cell in row.cells):
        raise Refused(
            f"Row {row.number} has a cell of more than {MAX_CELL:,} characters. A quotation mark may be missing there; "
            "look at the row in a text editor."
        )


def _refuse_swallowed_rows(row: Row, delimiter: str) -> None:
    """A cell whose inner lines look like whole rows comes from a quotation mark that nobody closed."""
    columns = len(row.cells)
    for cell in row.cells:
        if "\n" not in cell and "\r" not in cell:
            continue
        lines = cell.splitlines()[1:]
        if any(line.count(delimiter) >= max(2, columns - 2) for line in lines):
            raise Refused(
                f"In row {row.number} a quotation mark isn't closed, so the rows after it can't be told apart. "
                "Look at the row in a text editor, or export the file again."
            )


def likeliest_delimiter(text: str) -> str:
    """The delimiter under which most rows have the same number of cells; the sniffer decides between equals."""
    head = text[:_SNIFFED]
    scores = {candidate: _consistency(head, candidate) for candidate in DELIMITERS}
    best = max(scores.values())
    equals = [candidate for candidate, score in scores.items() if score == best]
    if len(equals) == 1:
        return equals[0]
    try:
        sniffed = csv.Sniffer().sniff(head, delimiters="".join(equals)).delimiter
    except csv.Error:
        return equals[0]
    return sniffed if sniffed in equals else equals[0]


def _consistency(head: str, delimiter: str) -> tuple[float, int]:
    reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
    try:
        widths = Counter(len(cells) for cells in islice(reader, _JUDGED) if any(cells))
    except csv.Error:
        return (0.0, 0)
    width, count = max(widths.items(), key=lambda item: (item[1] * (item[0] > 1), item[0]), default=(0, 0))
    if width < 2:
        return (0.0, 0)
    # A handful of footers or longer rows say nothing against a delimiter; tenths are fine enough.
    return (round(count / widths.total(), 1), width)
