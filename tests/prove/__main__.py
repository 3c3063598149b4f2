"""`make prove`: many random histories, over HTTP and in memory; prints counts and violations, ends with 1 on any."""

import argparse
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import django

from tests.prove.report import Batch, told

PURE_FOR_EACH = 100
PER_ROUND = 500
PER_CHUNK = 1_000
PROGRESS_EVERY = 60  # seconds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("histories", type=int, help=f"over HTTP; in memory {PURE_FOR_EACH} times as many")
    parser.add_argument("--seed", type=int, default=1, help="of the first batch; the same seeds, the same histories")
    parser.add_argument("--workers", type=int, default=2, help="processes at a time")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="for each part; what is done is told")
    given = parser.parse_args()
    parts = [
        tell_of("in memory", in_memory(given.histories * PURE_FOR_EACH, given.seed, given.workers), given.minutes),
        tell_of("over HTTP", over_http(given.histories, given.seed, given.workers), given.minutes),
    ]
    return 0 if all(parts) else 1


def tell_of(where: str, batches: Iterable[Batch], minutes: float) -> bool:
    """Prints what comes of the batches, as far as the time reaches; gives whether everything held."""
    started = told_at = time.monotonic()
    seen, violations = 0, 0
    for batch in batches:
        seen, violations = seen + batch.histories, violations + len(batch.violations)
        for violation in batch.violations:
            print(f"VIOLATION {where}: {violation}", flush=True)
        now = time.monotonic()
        if now - told_at > PROGRESS_EVERY:
            told_at = now
            print(f"  {seen:,} histories {where}, {violations} violations, {now - started:,.0f} s", flush=True)
        if now - started > minutes * 60:
            print(f"  The time for the histories {where} is over.", flush=True)
            break
    print(f"{seen:,} histories {where}: {violations} violations in {time.monotonic() - started:,.0f} s", flush=True)
    return seen > 0 and not violations


def in_memory(histories: int, seed: int, workers: int) -> Iterator[Batch]:
    """Each history has a seed of its own, from `seed` on."""
    starts = range(seed, seed + histories, PER_CHUNK)
    sizes = [min(PER_CHUNK, seed + histories - start) for start in starts]
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        yield from pool.imap(_simulated, zip(starts, sizes, strict=True))


def _simulated(chunk: tuple[int, int]) -> Batch:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from tests.prove.simulation import simulate

    first, size = chunk
    found = simulate(first, size)
    return Batch(first, found.pop("histories"), sorted(found))


def over_http(histories: int, seed: int, workers: int) -> Iterator[Batch]:
    """In rounds of batches, each batch from a seed of its own."""
    from tests.prove.test_state_machine import PER_BATCH

    while histories > 0:
        size = min(PER_ROUND, histories)
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "report"
            wanted = {"PROVE_HISTORIES": str(size), "PROVE_SEED": str(seed), "PROVE_REPORT": str(report)}
            command = [sys.executable, "-m", "pytest", "-q", "--tb=short", "--show-capture=no", "-n", str(workers)]
            ended = subprocess.run(
                [*command, "tests/prove/test_state_machine.py"],
                env=os.environ | wanted,
                capture_output=True,
                text=True,
                check=False,
            )
            batches = told(report)
        if ended.returncode:
            print(ended.stdout, ended.stderr, flush=True)
        if not batches:
            batches = [Batch(seed, 0, ["the round did not run"])]
        yield from batches
        histories -= size
        seed += size // PER_BATCH


if __name__ == "__main__":
    sys.exit(main())
