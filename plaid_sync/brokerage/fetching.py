"""Fetching what happened on an investment account: pages by offset, which shift when something is added meanwhile."""

import logging
from collections.abc import Callable
from datetime import date

from investments.facts import TradesRead
from plaid_sync.brokerage.payloads import TradesPage, Unreadable, is_of_account, read_trade, trade_id
from plaid_sync.errors import BadAnswer, MutationDuringPagination
from plaid_sync.gateway import Gateway

logger = logging.getLogger(__name__)

_MOST_RESTARTS = 3
_MOST_PAGES = 100


class TotalChanged(Exception):
    """The institution counts more or fewer entries than on the page before."""


def fetch_trades(
    gateway: Gateway, access_token: str, account_id: str, *, days: tuple[date, date], go_on: Callable[[], None]
) -> TradesRead:
    """Everything of these days, each id once. `go_on` is called before every page but the first.

    Raises PlaidErrors: NotReady, and MutationDuringPagination if the count keeps changing.
    """
    for _attempt in range(1 + _MOST_RESTARTS):
        try:
            return _Reading(gateway, access_token, account_id, days, go_on).read()
        except TotalChanged:
            logger.info("Investment transactions of %s to %s changed while they were read", *days)
    raise MutationDuringPagination(
        "The institution’s data kept changing during the sync. BudgetApp tries again by itself.", code="TOTAL_CHANGED"
    )


class _Reading:
    """One attempt to read all pages."""

    def __init__(
        self,
        gateway: Gateway,
        access_token: str,
        account_id: str,
        days: tuple[date, date],
        go_on: Callable[[], None],
    ) -> None:
        self.gateway = gateway
        self.access_token = access_token
        self.account_id = account_id
        self.go_on = go_on
        self.found = TradesRead(*days)
        self.seen = 0

    def read(self) -> TradesRead:
        """All pages. An empty one is the end, whatever was counted: then some may be missing. Raises TotalChanged."""
        page = self._next_page()
        total = page.total
        while page.rows and self.seen < total:
            self.go_on()
            page = self._next_page()
            if page.total != total:
                raise TotalChanged
        if len(self.found.trades) + len(self.found.unread) < total:
            self.found.is_whole = False
        return self.found

    def _next_page(self) -> TradesPage:
        if self.found.pages >= _MOST_PAGES:
            raise BadAnswer("The institution’s pages lead nowhere. BudgetApp tries again by itself.", code="NO_END")
        page = self.gateway.investment_transactions_page(
            self.access_token,
            account_id=self.account_id,
            first=self.found.first,
            last=self.found.last,
            offset=self.seen,
        )
        self.seen += len(page.rows)
        self.found.pages += 1
        self.found.request_id = page.request_id
        self.found.securities.update(page.securities)
        for row in page.rows:
            self._take(row)
        return page

    def _take(self, row: object) -> None:
        if not is_of_account(row, self.account_id):
            self.found.malformed += 1
            return
        try:
            facts = read_trade(row)
        except Unreadable:
            self.found.malformed += 1
            self.found.unread |= {trade_id(row)} - {""}
            self.found.is_whole = self.found.is_whole and trade_id(row) != ""
        else:
            self.found.trades[facts.external_id] = facts
