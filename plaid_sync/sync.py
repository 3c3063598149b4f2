"""One sync of one linked account: fetch and stage its pages, fold them, post them once with the cursor.

No call is made inside a database transaction, and nothing waits: what can't go on ends and is due later.
"""

import contextlib
import datetime
import logging
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from accounts.ledger import post
from accounts.lines import Delivery
from accounts.models import Account, HeldLine, SyncLog
from accounts.proof import fix_opening_balance
from plaid_sync import staging
from plaid_sync.balances import BALANCE_COLUMNS, set_balances, usable_token
from plaid_sync.errors import ConfigurationError, NotReady, PlaidError
from plaid_sync.fetching import Fetching
from plaid_sync.gateway import Gateway
from plaid_sync.halt import go_on, halt
from plaid_sync.item_state import clear_item_error, record_account_error, record_item_error
from plaid_sync.lease import Lease, LostLease, acquire, acquire_if_wanted
from plaid_sync.models import LinkedAccount, PlaidItem
from plaid_sync.pacing import Pace
from plaid_sync.payloads import Fold
from plaid_sync.replies import parse_json
from plaid_sync.runs import begin, finish
from plaid_sync.staging import Chain
from plaid_sync.stream_run import ALREADY_RUNNING, Outcome, StreamRun

logger = logging.getLogger(__name__)

_COMPLETE = LinkedAccount.History.HISTORICAL
_Status = SyncLog.Status


def sync(linked_account_id: int, trigger: str, *, gateway: Gateway, pace: Pace) -> Outcome:
    """Brings a linked account up to date, or says at once that another run is at it.

    Errors of Plaid are recorded, not raised. Raises LinkedAccount.DoesNotExist.
    """
    return _sync(acquire(linked_account_id), linked_account_id, trigger, gateway=gateway, pace=pace)


def sync_if_wanted(linked_account_id: int, trigger: str, *, gateway: Gateway, pace: Pace) -> Outcome:
    """As `sync`, but only if nobody has begun a run since one was asked for (`already_running` then, too)."""
    return _sync(acquire_if_wanted(linked_account_id), linked_account_id, trigger, gateway=gateway, pace=pace)


def _sync(lease: Lease | None, linked_account_id: int, trigger: str, *, gateway: Gateway, pace: Pace) -> Outcome:
    linked = LinkedAccount.objects.select_related("item", "account").get(pk=linked_account_id)
    if lease is None:
        return Outcome(ALREADY_RUNNING)
    with lease:
        log = begin(linked, trigger, now=pace.now())
        outcome = _Run(lease, linked, log, gateway, pace).work()
    logger.info("Sync %s of linked account %s: %s", log.pk, linked_account_id, outcome.status)
    return outcome


