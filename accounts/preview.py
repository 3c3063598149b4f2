"""What a post would do, line by line, without doing it."""

import datetime
from dataclasses import dataclass
from enum import StrEnum

from accounts.ledger import Posting
from accounts.lines import Delivery, StatementLine
from accounts.lookup import Row, rows_by_id
from accounts.matching import days_apart, in_days
from accounts.models import Account


class Verdict(StrEnum):
    NEW = "new"
    KNOWN = "known"  # this feed has named it before
    SAME = "same"  # another source has brought this purchase
    DOUBTFUL = "doubtful"  # may be the same purchase; becomes a row of its own and is listed


@dataclass(frozen=True, slots=True)
class Finding:
    """A line, what would become of it, the row that it meets (None for a new one) and why, in a few words."""

    line: StatementLine
    verdict: Verdict
    row: Row | None = None
    reason: str = ""


def preview(account: Account, delivery: Delivery, *, now: datetime.datetime) -> list[Finding]:
    """A finding for every line of the delivery, in its order. Reads only, with a fixed number of queries per 500."""
    posting = Posting(account.pk, delivery, None, now)
    posting.decide()
    doubtful = {line.external_id: row_id for line, row_id in posting.suggestions}
    claims = {line.external_id: row_id for row_id, line in posting.claimed.items()}
    met = {*doubtful.values(), *claims.values()}
    rows = posting.rows | rows_by_id(met - posting.rows.keys())
    return [_finding(line, posting, doubtful, claims, rows) for line in delivery.lines]


def _finding(
    line: StatementLine,
    posting: Posting,
    doubtful: dict[str, int],
    claims: dict[str, int],
    rows: dict[int, Row],
) -> Finding:
    name = line.external_id
    if name in doubtful:
        return _likeness(line, Verdict.DOUBTFUL, rows[doubtful[name]])
    if name in posting.records:
        row_id = posting.records[name].row_id
        return Finding(line, Verdict.KNOWN, posting.rows.get(row_id), "Already imported")
    if name in claims:
        return _likeness(line, Verdict.SAME, rows[claims[name]])
    return Finding(line, Verdict.NEW)


def _likeness(line: StatementLine, verdict: Verdict, row: Row) -> Finding:
    return Finding(line, verdict, row, f"Same amount, {in_days(days_apart(line, row.as_candidate()))}")
