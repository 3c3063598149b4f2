"""What an error of the login means for all accounts of the login, and how a success ends it.

Rows are locked in one order everywhere: item, then accounts, then linked accounts.
"""

from django.db.models.functions import Now

from accounts.models import Account
from plaid_sync.errors import AccountGone, PlaidError, ProductUnavailable
from plaid_sync.models import LinkedAccount, PlaidItem

_IN_ERROR = (PlaidItem.Status.LOGIN_REQUIRED, PlaidItem.Status.ERROR)


def record_item_error(item: PlaidItem, error: PlaidError) -> None:
    """Puts the item and all its accounts in the error's state and stops their schedule. Call it in a transaction."""
    known = PlaidItem.objects.active().filter(pk=item.pk)
    if not known.update(status=error.item_status, error_code=error.code):
        return
    accounts = LinkedAccount.objects.filter(item=item).values("account_id")
    Account.objects.filter(pk__in=accounts).update(connection_status=error.item_status, last_sync_error=str(error))
    LinkedAccount.objects.filter(item=item).update(next_sync_at=None)


def record_account_error(account: Account, error: PlaidError) -> None:
    """Says on the account what went wrong; it needs attention if trying again can't help."""
    columns = {"last_sync_error": str(error)}
    if isinstance(error, AccountGone | ProductUnavailable):
        columns["connection_status"] = Account.ConnectionStatus.ERROR
    Account.objects.filter(pk=account.pk).update(**columns)


def clear_item_error(item: PlaidItem) -> None:
    """Ends the error state of an item that has answered, for all its accounts. Call it in a transaction."""
    troubled = PlaidItem.objects.filter(pk=item.pk, status__in=_IN_ERROR)
    if not troubled.update(status=PlaidItem.Status.ACTIVE, error_code=""):
        return
    linked = LinkedAccount.objects.filter(item=item)
    Account.objects.filter(pk__in=linked.values("account_id"), connection_status__in=_IN_ERROR).update(
        connection_status=Account.ConnectionStatus.CONNECTED, last_sync_error=""
    )
    linked.filter(next_sync_at=None).update(next_sync_at=Now())
