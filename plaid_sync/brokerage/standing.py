"""How the connection of an investment account is: known in the books' database, shown in the other."""

import logging

from django.db.models import Q

from investments.models import InvestmentAccount
from investments.reach import InvestmentsUnavailable, reaching
from plaid_sync.models import InvestmentLink, PlaidItem

logger = logging.getLogger(__name__)


def show_standing(item: PlaidItem) -> None:
    """Shows it on the accounts of the login. Where that can't be done now, reconcile does it."""
    try:
        bring_in_step(list(InvestmentLink.objects.filter(item=item, state=InvestmentLink.State.ACTIVE)))
    except InvestmentsUnavailable:
        logger.info("How the connection %s is can't be shown on its investment accounts yet", item.pk)


def bring_in_step(links: list[InvestmentLink]) -> int:
    """Returns how many accounts showed something else. Raises InvestmentsUnavailable. Not for a transaction."""
    changed = 0
    with reaching():
        for link in links:
            shown = {"connection_status": link.connection_status, "last_sync_error": link.last_sync_error}
            account = InvestmentAccount.objects.filter(key=link.account_key)
            changed += account.exclude(Q(**shown)).update(**shown)
    return changed
