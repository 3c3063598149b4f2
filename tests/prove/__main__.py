"""`make prove`: many random histories and kills; prints counts and violations, and ends with 1 on any."""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.prove.in_memory import in_memory
from tests.prove.report import PER_BATCH, Batch, told

PURE_FOR_EACH = 100
PER_ROUND = 500  # a new process makes its databases first, so rounds are long
HISTORIES_FOR_A_KILLING = 500  # how many go with one round of all kills
ROUNDS_AT_ONCE = 5
RACES_FOR_A_KILL = 10
PROGRESS_EVERY = 60  # seconds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("histories", type=int, help=f"over HTTP; in memory {PURE_FOR_EACH} times as many")
    parser.add_argument("--seed", type=int, default=1, help="of the first batch; the same seeds, the same histories")
    parser.add_argument("--workers", type=int, default=2, help="processes at a time")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="for each part; what is done is told")
    given = parser.parse_args()
    http = over_http(given.histories, given.seed, given.workers)
    before = (given.seed - 1) * PER_BATCH  # histories of a proof that begins at seed 1
    memory = in_memory(given.histories * PURE_FOR_EACH, 1 + before * PURE_FOR_EACH, given.workers)
    killings = kills(max(1, given.histories // HISTORIES_FOR_A_KILLING), given.workers)
    parts = {"histories over HTTP": http, "histories in memory": memory, "kills and races": killings}
    held = [tell_of(name, batches, given.minutes) for name, batches in parts.items()]
    return 0 if all(held) else 1


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
            print(f"  {seen:,} {where}, {violations} violations, {now - started:,.0f} s", flush=True)
        if now - started > minutes * 60:
            print(f"  The time for the {where} is over.", flush=True)
            break
    print(f"{seen:,} {where}: {violations} violations in {time.monotonic() - started:,.0f} s", flush=True)
    return seen > 0 and not violations


def over_http(histories: int, seed: int, workers: int) -> Iterator[Batch]:
    """In rounds of batches, each batch from a seed of its own."""
    while histories > 0:
        size = min(PER_ROUND, histories)
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "report"
            wanted = {"PROVE_HISTORIES": str(size), "PROVE_SEED": str(seed), "PROVE_REPORT": str(report)}
            ended = _tests("tests/prove/test_state_machine.py", workers, **wanted)
            batches = told(report)
        if ended.returncode:
            print(ended.stdout, ended.stderr, flush=True)
        if not batches:
            batches = [Batch(seed, 0, ["the round did not run"])]
        yield from batches
        histories -= size
        seed += size // PER_BATCH


def kills(rounds: int, workers: int) -> Iterator[Batch]:
    """All kills so many times and ten times as many races, some rounds at a time; what they were is printed."""
    while rounds > 0:
        size = min(ROUNDS_AT_ONCE, rounds)
        often = ("--kill-rounds", str(size), "--race-rounds", str(size * RACES_FOR_A_KILL))
        ended = _tests("tests/kills", 2 * workers, *often)  # much of it is waiting for a worker to recover
        table = re.findall(r"^((?:kills|races|page views) .* (\d+) +violations \d+)$", ended.stdout, re.MULTILINE)
        failed = re.findall(r"^(?:FAILED|ERROR) (.*)$", ended.stdout, re.MULTILINE)
        if ended.returncode and not failed:
            failed = ["the round did not run"]
        lines = [ended.stdout, ended.stderr] if ended.returncode else [line for line, _count in table]
        print(*lines, sep="\n", flush=True)
        yield Batch(rounds, sum(int(count) for _line, count in table), failed)
        rounds -= size


def _tests(path: str, workers: int, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "--tb=short", "--show-capture=no", "-n", str(workers), path]
    patient = ("-o", "faulthandler_timeout=0")  # many rounds of one kind are one test
    return subprocess.run(
        [*command, *patient, *options], env=os.environ | environment, capture_output=True, text=True, check=False
    )


if __name__ == "__main__":
    sys.exit(main())
