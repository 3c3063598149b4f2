"""How a portfolio is spread: over kinds of securities, accounts, and its largest positions."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, TypeVar

from investments.shares import weights

LARGEST = 10
OTHER = "Other"

Of = TypeVar("Of", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Slice(Generic[Of]):
    """One part of an allocation. `of` says of what: a security type, an account, a security; None for "Other".

    `weight` is in percent with one decimal; all of an allocation add up to 100. None if the whole is not positive.
    """

    of: Of | None
    label: str
    value: Decimal
    weight: Decimal | None


def allocation(parts: Iterable[tuple[Of, str, Decimal]]) -> tuple[Slice[Of], ...]:
    """Parts with the same `of` together, the largest first."""
    sums: dict[Of, tuple[str, Decimal]] = {}
    for of, label, value in parts:
        sums[of] = (label, sums[of][1] + value if of in sums else value)
    ordered = sorted(((of, label, value) for of, (label, value) in sums.items()), key=lambda part: (-part[2], part[1]))
    return _weighed(ordered)


def largest(slices: tuple[Slice[Of], ...]) -> tuple[Slice[Of], ...]:
    """The ten largest and the rest as "Other"; the rest keeps no name of its own unless it is only one."""
    if len(slices) <= LARGEST + 1:
        return slices
    rest = sum((each.value for each in slices[LARGEST:]), Decimal(0))
    named: list[tuple[Of | None, str, Decimal]] = [(each.of, each.label, each.value) for each in slices[:LARGEST]]
    return _weighed([*named, (None, OTHER, rest)])


def _weighed(parts: Iterable[tuple[Of | None, str, Decimal]]) -> tuple[Slice[Of], ...]:
    listed = list(parts)
    shares = weights([value for _, _, value in listed])
    return tuple(Slice(of, label, value, weight) for (of, label, value), weight in zip(listed, shares, strict=True))
