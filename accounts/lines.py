"""What every source is read into before it is posted, and what a post reports back."""

import datetime
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One line of one feed.

    `amount` is positive for money out, in `currency`; `date` is the day it posted (for a pending
    line the day it happened), `authorized_date` the day of the purchase where the source tells it.
    `external_id` is the feed's name for the line; empty where the source has none (see `identified`).
    `pending_id` names the pending line of the same feed that this one settles.
    """

    external_id: str
    date: datetime.date
    amount: Decimal
    currency: str
    description: str
    merchant: str = ""
    authorized_date: datetime.date | None = None
    is_pending: bool = False
    pending_id: str = ""
    category_primary: str = ""
    category_detailed: str = ""
    category_confidence: str = ""


@dataclass(frozen=True, slots=True)
class UnpostableLine:
    """A line that can't enter the books; kept as a HeldLine with `raw` as sent, secrets removed.

    `reason` is a `HeldLine.Reason` value (`malformed` or `other_account`), `detail` one plain sentence.
    `pending_id` names the pending line that this one would have settled, where it can be read.
    """

    external_id: str
    raw: Mapping[str, Any]
    reason: str
    detail: str
    pending_id: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """All that one feed has to say in one run, each id at most once.

    `removed_ids`: ids that the feed withdraws. `completes_history`: this run ends the replay of a
    new feed, so rows that only older Plaid feeds of the account vouch for can be swept.
    `kept_apart`: ids of lines that a person has called purchases of their own; likeness is no reason
    to merge them.
    """

    feed: str
    lines: Sequence[StatementLine] = ()
    removed_ids: frozenset[str] = frozenset()
    unpostable: Sequence[UnpostableLine] = ()
    completes_history: bool = field(default=False, kw_only=True)
    kept_apart: frozenset[str] = field(default=frozenset(), kw_only=True)


@dataclass(slots=True)
class Tally:
    """What one post did. Every line received is in exactly one of added, modified, merged, unchanged or held,
    but for possible duplicates, which are added and held. `removed` counts rows, not ids."""

    added: int = 0
    modified: int = 0
    removed: int = 0
    merged: int = 0
    unchanged: int = 0
    held: int = 0


def identified(lines: Iterable[StatementLine]) -> Iterator[StatementLine]:
    """The lines of one file, those without an id named by what they say.

    The id is a hash of date, amount and normalised raw text plus `#n` for the n-th identical line,
    so the same or an overlapping file is recognised line by line.
    """
    seen: Counter[str] = Counter()
    for line in lines:
        if line.external_id:
            yield line
            continue
        digest = _digest(line)
        seen[digest] += 1
        yield replace(line, external_id=f"{digest}#{seen[digest]}")


def _digest(line: StatementLine) -> str:
    words = re.sub(r"\s+", " ", line.description).strip().casefold()
    # `or 0`: a zero has one name, with or without a minus.
    said = "\x1f".join((line.date.isoformat(), f"{line.amount or 0:.4f}", line.currency, words))
    return hashlib.sha256(said.encode()).hexdigest()[:32]
