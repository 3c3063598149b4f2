"""From the accounts of a new connection to linked accounts of the books, as the user chose."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import Account, SyncLog
from accounts.proof import coverage_by_account
from plaid_sync import demo
from plaid_sync.disconnect import release, remove
from plaid_sync.duplicates import is_replaceable
from plaid_sync.mapping import NEW, SKIP, OfferedAccount, Proposal, propose
from plaid_sync.models import InvestmentLink, InvestmentRun, LinkedAccount, LinkSession, PlaidItem
from plaid_sync.staging import forget_unread
from plaid_sync.steps import Step

ASK_AGAIN = timedelta(minutes=20)  # if the first sync, which is queued at once, gets lost


class ChoiceTaken(Exception):
    """An account of the books has been linked or deleted meanwhile: choose again."""


@dataclass(frozen=True, slots=True)
class Connected:
    """An account of the bank that already feeds an account of the books."""

    bank: OfferedAccount
    account: Account


def offered(session: LinkSession) -> list[OfferedAccount]:
    return [OfferedAccount(**stored) for stored in session.bank_accounts]


def connected(session: LinkSession) -> list[Connected]:
    """The accounts of the session's bank that are linked already, in the bank's order."""
    links = LinkedAccount.objects.filter(item=session.item).select_related("account")
    by_id = {linked.plaid_account_id: linked.account for linked in links}
    return [Connected(bank, by_id[bank.id]) for bank in offered(session) if bank.id in by_id]


def proposals(session: LinkSession, item: PlaidItem) -> list[Proposal]:
    """What could be done with each account of the session's bank that is not linked yet."""
    done = {row.bank.id for row in connected(session)}
    banks = [bank for bank in offered(session) if bank.id not in done]
    found = propose(banks, _free_accounts(item), institution=item.institution, started_from=session.account)
    coverages = {str(pk): held for pk, held in coverage_by_account().items() if held.count} if found else {}
    for proposal in found:
        proposal.coverages = coverages
    return found


def attach(session: LinkSession, choices: Mapping[str, str]) -> list[LinkedAccount]:
    """Links the bank's accounts as chosen (bank account id -> NEW, SKIP or an account's id); returns the new links.

    Choices for its investment accounts are left to `brokerage.follow`, which comes first: these are in use, too.

    A bank account that is linked already stays as it is, so the same choices can be sent twice. If nothing
    of the login is in use afterwards, the login is given back. Raises ChoiceTaken.
    """
    left: list[PlaidItem] = []
    syncable = [bank for bank in offered(session) if bank.is_syncable]
    choices = {bank.id: choices.get(bank.id, SKIP) for bank in syncable}
    with transaction.atomic():
        item = _locked_item(session, choices)
        done = {linked.plaid_account_id for linked in item.linked_accounts.all()}
        if item.status in (PlaidItem.Status.REMOVAL_PENDING, PlaidItem.Status.REMOVED):
            raise ChoiceTaken("This connection has ended meanwhile. Connect the bank again.")
        links = []
        for bank in syncable:
            choice = choices[bank.id]
            if bank.id in done or choice == SKIP:
                continue
            account = _new_account(item, bank) if choice == NEW else _chosen_account(item, choice, left)
            links.append(_link(item, bank, account))
        if not links and not item.is_in_use:
            item.status = PlaidItem.Status.REMOVAL_PENDING
            item.save(update_fields=["status"])
            left.append(item)
    for abandoned in left:
        remove(abandoned)
    return links


def _locked_item(session: LinkSession, choices: Mapping[str, str]) -> PlaidItem:
    """The session's login, locked with those that chosen accounts leave, and then these accounts.

    Logins come before accounts and each by its number, as everywhere: no two wait for each other.
    """
    chosen = [int(choice) for choice in choices.values() if choice not in (NEW, SKIP)]
    former = LinkedAccount.objects.filter(account__in=chosen).values("item_id")
    items = PlaidItem.objects.select_for_update().filter(Q(pk=session.item_id) | Q(pk__in=former))
    list(items.order_by("pk"))
    list(Account.objects.select_for_update().filter(pk__in=chosen).order_by("pk"))
    return PlaidItem.objects.get(sessions=session)


