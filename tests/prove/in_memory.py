"""Histories in memory, in several processes."""

import multiprocessing
import os
from collections.abc import Iterator

import django

from tests.prove.report import Batch

PER_CHUNK = 1_000


def in_memory(histories: int, seed: int, workers: int) -> Iterator[Batch]:
    """Each history has a seed of its own, from `seed` on."""
    starts = range(seed, seed + histories, PER_CHUNK)
    chunks = [(start, min(PER_CHUNK, seed + histories - start)) for start in starts]
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        yield from pool.imap(_simulated, chunks)


def _simulated(chunk: tuple[int, int]) -> Batch:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from tests.prove.simulation import simulate

    first, size = chunk
    found = simulate(first, size)
    return Batch(first, found.pop("histories"), sorted(found))
