"""One sync of one investment account: read what it holds and what happened, then record both at once.

The run is written before the first call. Nothing is asked inside a transaction. What was read goes into the
investments database in one transaction, under the lease; only then the run is marked as done.
"""

import contextlib
import datetime
import logging
from typing import Any

from django.db import transaction

from accounts.models import SyncLog
from investments.facts import HoldingsRead, Recorded, TradesRead
from investments.market_hours import market_day
from investments.models import InvestmentAccount
from investments.reach import DATABASE, InvestmentsUnavailable, reaching
from investments.recording import record
from plaid_sync.balances import usable_token
from plaid_sync.brokerage.fetching import fetch_trades
from plaid_sync.brokerage.runs import begin, finish
from plaid_sync.brokerage.standing import show_standing
from plaid_sync.errors import (
    AccountGone,
    ConfigurationError,
    ConsentMissing,
    NotReady,
    PlaidError,
    ProductUnavailable,
    TemporarilyUnavailable,
)
from plaid_sync.gateway import Gateway
from plaid_sync.halt import go_on, halt
from plaid_sync.item_state import clear_item_error, record_item_error
from plaid_sync.lease import Lease, LostLease, acquire_investments, acquire_investments_if_wanted
from plaid_sync.models import InvestmentLink, InvestmentRun, PlaidItem
from plaid_sync.pacing import Pace
from plaid_sync.stream_run import ALREADY_RUNNING, Outcome, StreamRun

logger = logging.getLogger(__name__)

_WHOLE_HISTORY = datetime.timedelta(days=730)  # what Plaid has at most
_WINDOW = datetime.timedelta(days=90)  # read again each time: institutions correct what they have told
_AHEAD = datetime.timedelta(days=31)  # some institutions date by settlement; in their zone it can be tomorrow
_OVERLAP = datetime.timedelta(days=30)  # after a longer break
_Connection = InvestmentAccount.ConnectionStatus
_Status = SyncLog.Status


class OutOfReach(TemporarilyUnavailable):
    """The investments database can't be used now."""


def sync_investments(link_id: int, trigger: str, *, gateway: Gateway, pace: Pace) -> Outcome:
    """Brings an investment account up to date, or says at once that another run is at it.

    What goes wrong at Plaid or with the investments database is recorded, not raised.
    Raises InvestmentLink.DoesNotExist.
    """
    return _sync(acquire_investments(link_id), link_id, trigger, gateway=gateway, pace=pace)


def sync_investments_if_wanted(link_id: int, trigger: str, *, gateway: Gateway, pace: Pace) -> Outcome:
    """As `sync_investments`, but only if nobody has begun a run since one was asked for (`already_running`, too)."""
    return _sync(acquire_investments_if_wanted(link_id), link_id, trigger, gateway=gateway, pace=pace)


def _sync(lease: Lease | None, link_id: int, trigger: str, *, gateway: Gateway, pace: Pace) -> Outcome:
    link = InvestmentLink.objects.select_related("item").get(pk=link_id)
    if lease is None:
        return Outcome(ALREADY_RUNNING)
    with lease:
        run = begin(link, trigger, now=pace.now())
        outcome = _Run(lease, link, run, gateway, pace).work()
    logger.info("Sync %s of investment link %s: %s", run.pk, link_id, outcome.status)
    return outcome


