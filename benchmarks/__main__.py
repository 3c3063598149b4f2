"""`make bench`: speed and memory beside their targets, as ratios of figures from one run."""

import sys

from benchmarks import install

install.prepare()

from benchmarks import importing, investing, memory, posting  # noqa: E402  Django has to be set up first

if __name__ == "__main__":
    results = [*posting.results(), *importing.results(), memory.result(), investing.result()]
    for result in results:
        sys.stdout.write(f"{result}\n")
    sys.exit(0 if all(result.is_met for result in results) else 1)
