"""What one reading of an account says, recorded: what it holds on this day, and what happened."""

from dataclasses import replace
from datetime import date, datetime

from investments.facts import HoldingsRead, Recorded, TradesRead
from investments.market_hours import market_day
from investments.models import InvestmentAccount
from investments.securities import known_securities, record_securities
from investments.snapshots import record_snapshot
from investments.trades import record_trades


def record(
    account: InvestmentAccount,
    holdings: HoldingsRead,
    trades: TradesRead | None,
    *,
    day: date,
    is_first: bool,
    now: datetime,
) -> Recorded:
    """Brings the account, locked by the caller's transaction, in step with its institution; again changes nothing.

    `trades` is None while the institution is still preparing them. `is_first`: nothing was read through this
    connection before. `day` is New York's.
    """
    told = {**(trades.securities if trades else {}), **holdings.securities}
    securities = record_securities(told)
    named = holdings.unread | {facts.security for facts in trades.trades.values()} if trades else holdings.unread
    securities |= known_securities(named - securities.keys() - {""})
    recorded = record_snapshot(account, holdings, securities, day=day)
    if trades:
        happened = record_trades(account, trades, securities, is_first=is_first, now=now)
        recorded = replace(happened, positions=recorded.positions, ended=recorded.ended)
        account.history_from = _history_from(account, trades.first)
        if happened.added or happened.modified or happened.withdrawn:
            account.reckoned_at = None
    account.connection_status = InvestmentAccount.ConnectionStatus.CONNECTED
    account.last_synced_at, account.last_sync_error = now, ""
    if holdings.balance_currency == account.currency:
        account.balance_current = holdings.balance
    changed = [
        "history_from",
        "reckoned_at",
        "connection_status",
        "last_synced_at",
        "last_sync_error",
        "balance_current",
    ]
    account.save(update_fields=changed)
    return recorded


def _history_from(account: InvestmentAccount, first: date) -> date:
    """The first day from which on nothing is missing, now that everything since `first` was read."""
    known, synced_at = account.history_from, account.last_synced_at
    if known is None or synced_at is None or market_day(synced_at) < first:
        return first
    return min(known, first)
