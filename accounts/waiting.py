"""What waits for a person, and what was decided lately: reads for the page "Needs you"."""

import datetime
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q

from accounts import feeds
from accounts.matching import MERGE_WITHIN_DAYS, Candidate, days_apart, in_days
from accounts.models import HeldLine, Transaction
from accounts.models.held_line import HeldLineQuerySet
from accounts.unread import in_plain_words

PAGE = 20
LISTED_FOR = timedelta(days=30)
Decision = HeldLine.Decision
Reason = HeldLine.Reason


@dataclass(frozen=True)
class Item:
    """A held line with the row that it names itself; `line.candidate` is the other row."""

    line: HeldLine
    row: Transaction | None

    @property
    def is_open(self) -> bool:
        return self.line.resolved_at is None

    @property
    def is_pair(self) -> bool:
        return self.line.reason == Reason.POSSIBLE_DUPLICATE

    @property
    def is_unread(self) -> bool:
        return self.line.reason in (Reason.MALFORMED, Reason.OTHER_ACCOUNT)

    @property
    def sides(self) -> list[Transaction]:
        """The rows in question, the one that was there first before the other."""
        of_line = self.row if self.is_pair else None
        rows = {row.pk: row for row in (of_line, self.line.candidate) if row is not None}
        return [rows[pk] for pk in sorted(rows)]

    @property
    def why(self) -> str:
        """Why the app asks."""
        if not self.is_pair:
            return self.line.detail
        if len(self.sides) == 1:
            return "The two are one row now"
        return _likeness(self.sides[0], self.sides[-1], were_apart=self.line.run_id is None)

    @property
    def sent(self) -> list[tuple[str, str]]:
        """What the source of an unread line sent, in plain words."""
        return in_plain_words(self.line.raw)

    @property
    def prospect(self) -> str:
        """What becomes of an unread line if nobody does anything."""
        if feeds.kind(self.line.feed) != feeds.PLAID:
            return "Nothing of it is in the books. Import the file again once the line is corrected."
        if self.line.reason == Reason.OTHER_ACCOUNT:
            return "Nothing of it is in the books. It enters them when the bank sends it with the right account."
        return "Nothing of it is in the books yet. Every sync tries by itself to read it again."

    @property
    def outcome(self) -> str:
        """What the decision did."""
        if self.line.decision == Decision.LET_GO and self.is_unread:
            return "Off the list. It is not read again by itself."
        return _OUTCOMES.get(self.line.decision, "Settled by itself: its source has sent it again.")


_OUTCOMES: dict[str, str] = {
    Decision.SAME: "Same purchase: the two are one row now.",
    Decision.DIFFERENT: "Two purchases: both count, and they are not merged or asked about again.",
    Decision.RESTORED: "Restored: it counts again, as an entry of your own.",
    Decision.LET_GO: "Let go: it stays out of the books.",
}


def _likeness(one: Transaction, other: Transaction, *, were_apart: bool) -> str:
    if (one.amount, one.currency) != (other.amount, other.currency):
        return "Their amounts were equal and are not any more"
    days = days_apart(_as_candidate(one), _as_candidate(other))
    like = f"Same amount, {in_days(days)}"
    if were_apart:
        return f"{like}; you took them apart"
    if days > MERGE_WITHIN_DAYS:
        return f"{like}: too far to be sure"
    if one.is_edited and other.is_edited:
        return f"{like}; both carry your words"
    return f"{like}, but more than one row fits"


def _as_candidate(row: Transaction) -> Candidate:
    return Candidate(
        row_id=row.pk,
        date=row.date,
        authorized_date=row.authorized_date,
        amount=row.amount,
        currency=row.currency,
        is_pending=row.is_pending,
        description=row.bank_description,
        is_edited=row.is_edited,
    )


@dataclass(frozen=True)
class Section:
    """One page of a list, newest first; `older` is where the next page starts, "" at the end."""

    items: list[Item]
    older: str


@dataclass(frozen=True)
class Waiting:
    """All that the page shows."""

    pairs: Section
    set_aside: Section
    unread: Section
    decided: Section

    @property
    def is_empty(self) -> bool:
        return not (self.pairs.items or self.set_aside.items or self.unread.items)


def waiting(before: dict[str, str], *, but: int | None, now: datetime.datetime) -> Waiting:
    """What waits and what was decided lately, without the line `but`, in at most seven queries.

    `before`: for each section where its page starts, as told by `Section.older`.
    """
    lines = HeldLine.objects.exclude(pk=but) if but else HeldLine.objects.all()
    decided = lines.exclude(decision="").filter(resolved_at__gte=now - LISTED_FOR)
    return Waiting(
        pairs=_section(lines.pairs(), "created_at", before.get("pairs", "")),
        set_aside=_section(lines.set_aside(), "created_at", before.get("set_aside", "")),
        unread=_section(lines.unread(), "created_at", before.get("unread", "")),
        decided=_section(decided, "resolved_at", before.get("decided", "")),
    )


def item(pk: int) -> Item | None:
    """The one line, whatever its state; None if it is gone."""
    found = _items(HeldLine.objects.filter(pk=pk), 1)
    return found[0] if found else None


def _section(lines: HeldLineQuerySet, column: str, before: str) -> Section:
    ordered = _before(lines, column, before).order_by(f"-{column}", "-pk")
    found = _items(ordered, PAGE + 1)
    older = found[PAGE - 1].line if len(found) > PAGE else None
    return Section(found[:PAGE], f"{getattr(older, column).isoformat()}_{older.pk}" if older else "")


def _before(lines: HeldLineQuerySet, column: str, key: str) -> HeldLineQuerySet:
    moment, _, pk = key.partition("_")
    try:
        instant, last = datetime.datetime.fromisoformat(moment).astimezone(datetime.UTC), int(pk)
    except (ValueError, OverflowError):
        return lines
    return lines.filter(Q((f"{column}__lt", instant)) | Q((column, instant), pk__lt=last))


def _items(lines: HeldLineQuerySet, at_most: int) -> list[Item]:
    found = list(lines.with_row().select_related("account", "candidate")[:at_most])
    of_pairs = {line.row_id for line in found if line.reason == Reason.POSSIBLE_DUPLICATE and line.row_id}
    rows = Transaction.objects.in_bulk(of_pairs)
    return [Item(line, rows.get(line.row_id or 0)) for line in found]
