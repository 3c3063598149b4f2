"""The accounts as one picture: what each holds, how fresh it is, and what it needs."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.utils import timezone

from accounts.models import Account, HeldLine, SyncLog
from accounts.proof import Coverage, Proof, coverage_by_account, prove
from budgetapp.invested import Invested, invested
from budgetapp.net_worth import CurrencyTotal, currency_totals
from budgetapp.queued import FOLLOWED, queued_for
from investments.market_hours import market_day
from plaid_sync.models import LinkedAccount, PlaidItem
from plaid_sync.notices import Notice, expiry_notice
from plaid_sync.tasks import sync_linked_account

Status = Account.ConnectionStatus
BY_HAND = "Kept by hand"


@dataclass(frozen=True)
class AccountLine:
    """One account with everything that its row and its page show."""

    account: Account
    coverage: Coverage
    proof: Proof | None
    latest: SyncLog | None
    is_queued: bool
    held: int
    link: LinkedAccount | None

    @property
    def step(self) -> str:
        """What has to happen before the bank sends rows again; "" while it does."""
        return self.link.step if self.link else ""

    @property
    def expiry(self) -> Notice | None:
        """What to say ahead of the end of the bank's consent; None until two weeks before."""
        return expiry_notice(self.link.item, timezone.now()) if self.link else None

    @property
    def running(self) -> SyncLog | None:
        """The run that works now; one that was left behind long ago does not count."""
        latest = self.latest
        if latest is None or latest.status != SyncLog.Status.RUNNING or latest.started_at < timezone.now() - FOLLOWED:
            return None
        return latest

    @property
    def is_followed(self) -> bool:
        """Whether a sync works or waits for the worker, so that the page asks again by itself."""
        return self.running is not None or self.is_queued

    @property
    def used_percent(self) -> int | None:
        """How much of a card's limit is used, in whole percent; None where there is no limit."""
        account = self.account
        limit = account.balance_limit or Decimal(0)
        if account.account_type != Account.Type.CREDIT or limit <= 0 or account.balance_current is None:
            return None
        return max(0, round(100 * account.balance_current / limit))

    @property
    def is_overdrawn(self) -> bool:
        account = self.account
        return not account.is_liability and account.balance_current is not None and account.balance_current < 0


@dataclass(frozen=True)
class InstitutionGroup:
    """The accounts of one bank; `troubled` is the line of the first that needs a person, or None."""

    name: str
    lines: list[AccountLine]

    @property
    def troubled(self) -> AccountLine | None:
        return next((line for line in self.lines if line.account.connection_status not in _QUIET), None)

    @property
    def is_linked(self) -> bool:
        return any(line.account.is_linked for line in self.lines)

    @property
    def expiry(self) -> Notice | None:
        return next((line.expiry for line in self.lines if line.expiry), None)

    @property
    def new_accounts_at(self) -> PlaidItem | None:
        """The connection whose bank has accounts that are not shared yet."""
        items = (line.link.item for line in self.lines if line.link)
        return next((item for item in items if item.has_new_accounts), None)


_QUIET = {Status.CONNECTED, Status.DISCONNECTED}


@dataclass(frozen=True)
class Overview:
    groups: list[InstitutionGroup]
    invested: Invested
    totals: list[CurrencyTotal]
    last_synced_at: datetime | None

    @property
    def is_empty(self) -> bool:
        """Whether there is no account of any kind."""
        return not (self.groups or self.invested.lines)

    @property
    def account_count(self) -> int:
        return sum(len(group.lines) for group in self.groups)

    @property
    def bank_count(self) -> int:
        return sum(group.name != BY_HAND for group in self.groups)

    @property
    def has_trouble(self) -> bool:
        return any(group.troubled for group in self.groups)

    @property
    def has_linked(self) -> bool:
        return any(group.is_linked for group in self.groups)


def overview() -> Overview:
    """All accounts, by bank, and the investments."""
    lines = account_lines(Account.objects.in_reading_order())
    investments = invested(today=market_day(timezone.now()))
    synced = [line.account.last_synced_at for line in lines if line.account.last_synced_at]
    return Overview(
        groups=_groups(lines),
        invested=investments,
        totals=currency_totals([line.account for line in lines], investments.values),
        last_synced_at=max(synced, default=None),
    )


def _groups(lines: list[AccountLine]) -> list[InstitutionGroup]:
    """The lines by bank, called as the bank calls itself where an account of it is linked."""
    by_bank: defaultdict[str, list[AccountLine]] = defaultdict(list)
    for line in lines:
        by_bank[line.account.bank_key].append(line)
    groups = []
    for key, members in by_bank.items():
        called = next((line.account for line in members if line.account.is_linked), members[0].account)
        members.sort(key=lambda line: (line.account.name.casefold(), line.account.pk))
        groups.append(InstitutionGroup(called.institution.strip() if key else BY_HAND, members))
    return groups


def account_lines(accounts: QuerySet[Account]) -> list[AccountLine]:
    """The accounts in the query's order, with six or seven queries whatever their number."""
    found = list(accounts.annotate(latest_run=_latest_run()))
    ids = [account.pk for account in found]
    coverage = coverage_by_account(ids[0] if len(ids) == 1 else None)
    latest = SyncLog.objects.in_bulk([account.latest_run for account in found if account.latest_run])
    queued = _queued_accounts(timezone.now())
    links = LinkedAccount.objects.filter(account__in=ids).select_related("item").order_by("pk")
    link_of = {link.account_id: link for link in links}
    held = dict(
        HeldLine.objects.listed().filter(account__in=ids).order_by().values_list("account_id").annotate(Count("id"))
    )
    return [
        AccountLine(
            account=account,
            coverage=(covered := coverage.get(account.pk, Coverage())),
            proof=prove(account, covered) if account.is_linked else None,
            latest=latest.get(account.latest_run),
            is_queued=account.pk in queued,
            held=held.get(account.pk, 0),
            link=link_of.get(account.pk),
        )
        for account in found
    ]


def _latest_run() -> Subquery:
    runs = SyncLog.objects.filter(account=OuterRef("pk"))
    return Subquery(runs.order_by("-started_at", "-id").values("pk")[:1])


def _queued_accounts(now: datetime) -> set[int]:
    """The accounts whose sync waits for the worker or is in its hands."""
    links = queued_for(sync_linked_account, now)
    if not links:
        return set()
    return set(LinkedAccount.objects.filter(pk__in=links).values_list("account_id", flat=True))
