"""Ending the connection of an investment account, or the account itself."""

from django.db import transaction

from investments.models import InvestmentAccount
from investments.reach import DATABASE, reaching
from plaid_sync.brokerage.steps import carry_out
from plaid_sync.models import InvestmentLink, InvestmentRun, PlaidItem

State = InvestmentLink.State


def link_of(account: InvestmentAccount) -> InvestmentLink | None:
    """What feeds the account; None if nobody does."""
    return InvestmentLink.objects.filter(account_key=account.key).select_related("item").first()


def siblings(link: InvestmentLink) -> list[str]:
    """The other accounts of the same login, of either kind: they stay connected."""
    others = InvestmentLink.objects.filter(item=link.item).exclude(pk=link.pk).order_by("name", "pk")
    banks = link.item.linked_accounts.select_related("account").order_by("account__name", "pk")
    return [*map(str, others), *(str(linked.account) for linked in banks)]


def disconnect(account: InvestmentAccount) -> PlaidItem | None:
    """Stops following the account and keeps its holdings and history; returns the login that it left.

    With the last account of a login the login itself is removed at Plaid. None if nobody feeds the account.
    Raises InvestmentsUnavailable: the rest is done when the database can be used again.
    """
    link = _announce(account, State.DETACHING)
    if link is None:
        return None
    carry_out(link)
    link.item.refresh_from_db()
    return link.item


def delete(account: InvestmentAccount) -> None:
    """Deletes the account with all that hangs on it; a connected one is disconnected with it.

    Raises InvestmentsUnavailable: a connected one is deleted when the database can be used again.
    """
    link = _announce(account, State.DELETING)
    if link is not None:
        carry_out(link)
        return
    with reaching(), transaction.atomic(using=DATABASE):
        InvestmentAccount.objects.filter(pk=account.pk).delete()
    InvestmentRun.objects.filter(account_key=account.key).delete()


def _announce(account: InvestmentAccount, state: State) -> InvestmentLink | None:
    """The intent. A sync that is running loses its lease and records nothing."""
    links = InvestmentLink.objects.filter(account_key=account.key).exclude(state=State.DELETING)
    links.update(state=state, next_sync_at=None, lease_token="", lease_until=None)
    return link_of(account)
