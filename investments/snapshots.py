"""What an account holds on a day, as its institution states it."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

from investments.facts import HoldingFacts, HoldingsRead, Recorded
from investments.models import DayValue, Holding, InvestmentAccount, Security

_CHUNK = 500
_NOTHING = Decimal(0)
_COLUMNS = ("quantity", "price", "price_as_of", "value", "cost_basis", "currency")


def record_snapshot(
    account: InvestmentAccount, read: HoldingsRead, securities: Mapping[str, Security], *, day: date
) -> Recorded:
    """Makes the account's snapshot of `day` what was read, however often. Call it in a transaction.

    A position that is no longer told of has ended: quantity 0. One that can't be read goes on as it was.
    """
    rows = {securities[key].pk: _row(account, securities[key], facts, day) for key, facts in read.holdings.items()}
    known = _known(account, day)
    missing = {pk: row for pk, row in known.items() if pk not in rows}
    unread = {securities[key].pk for key in read.unread if key in securities}
    ended = {pk: row for pk, row in missing.items() if read.is_whole and pk not in unread}
    recorded = Recorded(
        positions=sum(row.quantity != 0 for row in rows.values()),
        ended=len(ended) + sum(row.quantity == 0 and pk in known for pk, row in rows.items()),
    )
    for pk, row in missing.items():
        rows[pk] = _ended(row, day) if pk in ended else _going_on(row, day)
    Holding.objects.bulk_create(
        rows.values(),
        batch_size=_CHUNK,
        update_conflicts=True,
        unique_fields=["investment_account", "security", "as_of_date"],
        update_fields=[*_COLUMNS, "origin", "updated_at"],
    )
    DayValue.objects.add_up(account.pk, day, day)
    return recorded


def _known(account: InvestmentAccount, day: date) -> dict[int, Holding]:
    """What the account holds by the last snapshot before `day` and by an earlier one of that day, by security."""
    own = InvestmentAccount.objects.filter(pk=account.pk)
    last = Holding.objects.of_snapshots(own.last_snapshots(until=day - timedelta(days=1)))
    today = account.holdings.filter(as_of_date=day)
    known = {row.security_id: row for row in last} | {row.security_id: row for row in today}
    return {pk: row for pk, row in known.items() if row.quantity != 0}


def _row(account: InvestmentAccount, security: Security, facts: HoldingFacts, day: date) -> Holding:
    told = {name: getattr(facts, name) for name in _COLUMNS}
    return Holding(investment_account=account, security=security, as_of_date=day, **told)


def _ended(row: Holding, day: date) -> Holding:
    return Holding(
        investment_account_id=row.investment_account_id,
        security_id=row.security_id,
        as_of_date=day,
        quantity=_NOTHING,
        value=_NOTHING,
        currency=row.currency,
    )


def _going_on(row: Holding, day: date) -> Holding:
    kept = {name: getattr(row, name) for name in (*_COLUMNS, "origin")}
    return Holding(investment_account_id=row.investment_account_id, security_id=row.security_id, as_of_date=day, **kept)
