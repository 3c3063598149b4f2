"""What happened on an account, as its institution states it: read again and again over a moving window of days."""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import TypeVar

from investments.facts import Recorded, TradeFacts, TradesRead
from investments.kinds import is_known, kind_of
from investments.models import InvestmentAccount, InvestmentTransaction, Security

logger = logging.getLogger(__name__)

_T = TypeVar("_T")
_CHUNK = 500
_COLUMNS = (
    "security_id",
    "date",
    "kind",
    "raw_type",
    "raw_subtype",
    "name",
    "quantity",
    "price",
    "amount",
    "fees",
    "currency",
)


def record_trades(
    account: InvestmentAccount, read: TradesRead, securities: Mapping[str, Security], *, is_first: bool, now: datetime
) -> Recorded:
    """Brings the account's transactions in step with what was read, however often. Call it in a transaction.

    What the institution no longer sends of these days is withdrawn, and comes back if it is sent again. A first
    reading says nothing of days before the first that it has something of: the history may begin there.
    """
    known = _known(account, list(read.trades))
    recorded = Recorded(unknown=_count_unknown(read.trades.values()))
    new: list[InvestmentTransaction] = []
    changed: list[InvestmentTransaction] = []
    for facts in read.trades.values():
        row = _row(account, facts, securities.get(facts.security))
        kept = known.get(facts.external_id)
        if kept is None:
            new.append(row)
        elif kept.withdrawn_at is not None or _differs(kept, row):
            changed.append(row)
        else:
            recorded.unchanged += 1
    InvestmentTransaction.objects.bulk_create(new, batch_size=_CHUNK)
    InvestmentTransaction.objects.bulk_create(
        changed,
        batch_size=_CHUNK,
        update_conflicts=True,
        unique_fields=["investment_account", "external_id"],
        update_fields=[*_COLUMNS, "withdrawn_at"],
    )
    recorded.added, recorded.modified = len(new), len(changed)
    recorded.withdrawn = _withdraw(account, read, is_first=is_first, now=now)
    return recorded


def _known(account: InvestmentAccount, ids: list[str]) -> dict[str, InvestmentTransaction]:
    found = (account.transactions.filter(external_id__in=chunk) for chunk in _chunks(ids))
    return {row.external_id: row for rows in found for row in rows}


def _row(account: InvestmentAccount, facts: TradeFacts, security: Security | None) -> InvestmentTransaction:
    return InvestmentTransaction(
        investment_account=account,
        external_id=facts.external_id,
        security=security,
        date=facts.date,
        kind=kind_of(facts.raw_type, facts.raw_subtype, quantity=facts.quantity, amount=facts.amount),
        raw_type=facts.raw_type,
        raw_subtype=facts.raw_subtype,
        name=facts.name,
        quantity=facts.quantity,
        price=facts.price,
        amount=facts.amount,
        fees=facts.fees,
        currency=facts.currency,
    )


def _differs(kept: InvestmentTransaction, row: InvestmentTransaction) -> bool:
    return any(getattr(kept, name) != getattr(row, name) for name in _COLUMNS)


def _withdraw(account: InvestmentAccount, read: TradesRead, *, is_first: bool, now: datetime) -> int:
    """Withdraws what is not sent any more; returns how many rows. Nothing, if something may have been missed."""
    first = _first_day(read, is_first=is_first)
    if first is None or not read.is_whole:
        return 0
    rows = account.transactions.live().filter(date__gte=first, date__lte=read.last).values_list("pk", "external_id")
    gone = [pk for pk, external_id in rows if external_id not in read.trades and external_id not in read.unread]
    for chunk in _chunks(gone):
        InvestmentTransaction.objects.filter(pk__in=chunk).update(withdrawn_at=now)
    return len(gone)


def _first_day(read: TradesRead, *, is_first: bool) -> date | None:
    """The first day that the reading speaks of; None if it speaks of none."""
    if not is_first:
        return read.first
    return min((facts.date for facts in read.trades.values()), default=None)


def _count_unknown(trades: Iterable[TradeFacts]) -> int:
    unknown = Counter((facts.raw_type, facts.raw_subtype) for facts in trades)
    for pair, count in sorted(unknown.items()):
        if not is_known(*pair):
            logger.warning("%s investment transactions are of a kind that is not known: %s / %s", count, *pair)
    return sum(count for pair, count in unknown.items() if not is_known(*pair))


def _chunks(values: list[_T]) -> Iterator[list[_T]]:
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]
