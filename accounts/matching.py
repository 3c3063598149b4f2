"""Which lines of one feed are the same purchases as rows that other feeds brought.

Pure: no database, no clock. The ledger chooses the candidates (rows without a current record in the
line's feed); what is decided here is who pairs with whom. Amount, currency and pending state must
be equal and dates at most two days apart, each row is taken once, and what is not clear is left to
a person.
"""

import datetime
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from difflib import SequenceMatcher
from typing import Any, Protocol

MERGE_WITHIN_DAYS = 2
SUGGEST_WITHIN_DAYS = 5


class Likeable(Protocol):
    """What likeness is judged by; a `StatementLine` and a `Candidate` both are one."""

    @property
    def date(self) -> datetime.date: ...
    @property
    def authorized_date(self) -> datetime.date | None: ...
    @property
    def amount(self) -> Decimal: ...
    @property
    def currency(self) -> str: ...
    @property
    def is_pending(self) -> bool: ...
    @property
    def description(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row of the books that a line may be the same purchase as. `description` is the bank's text."""

    row_id: int
    date: datetime.date
    authorized_date: datetime.date | None
    amount: Decimal
    currency: str
    is_pending: bool
    description: str
    is_edited: bool
    is_removed: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """Line number `line` of the given lines and the row that it pairs with, `days` apart."""

    line: int
    candidate: Candidate
    days: int


@dataclass(slots=True)
class Pairing:
    """`same`: one-to-one, to be merged. `doubtful`: a person should look; the line is a row of its own."""

    same: list[Pair] = field(default_factory=list)
    doubtful: list[Pair] = field(default_factory=list)


def days_apart(one: Likeable, other: Likeable) -> int:
    """Days between two lines: posted with posted, authorised with authorised, the smaller counts."""
    posted = abs((one.date - other.date).days)
    if one.authorized_date is None or other.authorized_date is None:
        return posted
    return min(posted, abs((one.authorized_date - other.authorized_date).days))


def in_days(days: int) -> str:
    """A distance in words: "on the same day", "2 days apart"."""
    if days == 0:
        return "on the same day"
    return "1 day apart" if days == 1 else f"{days} days apart"


def pair(lines: Sequence[Likeable], candidates: Iterable[Candidate]) -> Pairing:
    """Pairs lines with candidates one to one.

    Equal dates pair first (ties: edited rows, then live ones, similar text, the lowest id). An inexact date
    pairs only if it is the only possibility of both. Lines that could be several rows, or one row
    that several lines could be, are doubtful, and so is a likeness of three to five days.
    """
    pairing = Pairing()
    for numbers, alike in _alike(lines, candidates):
        edges = _edges(lines, numbers, alike, SUGGEST_WITHIN_DAYS)
        edges = _take_equal_dates(lines, edges, pairing)
        near = [edge for edge in edges if edge.days <= MERGE_WITHIN_DAYS]
        _take_unique(near, pairing)
        pairing.doubtful.extend(_nearest_of_each(_free_of(near, edges)))
    return pairing


def pair_unique(lines: Sequence[Likeable], candidates: Iterable[Candidate]) -> Pairing:
    """Pairs only where line and candidate are each other's only possibility within two days."""
    pairing = Pairing()
    for numbers, alike in _alike(lines, candidates):
        _take_unique(_edges(lines, numbers, alike, MERGE_WITHIN_DAYS), pairing)
    return pairing


def _kind(line: Likeable) -> tuple[Decimal, str, bool]:
    return line.amount, line.currency, line.is_pending


def _alike(lines: Sequence[Likeable], candidates: Iterable[Candidate]) -> Iterator[tuple[list[int], list[Candidate]]]:
    """Lines (by number) and candidates of equal amount, currency and pending state, group by group."""
    rows_alike = defaultdict(list)
    for candidate in candidates:
        rows_alike[_kind(candidate)].append(candidate)
    lines_alike = defaultdict(list)
    for number, line in enumerate(lines):
        if _kind(line) in rows_alike:
            lines_alike[_kind(line)].append(number)
    for kind, numbers in lines_alike.items():
        yield numbers, rows_alike[kind]


def _edges(
    lines: Sequence[Likeable], numbers: Iterable[int], candidates: Iterable[Candidate], within: int
) -> list[Pair]:
    """All pairs at most `within` days apart. Looks only at the days around each line, so many equal
    amounts over many months don't cost their square."""
    posted = defaultdict(list)
    authorized = defaultdict(list)
    for candidate in candidates:
        posted[candidate.date].append(candidate)
        authorized[candidate.authorized_date].append(candidate)
    edges: list[Pair] = []
    for number in numbers:
        line = lines[number]
        around = _around(posted, line.date, within)
        if line.authorized_date is not None:
            around |= _around(authorized, line.authorized_date, within)
        edges.extend(Pair(number, candidate, days_apart(line, candidate)) for candidate in around.values())
    return edges


def _around(days: Mapping[Any, list[Candidate]], middle: datetime.date, within: int) -> dict[int, Candidate]:
    span = (middle + timedelta(days=offset) for offset in range(-within, within + 1))
    return {candidate.row_id: candidate for day in span for candidate in days.get(day, ())}


def _take_equal_dates(lines: Sequence[Likeable], edges: list[Pair], pairing: Pairing) -> list[Pair]:
    """Takes the pairs of equal dates, best first; returns the edges that are still possible."""
    exact = [edge for edge in edges if edge.days == 0]
    if len(exact) > 1:
        exact.sort(key=lambda edge: _preference(lines[edge.line], edge))
    lines_taken: set[int] = set()
    rows_taken: set[int] = set()
    for edge in exact:
        if edge.line not in lines_taken and edge.candidate.row_id not in rows_taken:
            lines_taken.add(edge.line)
            rows_taken.add(edge.candidate.row_id)
            pairing.same.append(edge)
    return [edge for edge in edges if edge.line not in lines_taken and edge.candidate.row_id not in rows_taken]


def _preference(line: Likeable, edge: Pair) -> tuple[int, bool, bool, float, int, int]:
    """Smaller is better: both dates equal, then edited rows, live ones, similar text, and the lowest id."""
    row = edge.candidate
    unequal = (line.date != row.date) + (line.authorized_date != row.authorized_date)
    unlike = 1 - SequenceMatcher(None, line.description.casefold(), row.description.casefold()).ratio()
    return unequal, not row.is_edited, row.is_removed, unlike, row.row_id, edge.line


def _take_unique(edges: list[Pair], pairing: Pairing) -> None:
    """Takes edges that are the only one of both their ends; the others are doubtful."""
    of_line = Counter(edge.line for edge in edges)
    of_row = Counter(edge.candidate.row_id for edge in edges)
    ambiguous = []
    for edge in edges:
        if of_line[edge.line] == 1 and of_row[edge.candidate.row_id] == 1:
            pairing.same.append(edge)
        else:
            ambiguous.append(edge)
    pairing.doubtful.extend(_nearest_of_each(ambiguous))


def _free_of(spoken_for: list[Pair], edges: list[Pair]) -> list[Pair]:
    """The edges that share no end with the spoken-for ones."""
    lines = {edge.line for edge in spoken_for}
    rows = {edge.candidate.row_id for edge in spoken_for}
    return [edge for edge in edges if edge.line not in lines and edge.candidate.row_id not in rows]


def _nearest_of_each(edges: list[Pair]) -> Iterator[Pair]:
    """For each line its nearest candidate, the lowest id first."""
    seen: set[int] = set()
    for edge in sorted(edges, key=lambda edge: (edge.line, edge.days, edge.candidate.row_id)):
        if edge.line not in seen:
            seen.add(edge.line)
            yield edge