class _Run(StreamRun[LinkedAccount, SyncLog]):
    """One run of a bank account."""

    def __init__(self, lease: Lease, linked: LinkedAccount, log: SyncLog, gateway: Gateway, pace: Pace) -> None:
        super().__init__(lease, linked, log, gateway, pace)
        self.fetching = Fetching(lease, linked, log, gateway, pace)

    def _work(self) -> Outcome:
        try:
            token = usable_token(self.stream.item, self.gateway)
            chain = self.fetching.fetch(token)
            if chain.has_more:
                return self._pause(chain)
            fold = self._fold(token, chain)
        except NotReady as error:
            return self._end(_Status.NOT_READY, error)
        except PlaidError as error:
            return self._end(_Status.ERROR, error)
        self._post(chain, fold)
        with contextlib.suppress(LostLease):  # the rows are in the books, whoever has the account now
            self._schedule_after(chain)
        return Outcome(_Status.SUCCESS, self.log)

    def _fold(self, token: str, chain: Chain) -> Fold:
        """What the staged pages say, page by page so that little of them is in memory at a time."""
        fold = Fold(self.stream.plaid_account_id)
        for body in staging.bodies(self.stream):
            fold.add(parse_json(body))
        for held in self._unread():
            fold.retry(held)
        account = self.stream.account
        begins_anew = not self.stream.cursor  # then a bank without rows says nothing, and what is stored may be old
        lacks_balance = begins_anew or account.opening_date is None or account.balance_current is None
        if chain.update_status == _COMPLETE and fold.balances is None and lacks_balance:
            told = {each.account_id: each.balances for each in self.gateway.accounts_get(token)}
            fold.balances = told.get(self.stream.plaid_account_id)
        return fold

    def _unread(self) -> QuerySet[HeldLine]:
        malformed = HeldLine.objects.open().filter(reason=HeldLine.Reason.MALFORMED)
        return malformed.filter(account_id=self.stream.account_id, feed=self.stream.feed).order_by("pk")

    def _post(self, chain: Chain, fold: Fold) -> None:
        """Books, cursor and log change together, or not at all. Raises LostLease."""
        now = self.pace.now()
        with transaction.atomic():
            account = self._lock_account()
            self._take_cursor(chain)
            tally = post(account, self._delivery(chain, fold), self.log, now=now)
            self._refresh(account, fold, now)
            if account.opening_date is None and self._is_history_whole(chain, fold):
                fix_opening_balance(account)
            staging.discard(self.stream)
            self._close(_Status.SUCCESS, chain=chain, tally=tally)

    def _lock_account(self) -> Account:
        """Taken before the linked account's row, as everybody does: no two wait for each other."""
        account = Account.objects.select_for_update().filter(pk=self.stream.account_id).first()
        if account is None:
            raise LostLease
        return account

    def _take_cursor(self, chain: Chain) -> None:
        """The fence: only the holder of the lease moves the cursor, only from where its pages began."""
        fence = LinkedAccount.objects.filter(
            pk=self.stream.pk,
            lease_token=self.lease.token,
            feed=self.stream.feed,
            cursor=self.stream.cursor,
            item__in=PlaidItem.objects.active(),
        )
        if not fence.update(cursor=chain.next_cursor, history_status=self._history_after(chain)):
            raise LostLease

    def _history_after(self, chain: Chain) -> str:
        """What is known of the history never becomes less."""
        is_news = chain.update_status in LinkedAccount.History.values and self.stream.history_status != _COMPLETE
        return chain.update_status if is_news else self.stream.history_status

    def _delivery(self, chain: Chain, fold: Fold) -> Delivery:
        return Delivery(
            self.stream.feed,
            list(fold.lines.values()),
            frozenset(fold.removed_ids),
            fold.unpostable,
            completes_history=chain.update_status == _COMPLETE and self.stream.history_status != _COMPLETE,
        )

    def _refresh(self, account: Account, fold: Fold, now: datetime.datetime) -> None:
        account.last_synced_at, account.last_sync_error = now, ""
        account.connection_status = Account.ConnectionStatus.CONNECTED
        changed = ["last_synced_at", "last_sync_error", "connection_status"]
        if fold.balances:
            set_balances(account, fold.balances, now=now)
            changed += BALANCE_COLUMNS
        account.save(update_fields=changed)

    def _is_history_whole(self, chain: Chain, fold: Fold) -> bool:
        """Whether rows and balance are of one moment and no row is missing: then they prove an opening balance."""
        return chain.update_status == _COMPLETE and fold.balances is not None and not self._unread().exists()

    def _schedule_after(self, chain: Chain) -> None:
        go_on()
        if self.stream.item.status != PlaidItem.Status.ACTIVE:
            with transaction.atomic():
                clear_item_error(self.stream.item)
        if not self.fetching.has_asked:  # what the bank has told since an earlier run staged its pages is still to come
            self._schedule(self.pace.now(), attempts=0)
        elif self._history_after(chain) == _COMPLETE:
            self._schedule(self.pace.after_success(), attempts=0)
        else:
            attempts = 0 if chain.next_cursor != self.stream.cursor else self.stream.attempts + 1
            self._schedule(self.pace.while_preparing(attempts), attempts=attempts)
        # Asked for when this run had its pages already: what the bank has told since is not among them.
        self._mine().filter(is_wanted=True).update(next_sync_at=self.pace.now())

    def _pause(self, chain: Chain) -> Outcome:
        """The time is up: the staged pages stay, and the account is due again at once."""
        with transaction.atomic():
            self._mine().update(is_wanted=True)
            self._schedule(self.pace.now(), attempts=self.stream.attempts)
            self._close(_Status.PARTIAL, chain=chain)
        return Outcome(_Status.PARTIAL, self.log)

    def _end(self, status: str, error: PlaidError) -> Outcome:
        """Records an end without success, and when to try again. Raises LostLease, recording nothing."""
        with transaction.atomic():
            self._record(status, error)
            step = "" if error.item_status or isinstance(error, ConfigurationError) else error.step
            self._schedule(self._next_attempt(error), attempts=self.stream.attempts + 1, step=step)
            self._close(status, chain=self.fetching.chain, error=error)
        return Outcome(status, self.log, error)

    def _record(self, status: str, error: PlaidError) -> None:
        """Where the error belongs: to the app, to the login with all its accounts, or to this account."""
        if isinstance(error, ConfigurationError):
            halt(error, now=self.pace.now())
        elif error.item_status:
            record_item_error(self.stream.item, error)
        elif status == _Status.ERROR:
            record_account_error(self.stream.account, error)

    def _next_regular(self) -> datetime.datetime:
        return self.pace.after_success()

    def _close(self, status: str, **facts: Any) -> None:
        finish(self.log, status, now=self.pace.now(), **facts)

    def _schedule(self, due_at: datetime.datetime | None, *, attempts: int, step: str = "") -> None:
        if not self._mine().update(next_sync_at=due_at, attempts=attempts, next_step=step):
            raise LostLease
