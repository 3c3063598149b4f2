"""Keeping a world in a file, so that a restart goes on where the last run ended."""

import json
import os
import tempfile
from datetime import date
from pathlib import Path

from plaid_sync.emulator.records import world_from_record, world_record
from plaid_sync.emulator.world import World


class StateUnreadable(Exception):
    """The file is there, and is no state of a simulated bank."""


class StateFile:
    """A file with a world in it, replaced as a whole and readable by its owner alone."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._written = -1

    def read(self, today: date | None) -> World | None:
        """The world in the file, None when there is no file; `today` fixes its clock as it does for a new one."""
        try:
            text = self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        try:
            return world_from_record(json.loads(text), today)
        except (ValueError, KeyError, TypeError) as error:
            raise StateUnreadable(f"{self._path} holds no state of this simulated bank; move it away") from error

    def write(self, world: World) -> None:
        """Replace the file if the world has changed since the last time; a crash leaves the old file or the new."""
        if world.changes == self._written:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # mkstemp makes the file 0600.
        descriptor, name = tempfile.mkstemp(dir=self._path.parent, prefix=f".{self._path.name}.")
        temporary = Path(name)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(world_record(world), file, separators=(",", ":"))
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self._path)
        finally:
            temporary.unlink(missing_ok=True)
        self._written = world.changes
