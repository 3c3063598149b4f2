"""One sample file read, with the answers of its mapping screen if it needs one, and compared."""

import datetime
import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from imports.reading import FileStatement, Mapping, Reading, Refused, read

KINDS = {".csv", ".ofx", ".qfx", ".qif"}


class Manner(StrEnum):
    ALONE = "without help"
    MAPPED = "after one mapping"
    REFUSED = "refused"
    OPEN = "still open"


@dataclass(frozen=True, slots=True)
class Expected:
    """What a file is known to hold; None where nobody knows. The sum has money out negative."""

    rows: int | None
    total: Decimal | None
    days: tuple[str, str] | None
    reason: str = ""

    @property
    def holds_transactions(self) -> bool:
        return self.rows != 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """What reading gave, beside what was expected; `remark` is a refusal, an open question or the proof.

    `periods` are the first and last day on which the lines posted, and those on which they happened: where a file has
    both days, a manifest may mean either.
    """

    file: Path
    manner: Manner
    rows: int
    total: Decimal
    periods: tuple[tuple[str, str], ...]
    problems: int
    remark: str
    expected: Expected
    reading: Reading | None = None

    @property
    def statements(self) -> tuple[FileStatement, ...]:
        return tuple(self.reading.statements) if self.reading else ()

    @property
    def is_right(self) -> bool:
        if self.manner is Manner.OPEN:
            return False
        expected = self.expected
        has_period = expected.days is None or expected.days in self.periods
        return has_period and expected.rows in (None, self.rows) and expected.total in (None, self.total)


def compared(folder: Path, today: datetime.date) -> Iterator[Comparison]:
    """Every sample file of the folder, in the order of their names. OSError where there is no manifest."""
    folder = folder.resolve()
    manifest = next(path for path in (folder / "manifest.json", folder.parent / "manifest.json") if _is_there(path))
    known = {entry["file"]: entry.get("expected") or {} for entry in json.loads(manifest.read_text(encoding="utf-8"))}
    for file in sorted(path for path in folder.rglob("*") if path.suffix.lower() in KINDS):
        name = file.relative_to(manifest.parent).as_posix()
        yield _compared(file, _expected(file, known.get(name, {})), today)


def _is_there(path: Path) -> bool:
    return path.is_file()


def _expected(file: Path, manifest: dict[str, Any]) -> Expected:
    told = _answers().get(file.name, {})
    figures = told.get("counted") or manifest
    rows = figures.get("rows", figures.get("rows_after_header_footer"))
    total = figures.get("sum")
    days = (figures["min_date"], figures["max_date"]) if "min_date" in figures else None
    return Expected(rows, None if total is None else Decimal(total), days, told.get("reason", ""))


def _compared(file: Path, expected: Expected, today: datetime.date) -> Comparison:
    try:
        reading, manner = _read(file, today)
    except Refused as refusal:
        return Comparison(file, Manner.REFUSED, 0, Decimal(0), (), 0, str(refusal), expected)
    statements = reading.statements
    asked = " ".join(question.sentence for question in reading.questions)
    return Comparison(
        file=file,
        manner=manner,
        rows=sum(len(statement.lines) for statement in statements),
        total=sum((statement.money_in - statement.money_out for statement in statements), Decimal(0)),
        periods=tuple(_periods(reading)),
        problems=sum(len(statement.problems) for statement in statements),
        remark=asked or ", ".join(f"balance {statement.proof.verdict}" for statement in statements),
        expected=expected,
        reading=reading,
    )


def _periods(reading: Reading) -> Iterator[tuple[str, str]]:
    lines = [entry.line for statement in reading.statements for entry in statement.lines]
    for days in ([line.date for line in lines], [line.authorized_date or line.date for line in lines]):
        if days:
            yield min(days).isoformat(), max(days).isoformat()


def _read(file: Path, today: datetime.date) -> tuple[Reading, Manner]:
    content = file.read_bytes()
    reading = read(content, today=today)
    if not reading.questions:
        return reading, Manner.ALONE
    answers = _answers().get(file.name, {}).get("answers", {})
    if "encoding" in answers:
        # The mapping screen shows the columns again as soon as another encoding is chosen.
        reading = read(content, mapping=Mapping(encoding=answers["encoding"]), today=today)
    if answers and reading.mapping:
        mapping = replace(reading.mapping, **answers)
        reading = read(content, mapping=Mapping.from_json(json.loads(json.dumps(mapping.to_json()))), today=today)
    return reading, Manner.OPEN if reading.questions else Manner.MAPPED


@cache
def _answers() -> dict[str, dict[str, Any]]:
    return tomllib.loads((Path(__file__).parent / "answers.toml").read_text(encoding="utf-8"))
