"""What a bank states about the whole file above its header, compared with the rows."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from imports.reading.amounts import parse_amount
from imports.reading.columns import trimmed
from imports.reading.mapping import DecimalMark
from imports.reading.statements import BalanceProof, FileStatement, Verdict
from imports.reading.tables import Row

_TOTALS = {
    "total credits": re.compile(r"total (?:credits|deposits)\b", re.IGNORECASE),
    "total debits": re.compile(r"total (?:debits|withdrawals)\b", re.IGNORECASE),
}


def checked(proof: BalanceProof, above: Sequence[Row], statement: FileStatement, mark: DecimalMark) -> BalanceProof:
    """The proof, failed where the totals that the bank states aren't those of the posted rows."""
    if proof.verdict is Verdict.FAIL:
        return proof
    sums = {"total credits": statement.money_in, "total debits": statement.money_out}
    stated = list(_stated(above, mark))
    for name, total in stated:
        if total != sums[name]:
            detail = f"The file states {name} of {total:,f}, but its rows add up to {sums[name]:,f}."
            return BalanceProof(Verdict.FAIL, detail)
    if stated and proof.verdict is Verdict.NOT_AVAILABLE:
        return BalanceProof(Verdict.PASS, "The totals that the file states agree with its rows.")
    return proof


def _stated(above: Sequence[Row], mark: DecimalMark) -> Iterator[tuple[str, Decimal]]:
    for row in above:
        cells = trimmed(row.cells)
        name = next((name for name, label in _TOTALS.items() if cells and label.match(cells[0])), None)
        if name and len(cells) > 1:
            try:
                yield name, abs(parse_amount(cells[-1], mark))
            except ValueError:
                continue  # a label without a number states nothing
