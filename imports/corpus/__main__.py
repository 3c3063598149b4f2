"""`python -m imports.corpus DIR`: one line per file, both counts, and exit code 1 if a file is wrong."""

import datetime
import sys
from collections import Counter
from pathlib import Path

from imports.corpus.comparing import Comparison, Manner, compared


def main(arguments: list[str]) -> int:
    """Prints the comparison of the folder's files."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        sys.stdout.write("Say which folder: make corpus DIR=path/to/files (its manifest.json in it or beside it).\n")
        return 2
    results = list(compared(Path(arguments[0]), datetime.datetime.now(tz=datetime.UTC).date()))
    for result in results:
        sys.stdout.write(f"{_line(result)}\n")
    sys.stdout.write(f"{_summary(results)}\n")
    return 0 if all(result.is_right for result in results if _counts(result)) else 1


def _counts(result: Comparison) -> bool:
    return result.file.suffix.lower() != ".qif"


def _line(result: Comparison) -> str:
    expected = result.expected
    verdict = "ok   " if result.is_right else "later" if not _counts(result) else "WRONG"
    figures = f"{result.rows:>3} rows {result.total:>11,.2f}"
    wanted = f"expected {_shown(expected.rows)} rows {_shown(expected.total)}"
    name = f"{result.file.parent.name}/{result.file.name}"
    problems = f"; {result.problems} rows with problems" if result.problems else ""
    doubt = f"\n        {expected.reason}" if expected.reason else ""
    return f"{verdict} {figures}  {wanted:<32} {result.manner:<17} {name}{problems}\n        {result.remark}{doubt}"


def _shown(figure: object) -> str:
    return "?" if figure is None else f"{figure:,}"


def _summary(results: list[Comparison]) -> str:
    counted = [result for result in results if _counts(result)]
    full = [result for result in counted if result.expected.holds_transactions or result.rows]
    right = Counter(result.manner for result in full if result.is_right)
    empty = [result for result in counted if result not in full]
    return (
        f"\n{sum(right.values())} of {len(full)} CSV and OFX files with transactions are right: "
        f"{right[Manner.ALONE]} without help, {right[Manner.MAPPED]} after one mapping.\n"
        f"{sum(result.is_right for result in empty)} of {len(empty)} without transactions are recognised as such; "
        f"{len(results) - len(counted)} QIF files wait for their reader."
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
