"""What an error of the login means for all accounts of the login, and how a success ends it.

Rows are locked in one order everywhere: item, then accounts, then linked accounts.
"""

from functools import partial

from django.db import transaction
from django.db.models.functions import Now

from accounts.models import Account
from plaid_sync.brokerage.standing import show_standing
from plaid_sync.errors import AccountGone, PlaidError
from plaid_sync.models import InvestmentLink, LinkedAccount, PlaidItem
from plaid_sync.steps import Step

_IN_ERROR = (PlaidItem.Status.LOGIN_REQUIRED, PlaidItem.Status.ERROR)
_STAYS = (Step.CHOOSE, Step.NOTHING)  # steps of one account that a working login doesn't take


def record_item_error(item: PlaidItem, error: PlaidError) -> None:
    """Puts the item and all its accounts in the error's state and stops their schedule. Call it in a transaction."""
    sentence = error.about(item.institution)
    state = {"status": error.item_status, "error_code": error.code[:80], "error_message": sentence[:500]}
    if not PlaidItem.objects.active().filter(pk=item.pk).update(next_step=error.step, **state):
        return
    linked = LinkedAccount.objects.filter(item=item).exclude(next_step__in=_STAYS)
    accounts = Account.objects.filter(pk__in=linked.values("account_id"))
    accounts.update(connection_status=error.item_status, last_sync_error=sentence)
    linked.update(next_sync_at=None, next_step="")
    invested = InvestmentLink.objects.filter(item=item).exclude(next_step__in=_STAYS)
    if invested.update(connection_status=error.item_status, last_sync_error=sentence, next_sync_at=None, next_step=""):
        transaction.on_commit(partial(show_standing, item))


def record_account_error(account: Account, error: PlaidError) -> None:
    """Says on the account what went wrong; it needs attention if the bank no longer knows it."""
    columns = {"last_sync_error": error.about(account.institution)}
    if isinstance(error, AccountGone):
        columns["connection_status"] = Account.ConnectionStatus.ERROR
    Account.objects.filter(pk=account.pk).update(**columns)


def clear_item_error(item: PlaidItem) -> None:
    """Ends the error state of an item that has answered, but not what is wrong with one of its accounts.

    Call it in a transaction.
    """
    troubled = PlaidItem.objects.filter(pk=item.pk, status__in=_IN_ERROR)
    if not troubled.update(status=PlaidItem.Status.ACTIVE, error_code="", error_message="", next_step=""):
        return
    linked = LinkedAccount.objects.filter(item=item).exclude(next_step__in=_STAYS)
    Account.objects.filter(pk__in=linked.values("account_id"), connection_status__in=_IN_ERROR).update(
        connection_status=Account.ConnectionStatus.CONNECTED, last_sync_error=""
    )
    linked.filter(next_sync_at=None).update(next_sync_at=Now())
    invested = InvestmentLink.objects.filter(item=item, connection_status__in=_IN_ERROR).exclude(next_step__in=_STAYS)
    if invested.update(connection_status=Account.ConnectionStatus.CONNECTED, last_sync_error="", next_sync_at=Now()):
        transaction.on_commit(partial(show_standing, item))