def _free_accounts(item: PlaidItem) -> list[Account]:
    """Accounts that no connection feeds, or one at the same institution that only a new one can replace, or
    this one but under an id that the bank no longer knows."""
    links = LinkedAccount.objects.select_related("item").order_by("pk")
    free = {linked.account_id for linked in links if _is_free(linked, item)}
    linked = LinkedAccount.objects.values("account_id")
    unfed = Account.objects.filter(~Q(pk__in=linked) | Q(pk__in=free))
    return list(unfed.filter(demo.feedable()).in_reading_order())


def _is_free(linked: LinkedAccount, item: PlaidItem) -> bool:
    if linked.item_id == item.pk:
        return linked.next_step == Step.CHOOSE
    return linked.item.institution_id == item.institution_id and is_replaceable(linked.item)


def _chosen_account(item: PlaidItem, choice: str, left: list[PlaidItem]) -> Account:
    """The chosen account, free to be linked; the login that it leaves joins `left` if that was its last account."""
    account = Account.objects.select_for_update().filter(pk=choice).first()
    if account is None:
        raise ChoiceTaken("An account that you chose has been deleted meanwhile. Please choose again.")
    linked = LinkedAccount.objects.filter(account=account).select_related("item").first()
    if linked is None:
        return account
    if not _is_free(linked, item):
        raise ChoiceTaken(f"{account} is already connected. Please choose another account.")
    forget_unread(account, linked.feed, now=timezone.now())
    if linked.item_id == item.pk:
        linked.unlink()
        return account
    former = release(account)
    if former is not None and former.status == PlaidItem.Status.REMOVAL_PENDING:
        left.append(former)
    account.refresh_from_db()
    return account


def _new_account(item: PlaidItem, bank: OfferedAccount) -> Account:
    return Account(name=bank.name, account_type=bank.account_type, currency=bank.currency, institution=item.institution)


def _link(item: PlaidItem, bank: OfferedAccount, account: Account) -> LinkedAccount:
    account.institution = item.institution
    account.mask = bank.mask or account.mask
    account.connection_status = Account.ConnectionStatus.CONNECTED
    account.last_sync_error = ""
    is_new = account.pk is None
    account.save()
    if is_new:
        demo.remember(account)
    return LinkedAccount.objects.create(
        account=account,
        item=item,
        plaid_account_id=bank.id,
        persistent_account_id=bank.persistent_id,
        feed=f"plaid:{uuid.uuid4()}",
        next_sync_at=timezone.now() + ASK_AGAIN,
    )


@dataclass(frozen=True, slots=True)
class FirstSync:
    """How far one newly linked account is: `run` is its newest run, None while it waits."""

    account: Account | InvestmentLink
    run: SyncLog | InvestmentRun | None

    @property
    def is_running(self) -> bool:
        """Whether it is at work, or will go on by itself."""
        return self.run is not None and self.run.status in (SyncLog.Status.RUNNING, SyncLog.Status.PARTIAL)

    @property
    def is_investment(self) -> bool:
        return isinstance(self.account, InvestmentLink)

    @property
    def is_finished(self) -> bool:
        return self.run is not None and not self.is_running

    @property
    def is_synced(self) -> bool:
        return self.run is not None and self.run.status in (SyncLog.Status.SUCCESS, SyncLog.Status.HELD)


def first_syncs(session: LinkSession) -> list[FirstSync]:
    """The accounts that the session's login feeds, with their newest run since the visit began.

    Those of the books come first, then the investments.
    """
    links = LinkedAccount.objects.filter(item=session.item).exclude(next_step=Step.CHOOSE)
    links = links.select_related("account").order_by("pk")
    accounts = [linked.account for linked in links]
    runs = SyncLog.objects.filter(account__in=accounts, source="plaid", started_at__gte=session.created_at)
    newest = {run.account_id: run for run in runs.order_by("started_at", "pk")}
    return [*(FirstSync(account, newest.get(account.pk)) for account in accounts), *_first_readings(session)]


def _first_readings(session: LinkSession) -> list[FirstSync]:
    links = list(InvestmentLink.objects.filter(item=session.item).order_by("pk"))
    keys = [link.account_key for link in links]
    runs = InvestmentRun.objects.filter(account_key__in=keys, started_at__gte=session.created_at)
    newest = {run.account_key: run for run in runs.order_by("started_at", "pk")}
    return [FirstSync(link, newest.get(link.account_key)) for link in links]
