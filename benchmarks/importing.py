"""The largest file there may be: its import and undo, how long they keep others from writing, and their peak memory."""

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

from benchmarks.figures import Result, peak_megabytes

ROWS = 50_000
_HEADER = "Transaction Date,Post Date,Description,Category,Type,Amount,Memo"  # a card of Chase
_LAST_DAY = date(2026, 11, 20)


def results() -> Iterator[Result]:
    """Measured in a process of its own, so that nothing else counts."""
    command = [sys.executable, "-m", "benchmarks.importing"]
    answer = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=True)
    seen = json.loads(answer.stdout)
    targets = {
        f"import of {ROWS:,} rows, from bytes to books": ("whole", 20),
        "its part that keeps others from writing": ("locked", 4),
        "its undo, which does so for its whole length": ("undo", 4),
        "what its undo will do, foreseen": ("foreseen", 1),
    }
    for what, (name, target) in targets.items():
        detail = f"{seen[name]:.2f} s against {seen['raw']:.2f} s"
        yield Result(f"{what}, against raw insert", seen[name] / seen["raw"], target, detail=detail)
    yield Result(f"peak memory of importing and undoing {ROWS:,} rows", seen["peak"], 220, unit="MB")


def _measure() -> dict[str, float]:
    from benchmarks import install

    install.prepare()
    from django.utils import timezone

    from accounts.models import Account, SourceRecord, Transaction
    from benchmarks.posting import raw_insert, rows_of
    from imports import posting, staging
    from imports.receiving import Upload, receive

    account, now, content = Account.objects.create(name="Bench", account_type="credit"), timezone.now(), _file()
    started = time.perf_counter()
    batch = receive(Upload("bench.csv", content, account), now=now)
    staging.begin(batch, now=now)
    staging.stage(batch, now=now)
    posting.start(batch, now=now)
    seen = {"locked": _locked(lambda: posting.post(batch, now=now)), "whole": time.perf_counter() - started}
    if (count := Transaction.objects.live().count()) != ROWS:
        raise SystemExit(f"The benchmark imported {count} rows, not {ROWS}")
    seen["foreseen"] = _timed(lambda: posting.foresee_undo(batch))
    seen["undo"] = _timed(lambda: posting.undo(batch, now=now))
    seen["peak"] = peak_megabytes()
    posting.import_again(batch)
    posting.start(batch, now=now)
    posting.post(batch, now=now)
    seen["raw"] = raw_insert([], [rows_of(Transaction._meta.db_table), rows_of(SourceRecord._meta.db_table)])
    return seen


def _file() -> bytes:
    chance = random.Random(1)  # noqa: S311  reproducible, not secret
    lines = [_HEADER]
    for _ in range(ROWS):
        day = f"{_LAST_DAY - timedelta(days=chance.randrange(3650)):%m/%d/%Y}"
        merchant = int(1500 * chance.random() ** 3)
        words = f"MERCHANT {merchant} #{chance.randrange(9999):04} SPRINGFIELD IL"
        lines.append(f"{day},{day},{words},Food,Sale,-{chance.randrange(100, 25_000) / 100},")
    return "\n".join(lines).encode()


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _locked(work: Callable[[], object]) -> float:
    """Seconds from the first statement inside of a transaction to the end of the work."""
    from django.db import connection

    begun: list[float] = []

    def execute(run, sql, params, many, context):  # type: ignore[no-untyped-def]
        if connection.in_atomic_block and not begun:
            begun.append(time.perf_counter())
        return run(sql, params, many, context)

    with connection.execute_wrapper(execute):
        work()
    return time.perf_counter() - begun[0]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_measure()))