class _Run(StreamRun[InvestmentLink, InvestmentRun]):
    """One run of an investment account. `day` is New York's date, decided once."""

    def __init__(self, lease: Lease, link: InvestmentLink, run: InvestmentRun, gateway: Gateway, pace: Pace) -> None:
        super().__init__(lease, link, run, gateway, pace)
        self.day = market_day(pace.now())

    def _work(self) -> Outcome:
        delay: NotReady | None = None
        trades: TradesRead | None = None
        try:
            first = self._first_day()
            token = usable_token(self.stream.item, self.gateway)
            holdings = self.gateway.holdings(token, account_id=self.stream.plaid_account_id)
            try:
                trades = self._trades(token, first)
            except NotReady as error:  # what it holds is known before what happened
                delay = error
            recorded = self._record(holdings, trades)
        except InvestmentsUnavailable as error:
            return self._end(OutOfReach(str(error), code="INVESTMENTS_DATABASE"))
        except PlaidError as error:
            return self._end(error)
        return self._finish(holdings, trades, recorded, delay)

    def _first_day(self) -> datetime.date:
        """All that there is at first; then the window, and more where no run came through for long."""
        with reaching():
            account = InvestmentAccount.objects.filter(key=self.stream.account_key).first()
        if account is None:
            raise OutOfReach(
                "The investments database does not know this account any more. It is put back by itself.",
                code="ACCOUNT_NOT_FOUND",
            )
        whole = self.day - _WHOLE_HISTORY
        if self.stream.read_from is None or account.history_from is None or account.last_synced_at is None:
            return whole
        since = market_day(account.last_synced_at) - _OVERLAP
        return max(whole, min(self.day - _WINDOW, since))

    def _trades(self, token: str, first: datetime.date) -> TradesRead:
        account_id = self.stream.plaid_account_id
        days = (first, self.day + _AHEAD)
        self.lease.extend()
        return fetch_trades(self.gateway, token, account_id, days=days, go_on=self.lease.extend)

    def _record(self, holdings: HoldingsRead, trades: TradesRead | None) -> Recorded:
        """All in one transaction of the investments database. Raises LostLease, InvestmentsUnavailable."""
        with reaching(), transaction.atomic(using=DATABASE):
            account = InvestmentAccount.objects.select_for_update().filter(key=self.stream.account_key).first()
            if account is None:
                raise LostLease
            # Looked at only now: whoever ends the connection takes the lease before it waits for the account's row.
            self.lease.extend()
            is_first = self.stream.read_from is None
            return record(account, holdings, trades, day=self.day, is_first=is_first, now=self.pace.now())

    def _finish(
        self, holdings: HoldingsRead, trades: TradesRead | None, recorded: Recorded, delay: NotReady | None
    ) -> Outcome:
        """Marks as done here what is recorded there. Another run may have the account by now: then that one does."""
        status = _Status.NOT_READY if delay else _Status.SUCCESS
        facts: dict[str, object] = {
            "connection_status": _Connection.CONNECTED,
            "last_sync_error": "",
            "next_step": "",
        }
        if trades:
            facts |= {"read_from": self.stream.read_from or trades.first}
        attempts = self.stream.attempts + 1 if delay else 0
        due_at = self.pace.while_preparing(self.stream.attempts) if delay else self.pace.after_investments()
        go_on()
        with transaction.atomic():
            if self.stream.item.status != PlaidItem.Status.ACTIVE:
                clear_item_error(self.stream.item)
            with contextlib.suppress(LostLease):
                self._update_link(next_sync_at=due_at, attempts=attempts, **facts)
            # Asked for when this run had its answers already.
            self._mine().filter(is_wanted=True).update(next_sync_at=self.pace.now())
            self._close(status, read=(holdings, trades), recorded=recorded, error=delay)
        return Outcome(status, self.log, delay)

    def _end(self, error: PlaidError) -> Outcome:
        """Records an end without success, and when to try again. Raises LostLease, recording nothing."""
        status = _Status.NOT_READY if isinstance(error, NotReady) else _Status.ERROR
        facts: dict[str, object] = {
            "next_sync_at": self._next_attempt(error),
            "attempts": self.stream.attempts + 1,
        }
        with transaction.atomic():
            if isinstance(error, ConfigurationError):
                halt(error, now=self.pace.now())
            elif error.item_status:
                record_item_error(self.stream.item, error)
            elif status == _Status.ERROR:
                facts |= _trouble(error, self.stream.item.institution)
            self._update_link(**facts)
            self._close(status, error=error)
        show_standing(self.stream.item)
        return Outcome(status, self.log, error)

    def _next_regular(self) -> datetime.datetime:
        return self.pace.after_investments()

    def _close(self, status: str, **facts: Any) -> None:
        finish(self.log, status, now=self.pace.now(), **facts)

    def _update_link(self, **facts: object) -> None:
        if not self._mine().update(**facts):
            raise LostLease


def _trouble(error: PlaidError, institution: str) -> dict[str, object]:
    """What the link says after an error that concerns it alone."""
    facts: dict[str, object] = {"last_sync_error": error.about(institution), "next_step": error.step}
    if isinstance(error, ConsentMissing):
        facts["connection_status"] = _Connection.LOGIN_REQUIRED
    elif isinstance(error, AccountGone | ProductUnavailable):
        facts["connection_status"] = _Connection.ERROR
    return facts
