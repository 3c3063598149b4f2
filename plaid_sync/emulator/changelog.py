"""The log behind /transactions/sync: what was added, modified and removed, and what an update of it comes to."""

from bisect import bisect_right
from collections.abc import Iterator
from typing import Literal, NamedTuple

Kind = Literal["added", "modified", "removed"]


class Event(NamedTuple):
    """One change that Plaid was told of."""

    kind: Kind
    account_id: str
    transaction_id: str


class ChangeLog:
    """An append-only list of events; a position is the number of events before it.

    No id is added twice: what the bank sends again comes under a new id.
    """

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._positions: dict[str, list[int]] = {}
        self._known: set[str] = set()
        self._folded: dict[tuple[str | None, int, int], list[Event]] = {}

    def append(self, kind: Kind, account_id: str, transaction_id: str) -> None:
        """Write down one change."""
        self.events.append(Event(kind, account_id, transaction_id))
        self._positions.setdefault(account_id, []).append(len(self.events))
        self._folded.clear()
        if kind == "removed":
            self._known.discard(transaction_id)
        else:
            self._known.add(transaction_id)

    def knows(self, transaction_id: str) -> bool:
        """Whether the id was added and not removed since."""
        return transaction_id in self._known

    def head(self, account_id: str | None) -> int:
        """The position after the last event of the account; of all accounts for None."""
        if account_id is None:
            return len(self.events)
        positions = self._positions.get(account_id)
        return positions[-1] if positions else 0

    def update(self, account_id: str | None, start: int, end: int) -> list[Event]:
        """What the events after `start` up to `end` come to: one event an id, by time of its last change.

        An id that came and went in between is left out, so one that starts at 0 never has a removal.
        """
        key = (account_id, start, end)
        if key not in self._folded:
            self._folded[key] = list(_fold(self._between(account_id, start, end)))
        return self._folded[key]

    def _between(self, account_id: str | None, start: int, end: int) -> Iterator[Event]:
        if account_id is None:
            yield from self.events[start:end]
            return
        positions = self._positions.get(account_id, [])
        for position in positions[bisect_right(positions, start) : bisect_right(positions, end)]:
            yield self.events[position - 1]


def _fold(events: Iterator[Event]) -> Iterator[Event]:
    first: dict[str, Kind] = {}
    last: dict[str, Event] = {}
    for event in events:
        first.setdefault(event.transaction_id, event.kind)
        last.pop(event.transaction_id, None)
        last[event.transaction_id] = event
    for transaction_id, event in last.items():
        if first[transaction_id] == "added":
            if event.kind != "removed":
                yield event._replace(kind="added")
        else:
            yield event
