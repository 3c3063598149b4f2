"""What the worker runs for investment accounts."""

import logging

from django.utils import timezone

from accounts.models import SyncLog
from accounts.worker import run_soon
from investments.reach import InvestmentsUnavailable, reaching
from investments.reckoning import reckon_due
from investments.tasks import refresh_soon
from plaid_sync.brokerage.sync import sync_investments_if_wanted
from plaid_sync.credentials import is_configured
from plaid_sync.errors import NotConfigured
from plaid_sync.gateway import gateway_from_settings
from plaid_sync.models import InvestmentLink
from plaid_sync.pacing import Pace
from plaid_sync.schedule import due_investments
from plaid_sync.tasks import BY_THEMSELVES, NOT_CONFIGURED, NOT_LINKED, SKIPPED, ask_for_each, is_useless

logger = logging.getLogger(__name__)


def sync_due_investments() -> int:
    """Queues a sync for every investment account whose time has come; returns how many."""
    return ask_for_each(due_investments(timezone.now()), ask_for_investments) if is_configured() else 0


def ask_for_investments(link_id: int, trigger: SyncLog.Trigger) -> bool:
    """As `plaid_sync.tasks.ask_for_sync` for an investment account."""
    InvestmentLink.objects.filter(pk=link_id).update(is_wanted=True)
    return run_soon(sync_investment_link, link_id, trigger.value)


def sync_investment_link(link_id: int, trigger: str) -> str:
    """Syncs one investment account if that is still wanted; returns how it ended. What went wrong is in its run.

    What nobody asked for by hand asks no bank while the login is in error or Plaid refuses the app.
    """
    link = InvestmentLink.objects.select_related("item").filter(pk=link_id).first()
    if link is None:
        return NOT_LINKED
    if trigger in BY_THEMSELVES and is_useless(link.item):
        return SKIPPED
    try:
        outcome = sync_investments_if_wanted(link_id, trigger, gateway=gateway_from_settings(), pace=Pace())
    except NotConfigured:
        return NOT_CONFIGURED
    except InvestmentLink.DoesNotExist:  # disconnected in this moment
        return NOT_LINKED
    reckon_if_possible()
    refresh_soon()  # what is new has no quotes yet
    return outcome.status


def reckon_if_possible() -> None:
    """Reckons the history of accounts of which something new is known; what can't be done now is due still."""
    try:
        with reaching():
            reckon_due(timezone.now())
    except InvestmentsUnavailable as error:
        logger.warning("The history of investments is not reckoned: %s", error)
