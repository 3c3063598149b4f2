from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Account
from plaid_sync.models.plaid_item import PlaidItem


class LinkSession(models.Model):
    """One visit to Plaid Link: who, for what, with which link token, and how it ended."""

    class Purpose(models.TextChoices):
        CONNECT = "connect", "Connect a bank"
        INVEST = "invest", "Connect a brokerage"
        SIGN_IN = "sign_in", "Sign in again"
        ADD_ACCOUNTS = "accounts", "Add accounts"

    class Outcome(models.TextChoices):
        OPEN = "open", "Open"
        EXCHANGING = "exchanging", "Connecting"  # claimed by the one request that may exchange its public token
        EXCHANGED = "exchanged", "Connected"
        REPAIRED = "repaired", "Repaired"
        DUPLICATE = "duplicate", "Already connected"
        EXITED = "exited", "Left without connecting"
        FAILED = "failed", "Failed"

    REPAIRS = (Purpose.SIGN_IN, Purpose.ADD_ACCOUNTS)
    WORKED = (Outcome.EXCHANGED, Outcome.REPAIRED)

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", help_text="Null: has gone since."
    )
    purpose = models.CharField(max_length=12, choices=Purpose, default=Purpose.CONNECT)
    account = models.ForeignKey(
        Account, models.SET_NULL, null=True, blank=True, related_name="+", help_text="The account it was started from."
    )
    item = models.ForeignKey(PlaidItem, models.SET_NULL, null=True, blank=True, related_name="sessions")
    link_token = models.TextField(blank=True, help_text="Encrypted; emptied when the session ends.")
    expires_at = models.DateTimeField()
    outcome = models.CharField(max_length=12, choices=Outcome, default=Outcome.OPEN)
    bank_accounts = models.JSONField(
        default=list,
        blank=True,
        help_text="The bank's accounts at the time of linking: id, name, mask, type, subtype, currency.",
    )
    error_code = models.CharField(max_length=80, blank=True)
    error_message = models.TextField(blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    link_session_id = models.CharField(max_length=64, blank=True, help_text="Plaid's reference of the visit.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="ended_sessions_keep_no_link_token", condition=Q(outcome="open") | Q(link_token="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()}: {self.get_outcome_display()}"

    @property
    def is_repair(self) -> bool:
        """Whether Link was opened for a login that exists: then nothing is exchanged."""
        return self.purpose in self.REPAIRS

    @property
    def has_worked(self) -> bool:
        return self.outcome in self.WORKED
