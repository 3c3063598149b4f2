"""The ledger's decisions in memory, by the thousand. `make prove` runs many more."""

import os

import pytest

from tests.prove.simulation import History, simulate

HISTORIES = int(os.environ.get("PROVE_PURE", "20000"))
FIRST = int(os.environ.get("PROVE_FIRST", "1"))
BATCHES = 4


@pytest.mark.parametrize("batch", range(BATCHES))
def test_no_history_ends_with_a_loss_a_ghost_or_a_double(batch: int):
    size = HISTORIES // BATCHES
    found = simulate(FIRST + batch * size, size)
    assert dict(found) == {"histories": size}


def test_a_seed_tells_the_whole_history():
    one, other = History(7), History(7)
    assert one.live_through() == other.live_through()
    assert (one.books.rows, one.books.records) == (other.books.rows, other.books.records)
    assert one.books.rows
