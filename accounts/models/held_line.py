from django.db import models

from accounts.models.account import Account
from accounts.models.sync_log import SyncLog
from accounts.models.transaction import Transaction


class HeldLineQuerySet(models.QuerySet["HeldLine"]):
    def open(self) -> "HeldLineQuerySet":
        """Lines that still wait for a person or a better parser."""
        return self.filter(resolved_at=None)


class HeldLine(models.Model):
    """A line that could not be posted, or that needs a person to decide."""

    class Reason(models.TextChoices):
        MALFORMED = "malformed", "Could not be read"
        OTHER_ACCOUNT = "other_account", "Belongs to another account"
        POSSIBLE_DUPLICATE = "possible_duplicate", "Possible duplicate"
        WITHDRAWN_BUT_EDITED = "withdrawn_but_edited", "Withdrawn by the bank, edited by you"

    class Decision(models.TextChoices):
        SAME = "same", "Same purchase"
        DIFFERENT = "different", "Two purchases"

    account = models.ForeignKey(Account, models.CASCADE, related_name="held_lines")
    run = models.ForeignKey(SyncLog, models.SET_NULL, null=True, blank=True, related_name="+")
    feed = models.CharField(max_length=64)
    external_id = models.CharField(max_length=128, blank=True)
    raw = models.JSONField(default=dict, blank=True, help_text="What the source sent, without secrets.")
    reason = models.CharField(max_length=24, choices=Reason)
    detail = models.TextField(blank=True, help_text="One plain sentence.")
    candidate = models.ForeignKey(
        Transaction,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        help_text="The row it may be the same as, or that was withdrawn.",
    )
    decision = models.CharField(max_length=16, choices=Decision, blank=True, help_text="What a person said.")
    created_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True, blank=True)

    objects = HeldLineQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["account", "feed", "external_id"], name="held_line_by_id")]

    def __str__(self) -> str:
        return f"{self.get_reason_display()}: {self.external_id or 'no id'}"
