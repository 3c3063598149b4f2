"""Ending a connection: the books keep their rows, the bank's access is given back."""

import logging
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Account
from plaid_sync.credentials import client_id, environment
from plaid_sync.errors import AccessRevoked, NotConfigured, PlaidError, TokenUnreadable
from plaid_sync.gateway import gateway_from_settings
from plaid_sync.models import InvestmentLink, LinkedAccount, PlaidItem
from plaid_sync.vault import UNREADABLE, decrypt_token

logger = logging.getLogger(__name__)

UNUSED_FOR = timedelta(days=1)
OTHER_ENVIRONMENT, OTHER_CLIENT, NOT_CONFIGURED = "OTHER_ENVIRONMENT", "OTHER_CLIENT", "NOT_CONFIGURED"
_THEN = "it is ended by itself within the hour."
_WAITS_FOR = {
    OTHER_ENVIRONMENT: "It was made in Plaid’s {environment} environment, and only there it can be ended. Choose that "
    "environment again under Settings; " + _THEN,
    OTHER_CLIENT: "It was made with another client id at Plaid (ending in {client}), and only that one can end it. "
    "Enter that one and its secret again under Settings; " + _THEN,
    NOT_CONFIGURED: "Plaid’s client id or secret is missing. Enter them under Settings; " + _THEN,
}


@dataclass(frozen=True, slots=True)
class Disconnection:
    """What a disconnect did: the connection that the account left, and how that stands now.

    `item` is None if the account wasn't connected. Its status is `removal_pending` if Plaid couldn't be
    told yet; it is unchanged if other accounts still use it.
    """

    item: PlaidItem | None

    @property
    def is_pending(self) -> bool:
        return self.item is not None and self.item.status == PlaidItem.Status.REMOVAL_PENDING


def disconnect(account: Account) -> Disconnection:
    """Stops feeding the account and clears its balances; keeps every transaction.

    With the last account of a login the login itself is removed at Plaid, at once or when Plaid can be
    reached again. A sync that is running finds its link gone and ends without posting.
    """
    item = release(account)
    account.refresh_from_db()
    if item is not None and item.status == PlaidItem.Status.REMOVAL_PENDING:
        remove(item)
    return Disconnection(item)


def release(account: Account) -> PlaidItem | None:
    """Takes the account off its login without a call to Plaid; returns the login.

    The login is `removal_pending` afterwards if this was its last account: `remove` it after the commit.
    """
    with transaction.atomic():
        # Everybody locks in this order (login, account, link), so that nobody waits for each other.
        of_account = LinkedAccount.objects.filter(account=account)
        item = PlaidItem.objects.select_for_update().filter(pk__in=of_account.values("item_id")).first()
        locked = Account.objects.select_for_update().get(pk=account.pk)
        if item is None and not locked.is_linked:
            return None
        locked.connection_status = Account.ConnectionStatus.DISCONNECTED
        locked.last_sync_error = ""
        locked.balance_current = locked.balance_available = locked.balance_limit = None
        locked.balance_updated_at = None
        locked.save()
        if item is None:
            return None
        for linked in of_account.filter(item=item):
            linked.unlink()
        give_up_if_unused(item)
        return item


def give_up_if_unused(item: PlaidItem) -> None:
    """Marks a locked login for removal if it feeds nothing any more."""
    if item.status != PlaidItem.Status.REMOVED and not item.is_in_use:
        item.status = PlaidItem.Status.REMOVAL_PENDING
        item.save(update_fields=["status"])


def remove(item: PlaidItem) -> None:
    """Ends the login at Plaid and forgets its token; leaves it `removal_pending` if that has to wait.

    An answer that the access is unknown counts only from the client that it was given to: to every other one
    Plaid says so of an access that goes on. A token that can't be read can't be used to end anything: it is
    dropped, and the log says so.
    """
    error_code = ""
    try:
        if item.environment == environment():
            gateway = gateway_from_settings()
            if item.client_id not in {"", client_id()}:
                _wait(item, OTHER_CLIENT)
                return
            gateway.item_remove(decrypt_token(item))
        elif item.environment != "emulator":  # a simulated login has nobody to be told
            _wait(item, OTHER_ENVIRONMENT)
            return
    except TokenUnreadable:
        logger.warning("Item %s can't be removed at Plaid: its token is unreadable. It is forgotten here.", item.pk)
        error_code = UNREADABLE
    except NotConfigured:
        _wait(item, NOT_CONFIGURED)
        return
    except AccessRevoked:  # there is nothing left to be ended
        pass
    except PlaidError as error:
        _wait(item, error.code)
        return
    item.status, item.error_code, item.access_token = PlaidItem.Status.REMOVED, error_code, ""
    item.save(update_fields=["status", "error_code", "access_token"])


def _wait(item: PlaidItem, error_code: str) -> None:
    item.status, item.error_code = PlaidItem.Status.REMOVAL_PENDING, error_code
    item.save(update_fields=["status", "error_code"])


def waits_for(item: PlaidItem) -> str:
    """What a person has to do before a login that was given up can be ended, as a sentence; "" if nothing."""
    sentence = _WAITS_FOR.get(item.error_code, "") if item.is_pending_removal else ""
    return sentence.format(environment=item.environment, client=item.client_id[-4:])


def untold(item: PlaidItem) -> str:
    """What to say of a login that Plaid still has to be told of, in two sentences."""
    return f"Plaid could not be told yet that the access has ended. {waits_for(item) or 'That is tried again.'}"


def retry_removals() -> int:
    """Ends the logins whose removal had to wait, and those that nobody chose an account of.

    Returns how many are still waiting.
    """
    unused = PlaidItem.objects.active().unused().filter(created_at__lt=timezone.now() - UNUSED_FOR)
    for item in unused.order_by("pk"):
        _give_up(item)
    for item in PlaidItem.objects.filter(status=PlaidItem.Status.REMOVAL_PENDING).order_by("pk"):
        remove(item)
    return PlaidItem.objects.filter(status=PlaidItem.Status.REMOVAL_PENDING).count()


def _give_up(item: PlaidItem) -> None:
    """Marks an unused login for removal, unless an account of it was chosen in this moment."""
    with transaction.atomic():
        give_up_if_unused(PlaidItem.objects.select_for_update().get(pk=item.pk))


def siblings(account: Account) -> list[Account | InvestmentLink]:
    """The other accounts of the same login, of either kind: they stay connected."""
    item = PlaidItem.objects.filter(linked_accounts__account=account).first()
    if item is None:
        return []
    others = LinkedAccount.objects.filter(item=item).exclude(account=account).select_related("account")
    invested = InvestmentLink.objects.filter(item=item).order_by("name", "pk")
    return [*(linked.account for linked in others.order_by("account__name", "pk")), *invested]
