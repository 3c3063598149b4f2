"""Balances: those of about today come with a sync; those of this moment cost a call and are asked for by hand."""

import datetime
from collections.abc import Iterable

from django.db import transaction

from accounts.models import Account
from plaid_sync.answers import Balances, BankAccount
from plaid_sync.errors import AccessRevoked, KeyLost, OtherEnvironment, PlaidError, TokenUnreadable
from plaid_sync.gateway import Gateway
from plaid_sync.item_state import record_item_error
from plaid_sync.models import LinkedAccount, PlaidItem
from plaid_sync.vault import UNREADABLE, decrypt_token, key_problem

BALANCE_COLUMNS = ["balance_current", "balance_available", "balance_limit", "balance_updated_at"]
_PAUSE = datetime.timedelta(seconds=60)  # a second click costs nothing
_CAPITAL_ONE = "ins_128026"  # demands to be told how old a balance may be
_OLDEST = datetime.timedelta(days=1)


def set_balances(account: Account, balances: Balances, *, now: datetime.datetime) -> None:
    """Puts what the bank says on the account, without saving it (see BALANCE_COLUMNS).

    A balance in another currency than the account's is none.
    """
    if balances.currency not in ("", account.currency):
        balances = Balances(current=None, available=None, limit=None, currency=account.currency)
    account.balance_current = balances.current
    account.balance_available = balances.available
    account.balance_limit = balances.limit
    account.balance_updated_at = now


def store_balances(item: PlaidItem, told: Iterable[BankAccount], *, now: datetime.datetime) -> int:
    """Saves the balances of the item's linked accounts; returns how many the bank told of."""
    by_id = {bank_account.account_id: bank_account.balances for bank_account in told}
    with transaction.atomic():
        # First the login, as everybody does: an account that is being disconnected gets no balance any more.
        PlaidItem.objects.select_for_update().filter(pk=item.pk).first()
        linked = LinkedAccount.objects.filter(item=item, plaid_account_id__in=by_id).select_related("account")
        for each in linked.order_by("account_id"):
            set_balances(each.account, by_id[each.plaid_account_id], now=now)
            each.account.save(update_fields=BALANCE_COLUMNS)
        return len(linked)


def refresh_balances(account: Account, *, gateway: Gateway, now: datetime.datetime) -> bool:
    """Asks the bank for the balances of this moment, for the account and its siblings.

    False, without a call, within a minute of the last balance. Raises PlaidError, recorded on the
    item if it concerns it, and LinkedAccount.DoesNotExist for an account that is not linked.
    """
    linked = LinkedAccount.objects.select_related("item").get(account=account)
    if account.balance_updated_at and now - account.balance_updated_at < _PAUSE:
        return False
    item = linked.item
    siblings = LinkedAccount.objects.filter(item=item).order_by("pk").values_list("plaid_account_id", flat=True)
    oldest = now - _OLDEST if item.institution_id == _CAPITAL_ONE else None
    try:
        told = gateway.balances_get(usable_token(item, gateway), list(siblings), oldest=oldest)
    except PlaidError as error:
        if error.item_status:
            with transaction.atomic():
                record_item_error(item, error)
        raise
    store_balances(item, told, now=now)
    return True


def usable_token(item: PlaidItem, gateway: Gateway) -> str:
    """The item's access token, if this gateway may use it. Raises OtherEnvironment, KeyLost or AccessRevoked."""
    if item.environment != gateway.environment:
        raise OtherEnvironment(
            f"{{bank}} was connected in Plaid's {item.environment} environment, "
            f"but BudgetApp runs with {gateway.environment} now.",
            code="WRONG_ENVIRONMENT",
        )
    return access_token(item)


def access_token(item: PlaidItem) -> str:
    """The item's access token. Raises KeyLost if no access can be read here, AccessRevoked if this one can't."""
    try:
        return decrypt_token(item)
    except TokenUnreadable as error:
        if problem := key_problem():
            raise KeyLost(problem, code="KEY_LOST") from None
        raise AccessRevoked(str(error), code=UNREADABLE) from None
