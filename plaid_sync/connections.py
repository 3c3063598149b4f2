"""All logins at banks with what they feed, how they stand and what they need."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from plaid_sync.credentials import environment
from plaid_sync.disconnect import waits_for
from plaid_sync.models import InvestmentLink, LinkedAccount, PlaidItem
from plaid_sync.notices import Notice, expiry_notice
from plaid_sync.steps import Step


@dataclass(frozen=True, slots=True)
class Connection:
    """One login and its streams; `notice` is what has to be said of the login itself, None while it is fine."""

    item: PlaidItem
    links: list[LinkedAccount]
    investments: list[InvestmentLink]
    notice: Notice | None

    @property
    def is_elsewhere(self) -> bool:
        """Whether it belongs to another of Plaid's environments than the one the app runs with."""
        return self.item.environment != environment()

    @property
    def waits_for(self) -> str:
        """What has to be done before it can be ended; "" if nothing, or if it goes on."""
        return waits_for(self.item)

    @property
    def is_repairable(self) -> bool:
        """Whether Link can be opened for it."""
        return not self.is_elsewhere and not self.item.is_pending_removal and self.item.next_step != Step.RELINK


def connections(now: datetime) -> list[Connection]:
    """Every login that feeds something or is still to be given back, by the bank's name."""
    return list(_connections(now))


def _connections(now: datetime) -> Iterator[Connection]:
    items = PlaidItem.objects.exclude(status=PlaidItem.Status.REMOVED).order_by("institution", "pk")
    for item in items.prefetch_related("linked_accounts__account", "investment_links"):
        links = sorted(item.linked_accounts.all(), key=lambda link: (link.account.name.casefold(), link.pk))
        invested = sorted(item.investment_links.all(), key=lambda link: (link.name.casefold(), link.pk))
        if links or invested or item.is_pending_removal:
            notice = None if item.is_pending_removal else _notice(item, now)
            yield Connection(item, links, invested, notice)


def _notice(item: PlaidItem, now: datetime) -> Notice | None:
    return Notice(item.error_message, item.next_step, item) if item.next_step else expiry_notice(item, now)


def working_logins() -> list[PlaidItem]:
    """The logins that can be repaired or extended instead of being connected again, by the bank's name."""
    items = PlaidItem.objects.active().in_use().filter(environment=environment())
    return list(items.exclude(next_step=Step.RELINK).order_by("institution", "pk"))
