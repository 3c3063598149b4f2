"""Parts of a whole in percent."""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal

WEIGHT_STEP = Decimal("0.1")
_PERCENT_STEP = Decimal("0.01")
_WHOLE = Decimal(100)


def weights(values: Sequence[Decimal]) -> list[Decimal | None]:
    """What each value is of their sum, in percent with one decimal; as shown they add up to 100 exactly.

    All None if the sum is not positive. What rounding leaves over goes to the largest remainders.
    """
    total = sum(values, Decimal(0))
    if total <= 0:
        return [None] * len(values)
    exact = [value * _WHOLE / total for value in values]
    rounded = [share.quantize(WEIGHT_STEP, ROUND_FLOOR) for share in exact]
    missing = int((_WHOLE - sum(rounded, Decimal(0))) / WEIGHT_STEP)
    by_remainder = sorted(range(len(values)), key=lambda index: (rounded[index] - exact[index], -values[index]))
    for index in by_remainder[:missing]:
        rounded[index] += WEIGHT_STEP
    return list(rounded)


def percent(part: Decimal, whole: Decimal) -> Decimal | None:
    """`part` of `whole` in percent with two decimals; None unless `whole` is positive."""
    if whole <= 0:
        return None
    return (part * _WHOLE / whole).quantize(_PERCENT_STEP)
