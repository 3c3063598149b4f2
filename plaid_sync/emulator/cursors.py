"""Cursors of /transactions/sync: opaque to clients, bound to one item and one account filter."""

import base64
import binascii
import hashlib
from dataclasses import dataclass

from plaid_sync.emulator.errors import foreign_cursor


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a loop over the log: it began at `start`, aims at `end`, and has given out `offset` changes."""

    start: int
    end: int
    offset: int

    @property
    def is_complete(self) -> bool:
        """Whether it stands after a whole update, where a loop may begin."""
        return self.offset == 0


def encode(cursor: Cursor, item_id: str, account_id: str | None) -> str:
    """The cursor as base64 text of at most 256 characters."""
    place = f"{cursor.start}.{cursor.end}.{cursor.offset}"
    return base64.b64encode(f"{place}.{_seal(place, item_id, account_id)}".encode()).decode()


def decode(value: str, item_id: str, account_id: str | None) -> Cursor:
    """The cursor in the text; the Fault Plaid answers with when it was made for another stream or by another."""
    try:
        place, _, seal = base64.b64decode(value, validate=True).decode("ascii").rpartition(".")
    except (binascii.Error, UnicodeDecodeError):
        raise foreign_cursor() from None
    if seal != _seal(place, item_id, account_id):
        raise foreign_cursor()
    start, end, offset = map(int, place.split("."))
    return Cursor(start, end, offset)


def _seal(place: str, item_id: str, account_id: str | None) -> str:
    return hashlib.sha256(f"{place}|{item_id}|{account_id}".encode()).hexdigest()[:32]
