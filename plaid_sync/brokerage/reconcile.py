"""Finishing what concerns both databases and stopped in between."""

import logging

from investments.reach import InvestmentsUnavailable
from plaid_sync.brokerage.steps import carry_out
from plaid_sync.models import InvestmentLink

logger = logging.getLogger(__name__)


def finish_steps() -> dict[str, int]:
    """Carries out every step that was announced; returns how many of each kind. Raises InvestmentsUnavailable."""
    done: dict[str, int] = {}
    announced = InvestmentLink.objects.exclude(state=InvestmentLink.State.ACTIVE).select_related("item")
    for link in announced.order_by("pk"):
        carry_out(link)
        done[link.state] = done.get(link.state, 0) + 1
    return done


def finish_steps_if_possible() -> None:
    """The same from a schedule: while the investments database can't be used, it waits for the next time."""
    try:
        finish_steps()
    except InvestmentsUnavailable as error:
        logger.warning("Steps between the databases wait: %s", error)
