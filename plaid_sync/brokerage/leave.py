"""Ending the connection of an investment account, or the account itself."""

import uuid

from django.db import transaction

from investments.models import InvestmentAccount
from investments.reach import DATABASE, reaching
from plaid_sync.brokerage.steps import carry_out
from plaid_sync.models import InvestmentLink, InvestmentRun, PlaidItem

State = InvestmentLink.State


def link_of(account: InvestmentAccount) -> InvestmentLink | None:
    """What feeds the account; None if nobody does."""
    return _link_of(account.key)


def _link_of(key: uuid.UUID) -> InvestmentLink | None:
    return InvestmentLink.objects.filter(account_key=key).select_related("item").first()


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
    link = _announce(account.key, State.DETACHING)
    if link is None:
        return None
    carry_out(link)
    link.item.refresh_from_db()
    return link.item


def delete(account: InvestmentAccount) -> None:
    """Deletes the account with all that hangs on it; a connected one is disconnected with it. Raises as `delete_of`."""
    delete_of(account.key)


def delete_of(key: uuid.UUID) -> None:
    """The same for the account of this key, whether the investments database knows it or not.

    Raises InvestmentsUnavailable: a connected one is deleted when the database can be used again.
    """
    link = _announce(key, State.DELETING)
    if link is not None:
        carry_out(link)
        return
    with reaching(), transaction.atomic(using=DATABASE):
        InvestmentAccount.objects.filter(key=key).delete()
    InvestmentRun.objects.filter(account_key=key).delete()


def _announce(key: uuid.UUID, state: State) -> InvestmentLink | None:
    """The intent. A sync that is running loses its lease and records nothing."""
    links = InvestmentLink.objects.filter(account_key=key).exclude(state=State.DELETING)
    links.update(state=state, next_sync_at=None, lease_token="", lease_until=None)
    return _link_of(key)
