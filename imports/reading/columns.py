"""Columns by name or place, and what a header is called."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from imports.reading.mapping import Column, Mapping
from imports.reading.tables import Row

# The fields of Mapping that name a column (`description` names several).
COLUMN_FIELDS = (
    "date",
    "transaction_date",
    "merchant",
    "amount",
    "debit",
    "credit",
    "indicator",
    "balance",
    "status",
    "currency",
    "account",
)


def normalised(name: str) -> str:
    """A header's name without case, outer spaces and quotation marks, inner space reduced to one."""
    return " ".join(name.strip().strip("\"'").casefold().split())


def trimmed(cells: Sequence[str]) -> tuple[str, ...]:
    """The cells without outer spaces and without the empty ones at the end."""
    stripped = [cell.strip() for cell in cells]
    while stripped and not stripped[-1]:
        stripped.pop()
    return tuple(stripped)


def fingerprint(header: Sequence[str]) -> str:
    """What a header is remembered by; empty for none."""
    if not header:
        return ""
    return hashlib.sha256("\x1f".join(map(normalised, header)).encode()).hexdigest()[:32]


class Columns:
    """The places of a table's columns. A name that occurs twice names no column."""

    def __init__(self, header: Sequence[str], width: int) -> None:
        names = [normalised(name) for name in header]
        counts = Counter(names)
        self._places = {name: place for place, name in enumerate(names) if name and counts[name] == 1}
        self._names = [name.strip() for name in header]
        self.width = width

    def place(self, column: Column | None) -> int | None:
        """Where the column is, counted from 0; None for none."""
        if isinstance(column, str):
            return self._places.get(normalised(column))
        return column if column is not None and 0 <= column < self.width else None

    def named(self, place: int) -> Column:
        """The column's name where that tells it, else its place."""
        name = self._names[place] if place < len(self._names) else ""
        return name if self.place(name) == place else place

    def title(self, column: Column | None) -> str:
        """What a person calls the column."""
        return column if isinstance(column, str) else "" if column is None else f"column {column + 1}"

    def missing(self, mapping: Mapping) -> list[str]:
        """The columns that the mapping names and the table doesn't have."""
        named = [getattr(mapping, name) for name in COLUMN_FIELDS] + list(mapping.description)
        return [self.title(column) for column in named if column is not None and self.place(column) is None]

    def only_present(self, mapping: Mapping) -> Mapping:
        """The mapping without the columns that the table doesn't have."""
        gone = {name: None for name in COLUMN_FIELDS if self.place(getattr(mapping, name)) is None}
        kept = tuple(column for column in mapping.description if self.place(column) is not None)
        return replace(mapping, description=kept, **gone)  # type: ignore[arg-type]


def cell(row: Row, place: int | None) -> str:
    """The cell's text without outer spaces; empty where there is none."""
    if place is None or place >= len(row.cells):
        return ""
    return row.cells[place].strip()
