"""The steps that concern both databases: connect, disconnect and delete an investment account.

Each begins with the state of an InvestmentLink, committed in the books' database. `carry_out` does the other
database's part, which may be done twice, and then marks it as done here. What stops in between is carried out
by `plaid_sync.brokerage.reconcile`. Nobody waits for the investments database inside a transaction of the books.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from investments.models import InvestmentAccount
from investments.reach import DATABASE, reaching
from plaid_sync.disconnect import give_up_if_unused, remove
from plaid_sync.mapping import investment_type
from plaid_sync.models import InvestmentLink, InvestmentRun, PlaidItem

ASK_AGAIN = timedelta(minutes=20)  # if the first sync, which is queued at once, gets lost
State = InvestmentLink.State
Status = InvestmentAccount.ConnectionStatus


def carry_out(link: InvestmentLink) -> None:
    """Finishes what the link's state announces. Raises InvestmentsUnavailable: it stays announced."""
    if link.state == State.ATTACHING:
        _attach(link, now=timezone.now())
    elif link.state == State.DETACHING:
        _detach(link)
    elif link.state == State.DELETING:
        _delete(link)


def _attach(link: InvestmentLink, *, now: datetime) -> None:
    with reaching(), transaction.atomic(using=DATABASE):
        account, _is_new = InvestmentAccount.objects.select_for_update().get_or_create(
            key=link.account_key,
            defaults={
                "name": link.name,
                "account_type": investment_type(link.subtype),
                "currency": link.currency,
            },
        )
        # Looked at only now: whoever disconnects says so here before it waits for the account's row.
        if not InvestmentLink.objects.filter(pk=link.pk, state=State.ATTACHING).exists():
            transaction.set_rollback(True, using=DATABASE)
            return
        account.institution = link.item.institution
        account.mask = link.mask or account.mask
        account.connection_status = Status.CONNECTED
        account.last_sync_error = ""
        account.save(update_fields=["institution", "mask", "connection_status", "last_sync_error"])
    announced = InvestmentLink.objects.filter(pk=link.pk, state=State.ATTACHING)
    announced.update(
        state=State.ACTIVE, connection_status=Status.CONNECTED, last_sync_error="", next_sync_at=now + ASK_AGAIN
    )


def _detach(link: InvestmentLink) -> None:
    with reaching():
        InvestmentAccount.objects.filter(key=link.account_key).update(
            connection_status=Status.DISCONNECTED, last_sync_error=""
        )
    _forget(link)


def _delete(link: InvestmentLink) -> None:
    with reaching(), transaction.atomic(using=DATABASE):
        InvestmentAccount.objects.filter(key=link.account_key).delete()
    _forget(link)


def _forget(link: InvestmentLink) -> None:
    """Takes the link off its login, and gives the login back if that was its last account."""
    with transaction.atomic():
        item = PlaidItem.objects.select_for_update().get(pk=link.item_id)
        InvestmentLink.objects.filter(pk=link.pk).delete()
        if link.state == State.DELETING:
            InvestmentRun.objects.filter(account_key=link.account_key).delete()
        give_up_if_unused(item)
    if item.status == PlaidItem.Status.REMOVAL_PENDING:
        remove(item)
