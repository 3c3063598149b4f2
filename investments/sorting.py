"""The holdings table in the order that its reader asks for."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from investments.day_change import Change
from investments.positions import Position

Key = str | Decimal | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the holdings table; `key` is its name in the address, empty if it can't be sorted by."""

    label: str
    key: str = ""
    is_amount: bool = True
    value: Callable[[Position], Key] = lambda _position: None


def _amount(change: Change | None) -> Decimal | None:
    return change.amount if change else None


COLUMNS = (
    Column("Holding", "name", is_amount=False, value=lambda position: str(position.security).casefold()),
    Column("Quantity"),
    Column("Price"),
    Column("Value", "value", value=lambda position: position.worth.value),
    Column("Weight"),
    Column("Average cost"),
    Column("Gain", "gain", value=lambda position: _amount(position.gain)),
    Column("Day", "day", value=lambda position: _amount(position.day)),
)
_BY_KEY = {column.key: column for column in COLUMNS if column.key}


@dataclass(frozen=True, slots=True)
class Sort:
    """An order of the holdings: "gain" is ascending, "-gain" descending."""

    column: Column
    is_descending: bool

    @classmethod
    def parse(cls, text: str) -> "Sort":
        """The order that `text` names; the largest value first if it names none."""
        column = _BY_KEY.get(text.removeprefix("-"))
        return cls(column, text.startswith("-")) if column else cls(_BY_KEY["value"], is_descending=True)

    def next_of(self, column: Column) -> str:
        """The order that a click on the head of `column` asks for: amounts begin with the largest, then it turns."""
        is_descending = not self.is_descending if column is self.column else column.is_amount
        return f"{'-' if is_descending else ''}{column.key}"

    def sorted(self, positions: Iterable[Position]) -> list[Position]:
        """The positions in this order; what has no such figure comes last in both directions."""
        listed = list(positions)
        known = [position for position in listed if self.column.value(position) is not None]
        known.sort(key=self.column.value, reverse=self.is_descending)  # type: ignore[arg-type]
        return known + [position for position in listed if self.column.value(position) is None]
