"""Where a table's header is, where its rows begin, and whether a known bank wrote it."""

import datetime
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from imports.reading import words
from imports.reading.amounts import is_amount
from imports.reading.columns import Columns, cell, normalised, trimmed
from imports.reading.dates import is_date
from imports.reading.errors import Refused
from imports.reading.mapping import Mapping
from imports.reading.presets import Preset, presets
from imports.reading.tables import Row

# How far down a header can be, and how many rows show what a column holds.
_SEARCHED = 40
JUDGED = 200


@dataclass(frozen=True, slots=True)
class Layout:
    """A table taken apart; `header_row` is None without header, `preset` None for an unknown bank.

    `above` are the rows that stand above the header.
    """

    header: tuple[str, ...]
    header_row: int | None
    rows: list[Row]
    columns: Columns
    preset: Preset | None = None
    above: Sequence[Row] = ()


def laid_out(rows: list[Row], mapping: Mapping | None, today: datetime.date) -> Layout:
    """The layout that the mapping states, else that of a known bank, else the one that the rows show."""
    if mapping:
        rows = [row for row in rows if row.number > mapping.skip_rows]
    _refuse_prose(rows)
    if mapping and mapping.header_row is not None:
        return _headless(rows, today) if mapping.header_row == 0 else _stated(rows, mapping.header_row)
    for place, row in enumerate(rows[:_SEARCHED]):
        header = trimmed(row.cells)
        if preset := next((preset for preset in presets() if preset.fits(header)), None):
            return _below(rows, place, preset)
    found = _header_place(rows[:_SEARCHED], today)
    if found is not None:
        return _below(rows, found, None)
    return _headless(rows, today)


def _headless(rows: list[Row], today: datetime.date) -> Layout:
    preset = next((preset for preset in presets() if _has_shape(rows[:JUDGED], preset, today)), None)
    return Layout((), None, rows, Columns((), _width(rows)), preset)


def _refuse_prose(rows: Sequence[Row]) -> None:
    if not any(len(row.cells) > 1 and any(map(is_amount, row.cells)) for row in rows):
        raise Refused(
            "No row of this file has an amount in a column of its own, so it is no list of transactions, or an empty "
            "one. Choose another period at your bank, and CSV, OFX or QFX as the format."
        )


def _stated(rows: list[Row], header_row: int) -> Layout:
    place = next((place for place, row in enumerate(rows) if row.number == header_row), None)
    if place is None:
        raise Refused(f"Row {header_row} is blank or not in the file, so it can't be the header. Choose another row.")
    layout = _below(rows, place, None)
    preset = next((preset for preset in presets() if preset.fits(layout.header)), None)
    return _below(rows, place, preset)


def _below(rows: list[Row], place: int, preset: Preset | None) -> Layout:
    header = trimmed(rows[place].cells)
    # A row of the table may be wider than its header, but an empty name names nothing.
    columns = Columns(header, max(len(header), len(rows[place].cells)))
    return Layout(header, rows[place].number, rows[place + 1 :], columns, preset, above=rows[:place])


def _header_place(rows: Sequence[Row], today: datetime.date) -> int | None:
    for place, row in enumerate(rows):
        if _speaks(row):
            return place
    for place, (row, below) in enumerate(pairwise(rows)):
        if _holds_data(row, today):
            return None
        if len(trimmed(row.cells)) > 1 and _holds_data(below, today):
            return place
    return None


def _speaks(row: Row) -> bool:
    """Whether the row uses a bank's words for a date and for an amount."""
    names = {plain_name(name) for name in row.cells}
    has_date = names & {*words.POSTED, *words.HAPPENED, *words.DATE}
    return bool(has_date and names & {*words.AMOUNT, *words.DEBIT, *words.CREDIT})


def plain_name(name: str) -> str:
    """A column's name without a remark in parentheses and without a currency at its end."""
    return re.sub(r"\s*\(.*?\)|\s+(?:[a-z]{3}|[$€£])$", "", normalised(name)).strip() or normalised(name)


def _holds_data(row: Row, today: datetime.date) -> bool:
    texts = [text.strip() for text in row.cells]
    dates = [text for text in texts if is_date(text, today)]
    return bool(dates) and any(is_amount(text) for text in texts if text not in dates)


def _has_shape(rows: Sequence[Row], preset: Preset, today: datetime.date) -> bool:
    return bool(preset.shape) and all(_row_has_shape(row, preset.shape, today) for row in rows)


def _row_has_shape(row: Row, shape: Sequence[str], today: datetime.date) -> bool:
    if len(row.cells) != len(shape):
        return False
    return all(_cell_is(cell(row, place), kind, today) for place, kind in enumerate(shape))


def _cell_is(text: str, kind: str, today: datetime.date) -> bool:
    match kind:
        case "date":
            return is_date(text, today)
        case "amount":
            return is_amount(text)
        case "blank":
            return not text or text.isdigit()
        case "text":
            return not is_amount(text)
        case _:
            return text == kind


def _width(rows: Sequence[Row]) -> int:
    widths = Counter(len(row.cells) for row in rows[:JUDGED])
    return widths.most_common(1)[0][0] if widths else 0
