from django.db import models

from plaid_sync.steps import Step


class PlaidItemQuerySet(models.QuerySet["PlaidItem"]):
    def active(self) -> "PlaidItemQuerySet":
        """Items that Plaid still keeps for us, healthy or not."""
        return self.exclude(status__in=[PlaidItem.Status.REMOVAL_PENDING, PlaidItem.Status.REMOVED])

    def in_use(self) -> "PlaidItemQuerySet":
        """Items that feed an account of any kind."""
        return self.exclude(linked_accounts=None, investment_links=None)

    def unused(self) -> "PlaidItemQuerySet":
        """Items that feed no account of any kind."""
        return self.filter(linked_accounts=None, investment_links=None)


class PlaidItem(models.Model):
    """One login at one bank. Holds the access token once, shared by the accounts of the login."""

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        LOGIN_REQUIRED = "login_required", "Sign in again"
        ERROR = "error", "Needs attention"
        REMOVAL_PENDING = "removal_pending", "Removal pending"
        REMOVED = "removed", "Removed"

    item_id = models.CharField(max_length=64, unique=True)
    institution_id = models.CharField(max_length=64, blank=True)
    institution = models.CharField(max_length=120, blank=True)
    access_token = models.TextField(help_text="Encrypted and bound to item_id; empty once removed.", blank=True)
    environment = models.CharField(max_length=16)
    client_id = models.CharField(
        max_length=100, blank=True, help_text="Plaid's client whose access it is; empty: not known."
    )
    status = models.CharField(max_length=16, choices=Status, default=Status.ACTIVE)
    error_code = models.CharField(max_length=80, blank=True)
    error_message = models.CharField(max_length=500, blank=True, help_text="Plain words for the user.")
    next_step = models.CharField(max_length=12, choices=Step, blank=True, help_text="What ends the error.")
    consent_expires_at = models.DateTimeField(null=True, blank=True)
    products = models.JSONField(default=list, blank=True, help_text="What may be asked for: added or consented to.")
    has_new_accounts = models.BooleanField(default=False, help_text="The bank has accounts that are not shared yet.")
    webhook_url = models.CharField(
        max_length=500, blank=True, help_text="Where Plaid sends its webhooks, as last told."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PlaidItemQuerySet.as_manager()

    def __str__(self) -> str:
        return self.institution or self.item_id

    @property
    def is_in_use(self) -> bool:
        """Whether it feeds an account of any kind."""
        return PlaidItem.objects.in_use().filter(pk=self.pk).exists()

    @property
    def is_pending_removal(self) -> bool:
        return self.status == self.Status.REMOVAL_PENDING

    @property
    def may_read_investments(self) -> bool:
        return "investments" in self.products
