"""All rows of a table sorted out: posted, pending, no transaction, or in need of attention."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from imports.reading import words
from imports.reading.repair import is_too_long, rejoined
from imports.reading.row_reader import RowReader, Unreadable
from imports.reading.statements import FileLine, Finding
from imports.reading.tables import Row

_SUMMARY = re.compile(rf"(?:{'|'.join(words.SUMMARIES)})\b", re.IGNORECASE)
_BALANCE = re.compile(r"(?:beginning|opening|starting|ending|closing) balance\b", re.IGNORECASE)
_SHOWN = 200  # characters of a broken cell that a page needs


@dataclass(slots=True)
class Sorted:
    """What became of the rows: each is in one list, a repaired one in `notes` too."""

    lines: list[FileLine] = field(default_factory=list)
    pending: list[FileLine] = field(default_factory=list)
    problems: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
    accounts: dict[str, None] = field(default_factory=dict)


def sort_out(rows: Sequence[Row], reader: RowReader, delimiter: str) -> Sorted:
    """Every row read, in the order of the file. The mapping must be complete."""
    found = Sorted()
    posted = set(map(str.casefold, reader.mapping.posted_words))
    pending = set(map(str.casefold, reader.mapping.pending_words))
    for row in rows:
        fitting = _fitted(row, reader, delimiter, found)
        if fitting is None:
            continue
        status = reader.text(fitting, "status")
        is_pending = status.casefold() in pending
        if status and posted and not is_pending and status.casefold() not in posted:
            found.notes.append(_finding(row, reader.title("status"), status, "This is no posted transaction."))
            continue
        _read(fitting, reader, found, is_pending=is_pending)
    return found


def _fitted(row: Row, reader: RowReader, delimiter: str, found: Sorted) -> Row | None:
    width = reader.columns.width
    if not is_too_long(row, width):
        return row
    repaired = rejoined(row, reader, delimiter)
    text = delimiter.join(row.cells)
    if repaired is None:
        reason = f"This row has {len(row.cells)} cells, the table {width} columns: a delimiter isn't quoted."
        found.problems.append(_finding(row, "", text, reason))
    else:
        found.notes.append(_finding(row, "", text, "The description holds a delimiter and was put together again."))
    return repaired


def _read(row: Row, reader: RowReader, found: Sorted, *, is_pending: bool) -> None:
    try:
        entry = reader.entry(row, is_pending=is_pending)
    except Unreadable as broken:
        excuse = _excuse(row, reader, is_pending=is_pending)
        finding = _finding(row, broken.column, broken.text, excuse or str(broken))
        (found.notes if excuse else found.problems).append(finding)
        return
    (found.pending if is_pending else found.lines).append(entry)
    if account := reader.text(row, "account"):
        found.accounts[account] = None


def _excuse(row: Row, reader: RowReader, *, is_pending: bool) -> str:
    """Why the row is no transaction; empty where it is a broken one."""
    date, numbers = reader.text(row, "date"), [reader.text(row, name) for name in ("amount", "debit", "credit")]
    if is_pending and not date:
        return "This transaction is pending and has no date yet."
    if _SUMMARY.match(date) or (not any(numbers) and _BALANCE.match(reader.description(row))):
        return "This row states a balance or a sum."
    if _is_readable(reader.dates, row) or _is_readable(reader.amount, row):
        return ""
    # The shortest date has four digits, as 1/2/26.
    if sum(map(str.isdigit, date)) >= 4 and any(map(str.isdigit, "".join(numbers))):
        return ""
    return "This row holds no transaction."


def _is_readable(read: Callable[[Row], object], row: Row) -> bool:
    try:
        read(row)
    except Unreadable:
        return False
    return True


def _finding(row: Row, column: str, cell: str, reason: str) -> Finding:
    return Finding(row.number, column, cell[:_SHOWN], reason)
