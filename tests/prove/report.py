"""What the batches of a proof have found, told across processes: one JSON line each in the file PROVE_REPORT."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

PER_BATCH = 50  # histories over HTTP from one seed on


@dataclass(frozen=True, slots=True)
class Batch:
    """Histories that were lived through from one seed on, and what did not hold."""

    seed: int
    histories: int
    violations: list[str]


def tell(batch: Batch) -> None:
    """Adds a line; without PROVE_REPORT nobody wants to know."""
    if path := os.environ.get("PROVE_REPORT"):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(batch)) + "\n")


def told(path: Path) -> list[Batch]:
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [Batch(**json.loads(line)) for line in lines]
