"""One paragraph per file, both counts, and exit code 1 if a file is wrong."""

import datetime
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from imports.corpus.comparing import Comparison, Manner, compared
from imports.corpus.rehearsal import Rehearsal, rehearse


@dataclass(frozen=True, slots=True)
class Result:
    """How a file was read, and what became of it in the books (None if it holds nothing to import)."""

    read: Comparison
    rehearsal: Rehearsal | None

    @property
    def is_right(self) -> bool:
        return self.read.is_right and (self.rehearsal is None or self.rehearsal.is_right(self.read))

    @property
    def counts(self) -> bool:
        """QIF has no reader yet."""
        return self.read.file.suffix.lower() != ".qif"


def main(arguments: list[str]) -> int:
    """Prints the comparison of the folder's files."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        sys.stdout.write("Say which folder: make corpus DIR=path/to/files (its manifest.json in it or beside it).\n")
        return 2
    results = []
    for comparison in compared(Path(arguments[0]), datetime.datetime.now(tz=datetime.UTC).date()):
        result = Result(comparison, rehearse(comparison))
        sys.stdout.write(f"{_line(result)}\n")
        results.append(result)
    sys.stdout.write(f"{_summary(results)}\n")
    return 0 if all(result.is_right for result in results if result.counts) else 1


def _line(result: Result) -> str:
    read = result.read
    expected = read.expected
    verdict = "ok   " if result.is_right else "WRONG" if result.counts else "later"
    figures = f"{read.rows:>3} rows {read.total:>11,.2f}"
    wanted = f"expected {_shown(expected.rows)} rows {_shown(expected.total)}"
    name = f"{read.file.parent.name}/{read.file.name}"
    problems = f"; {read.problems} rows with problems" if read.problems else ""
    told = (read.remark, result.rehearsal, expected.reason)
    lines = "".join(f"\n        {each}" for each in told if each)
    return f"{verdict} {figures}  {wanted:<32} {read.manner:<17} {name}{problems}{lines}"


def _shown(figure: object) -> str:
    return "?" if figure is None else f"{figure:,}"


def _summary(results: list[Result]) -> str:
    counted = [result for result in results if result.counts]
    full = [result for result in counted if result.read.expected.holds_transactions or result.read.rows]
    right = Counter(result.read.manner for result in full if result.is_right)
    empty = [result for result in counted if result not in full]
    tried = [result.rehearsal for result in full if result.rehearsal]
    return (
        f"\n{sum(right.values())} of {len(full)} CSV and OFX files with transactions are right: "
        f"{right[Manner.ALONE]} without help, {right[Manner.MAPPED]} after one mapping.\n"
        f"{len(tried)} were imported: {sum(each.again == 0 for each in tried)} add nothing the second time, "
        f"{sum(each.is_undone for each in tried)} leave both databases as before when undone.\n"
        f"{sum(result.is_right for result in empty)} of {len(empty)} without transactions are recognised as such; "
        f"{len(results) - len(counted)} QIF files wait for their reader."
    )
