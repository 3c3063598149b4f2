"""`make mutants`: breaks one promise after the other in a copy of the tree, and tells whether the tests notice.

A mutant counts as killed only if its tests pass without it and fail with it. The exit status is 1 if one survives.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import repeat
from pathlib import Path

from tests.mutants.cluster import NoPostgreSQL, cluster
from tests.mutants.mutant import DoesNotApply, Mutant, all_mutants

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 300  # seconds for the tests of one mutant: a mutant that never ends is noticed, too
PASSED, FAILED = 0, 1  # exit statuses of pytest


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=2, help="mutants at a time")
    workers = parser.parse_args().workers
    mutants = all_mutants()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="budgetapp-mutants.")))
        server = ""
        if any(mutant.on == "postgresql" for mutant in mutants):
            try:
                server = stack.enter_context(cluster())
            except NoPostgreSQL:
                print("PostgreSQL is not installed: the mutants that only show there are not tried, so this fails.")
        pool = stack.enter_context(ThreadPoolExecutor(workers))
        folders = [folder / str(number) for number in range(len(mutants))]
        verdicts = list(pool.map(_try, mutants, folders, repeat(server)))
    killed = verdicts.count("killed")
    print(f"{killed} of {len(mutants)} mutants killed")
    return int(killed != len(mutants))


def _try(mutant: Mutant, folder: Path, server: str) -> str:
    begun = time.monotonic()
    verdict = _verdict(mutant, folder, server)
    print(f"{verdict:9} {mutant.name} ({time.monotonic() - begun:.0f} s, {mutant.on})", flush=True)
    return verdict


def _verdict(mutant: Mutant, folder: Path, server: str) -> str:
    if mutant.on == "postgresql" and not server:
        return "NOT TRIED"
    sound, mutated = _copy(folder / "sound"), _copy(folder / "mutated")
    try:
        for edit in mutant.edits:
            edit.apply(mutated)
    except DoesNotApply as reason:
        print(f"          {mutant.name}: {reason}")
        return "BROKEN"
    if (status := _test(mutant, sound, server)) != PASSED:
        print(f"          {mutant.name}: its tests don't pass without it (pytest's exit status {status})")
        return "BROKEN"
    return {PASSED: "SURVIVED", FAILED: "killed"}.get(_test(mutant, mutated, server), "BROKEN")


def _copy(tree: Path) -> Path:
    """The files of the working tree, without what git ignores, in a new folder."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)
    return tree


def _test(mutant: Mutant, tree: Path, server: str) -> int:
    environment = dict(os.environ)
    if mutant.on == "postgresql":
        number = tree.parent.name  # others are tried on the same server meanwhile
        environment["DATABASE_URL"] = f"{server}/budgetapp_{number}"
        environment["INVESTMENTS_DATABASE_URL"] = f"{server}/investments_{number}"
    quick = ("-x", "-p", "no:cacheprovider", "--no-migrations")  # the migrations are not what was broken
    command = [sys.executable, "-m", "pytest", "-q", *quick, *mutant.tests]
    try:
        done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, check=False, timeout=LONGEST)
    except subprocess.TimeoutExpired:
        return FAILED
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
