"""What the frame around every page says of the bank connections."""

from dataclasses import dataclass

from django import template
from django.utils import timezone

from accounts.models import Account
from plaid_sync import demo, notices
from plaid_sync.credentials import is_simulated
from plaid_sync.models import InvestmentLink

register = template.Library()


@dataclass(frozen=True, slots=True)
class Simulation:
    """Whether what banks send is made up, and whether a demo of this install is why."""

    is_on: bool
    is_demo: bool


@register.simple_tag
def simulation() -> Simulation:
    """What has to be said on every page where amounts may be made up; no query of its own."""
    return Simulation(is_simulated() or demo.is_on(), demo.is_on())


@register.simple_tag
def connection_notices() -> list[notices.Notice]:
    """What is wrong with a connection, or will soon be."""
    return notices.connection_notices(timezone.now())


@dataclass(frozen=True, slots=True)
class ConnectionHealth:
    """How many accounts of either kind are linked, and how many of them need a person."""

    linked: int
    troubled: int


@register.simple_tag
def connection_health() -> ConnectionHealth:
    """The health of all connections, in one query."""
    banks = Account.objects.linked().order_by().values_list("connection_status", flat=True)
    brokerages = InvestmentLink.objects.filter(state=InvestmentLink.State.ACTIVE)
    states = list(banks.union(brokerages.values_list("connection_status", flat=True), all=True))
    is_fine = Account.ConnectionStatus.CONNECTED
    return ConnectionHealth(linked=len(states), troubled=sum(state != is_fine for state in states))
