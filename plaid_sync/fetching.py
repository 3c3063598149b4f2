"""Fetching: all pages from the cursor to the present, staged as they arrive."""

import uuid

from django.db import transaction

from accounts import feeds
from accounts.models import SyncLog
from plaid_sync import staging
from plaid_sync.answers import TransactionsPage
from plaid_sync.errors import CursorRefused, MutationDuringPagination, NotReady, PlaidError, ProviderLoop
from plaid_sync.gateway import Gateway
from plaid_sync.lease import Lease, LostLease
from plaid_sync.models import LinkedAccount
from plaid_sync.pacing import Pace
from plaid_sync.staging import Chain

_MOST_PAGES = 500
_MOST_RESTARTS = 3


class Fetching:
    """One run's way through the pages. `linked` is kept in step when the feed has to start over.

    `has_asked`: whether a page came in this run; without one, all that it has was staged by an earlier run.
    """

    def __init__(self, lease: Lease, linked: LinkedAccount, log: SyncLog, gateway: Gateway, pace: Pace) -> None:
        self.lease = lease
        self.linked = linked
        self.log = log
        self.gateway = gateway
        self.pace = pace
        self.chain: Chain | None = None
        self.has_asked = False
        self._started = pace.elapsed()
        self._restarts = 0
        self._has_begun_anew = False

    def fetch(self, access_token: str) -> Chain:
        """The chain of staged pages; its `has_more` is True when the time was up first.

        Raises LostLease, NotReady and other PlaidErrors; what was staged stays for the next run
        unless it can't be of use.
        """
        self.chain = staging.resume(self.linked, now=self.pace.now())
        while self.chain is None or self.chain.has_more:
            if self.chain is not None and self.has_asked and self._is_time_up():
                return self.chain
            try:
                self.chain = self._next_page(access_token)
                self.has_asked = True
            except (MutationDuringPagination, CursorRefused, ProviderLoop) as error:
                self._start_over(error)
        return self.chain

    def _is_time_up(self) -> bool:
        return self.pace.elapsed() - self._started >= self.pace.work_seconds

    def _next_page(self, access_token: str) -> Chain:
        cursor = self.chain.next_cursor if self.chain else self.linked.cursor
        page = self.gateway.transactions_page(access_token, account_id=self.linked.plaid_account_id, cursor=cursor)
        self._check(page, asked_with=cursor)
        chain = staging.store(self.lease, self.linked, page, after=self.chain, now=self.pace.now())
        if chain.has_more:  # who watches the run sees it get on
            SyncLog.objects.filter(pk=self.log.pk).update(pages=chain.number)
        return chain

    def _check(self, page: TransactionsPage, *, asked_with: str) -> None:
        is_empty = not page.row_count and not page.has_more
        is_preparing = page.update_status == LinkedAccount.History.NOT_READY or not page.next_cursor
        if is_empty and is_preparing and not asked_with:
            raise NotReady(
                "The bank is still preparing your history. BudgetApp asks again by itself.",
                code=LinkedAccount.History.NOT_READY,
                request_id=page.request_id,
            )
        number = self.chain.number + 1 if self.chain else 1
        is_stuck = page.has_more and (page.next_cursor == asked_with or number >= _MOST_PAGES)
        if is_stuck or not page.next_cursor:
            raise ProviderLoop(
                "The bank's pages lead nowhere. BudgetApp tries again by itself.",
                code="PROVIDER_LOOP",
                request_id=page.request_id,
            )

    def _start_over(self, error: PlaidError) -> None:
        """Drops the pages; raises the error again where another attempt in this run makes no sense."""
        is_first_page = self.chain is None
        self.chain = None
        staging.discard(self.linked)
        if isinstance(error, CursorRefused) and is_first_page:
            self._begin_anew(error)
            return
        self._restarts += 1
        if isinstance(error, ProviderLoop) or self._restarts > _MOST_RESTARTS:
            raise error

    def _begin_anew(self, error: CursorRefused) -> None:
        """Plaid no longer knows the stored cursor: once, from the beginning, as a new feed."""
        if self._has_begun_anew or not self.linked.cursor:
            raise error
        self._has_begun_anew = True
        earlier = self.linked.feed
        self.linked.feed, self.linked.cursor = f"{feeds.PLAID}:{uuid.uuid4()}", ""
        self.linked.history_status = LinkedAccount.History.UNKNOWN
        with transaction.atomic():
            mine = LinkedAccount.objects.filter(pk=self.linked.pk, lease_token=self.lease.token, feed=earlier)
            if not mine.update(feed=self.linked.feed, cursor="", history_status=self.linked.history_status):
                raise LostLease
            staging.forget_unread(self.linked.account, earlier, now=self.pace.now())
