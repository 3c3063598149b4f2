from django.db import models

from accounts.models import Account
from plaid_sync.models.plaid_item import PlaidItem
from plaid_sync.models.stream import Stream


class LinkedAccount(Stream):
    """How one account of the books is fed by one account of a Plaid item.

    Each linked account is a stream of its own (Plaid's `options.account_id`) with its own cursor,
    and a lease so that one run at a time works on it.
    """

    class History(models.TextChoices):
        UNKNOWN = "", "Not asked yet"
        NOT_READY = "NOT_READY", "Bank is still preparing"
        INITIAL = "INITIAL_UPDATE_COMPLETE", "Last 30 days loaded"
        HISTORICAL = "HISTORICAL_UPDATE_COMPLETE", "History complete"

    account = models.OneToOneField(Account, models.CASCADE, related_name="+")
    item = models.ForeignKey(PlaidItem, models.PROTECT, related_name="linked_accounts")
    plaid_account_id = models.CharField(max_length=64)
    persistent_account_id = models.CharField(max_length=128, blank=True)
    feed = models.CharField(max_length=64, unique=True, help_text="plaid:<uuid>, new at every link, re-map and reset.")
    cursor = models.TextField(blank=True)
    history_status = models.CharField(max_length=32, choices=History, default=History.UNKNOWN, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "plaid_account_id"], name="one_local_account_per_bank_account"),
        ]

    def __str__(self) -> str:
        return f"{self.account} at {self.item}"

    @property
    def step(self) -> str:
        """What has to happen before the account syncs again; "" while it is fine."""
        return self.item.next_step or self.next_step

    def unlink(self) -> None:
        """Deletes the link with its staged pages, one that is stored in this moment too. Call it in a transaction."""
        LinkedAccount.objects.select_for_update().filter(pk=self.pk).first()  # that run holds it until it has committed
        self.delete()
