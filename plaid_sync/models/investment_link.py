from django.db import models

from investments.models import InvestmentAccount
from plaid_sync.models.plaid_item import PlaidItem
from plaid_sync.models.stream import Stream


class InvestmentLink(Stream):
    """How one account of the investments database is fed by one account of a Plaid item.

    No transaction spans the two databases. A step that concerns both is written here first (`state`), then done
    there so that doing it twice changes nothing, then marked as done here; `reconcile` finishes what stopped between.
    """

    class State(models.TextChoices):
        ATTACHING = "attaching", "Being connected"
        ACTIVE = "active", "Connected"
        DETACHING = "detaching", "Being disconnected"
        DELETING = "deleting", "Being deleted"

    item = models.ForeignKey(PlaidItem, models.PROTECT, related_name="investment_links")
    plaid_account_id = models.CharField(max_length=64)
    account_key = models.UUIDField(unique=True, help_text="InvestmentAccount.key in the other database.")
    name = models.CharField(max_length=120, help_text="As the institution called it when it was connected.")
    mask = models.CharField(max_length=8, blank=True)
    subtype = models.CharField(max_length=64, blank=True)
    currency = models.CharField(max_length=16, default="USD")
    state = models.CharField(max_length=12, choices=State, default=State.ATTACHING)
    connection_status = models.CharField(
        max_length=16, choices=InvestmentAccount.ConnectionStatus, default=InvestmentAccount.ConnectionStatus.CONNECTED
    )
    last_sync_error = models.TextField(blank=True, help_text="One plain sentence; empty when the last sync was fine.")
    read_from = models.DateField(
        null=True, blank=True, help_text="The first day that was asked for; null: nothing was read through this link."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "plaid_account_id"], name="one_investment_link_per_bank_account"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ••{self.mask}" if self.mask else self.name
