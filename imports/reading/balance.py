"""The proof that is in the file itself: balance before + amount = balance after."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from imports.reading.mapping import Sign
from imports.reading.statements import BalanceProof, FileLine, Verdict


@dataclass(frozen=True, slots=True)
class Step:
    """One row: what it adds to the balance, and the balance that the file states after it, if any."""

    row: int
    change: Decimal
    balance: Decimal | None


@dataclass(frozen=True, slots=True)
class _Break:
    row: int
    expected: Decimal
    stated: Decimal


def prove(lines: Sequence[FileLine]) -> BalanceProof:
    """The verdict on the lines of one account in the order of the file."""
    steps = [Step(entry.row, -entry.line.amount, entry.balance) for entry in lines]
    if sum(step.balance is not None for step in steps) < 2:
        return BalanceProof(Verdict.NOT_AVAILABLE, "The file has no running balance.")
    if chains(steps):
        return BalanceProof(Verdict.PASS, "The running balance agrees with every amount.")
    if chains(_opposite(steps)):
        return BalanceProof(
            Verdict.PASS, "The running balance agrees with every amount; it is what is owed.", is_owed=True
        )
    broken = min((_breaks(steps), _breaks(steps[::-1])), key=len)[0]
    detail = (
        f"Row {broken.row}: the balance should be {broken.expected:,f} after this amount, "
        f"but the file says {broken.stated:,f}."
    )
    return BalanceProof(Verdict.FAIL, detail, row=broken.row)


def settled_sign(steps: Sequence[Step]) -> Sign | None:
    """Which sign is money out, for steps whose change is the amount as printed; None where the balance doesn't tell.

    The balance is taken for money that the account holds.
    """
    if sum(step.balance is not None and step.change != 0 for step in steps) < 2:
        return None
    as_printed, turned = chains(steps), chains(_opposite(steps))
    if as_printed == turned:
        return None
    return Sign.NEGATIVE if as_printed else Sign.POSITIVE


def chains(steps: Sequence[Step]) -> bool:
    """Whether the balances follow from the changes: oldest first, newest first, or with days shuffled."""
    return not _breaks(steps) or not _breaks(steps[::-1]) or _links(steps)


def _opposite(steps: Iterable[Step]) -> list[Step]:
    return [Step(step.row, -step.change, step.balance) for step in steps]


def _breaks(steps: Iterable[Step]) -> list[_Break]:
    found: list[_Break] = []
    known: Decimal | None = None
    for step in steps:
        expected = None if known is None else known + step.change
        if expected is not None and step.balance is not None and step.balance != expected:
            found.append(_Break(step.row, expected, step.balance))
        known = expected if step.balance is None else step.balance
    return found


def _links(steps: Sequence[Step]) -> bool:
    """Whether the rows can be put in an order that chains: all balances but the first and last meet in pairs.

    Banks sort the rows of one day as they like.
    """
    if any(step.balance is None for step in steps):
        return False
    after = Counter(step.balance for step in steps if step.balance is not None)
    before = Counter(step.balance - step.change for step in steps if step.balance is not None)
    return (before - after).total() <= 1
