from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from accounts.models.sync_log import SyncLog
from accounts.models.transaction import Transaction


class TransactionChange(models.Model):
    """One change of one row, with what it was before: the row's memory and the ground for undo.

    Plain inserts are not logged. `before` and `after` hold column values (amounts and dates as
    strings); for a merge of two rows `before["absorbed"]` holds the whole row that gave way.
    """

    class Kind(models.TextChoices):
        MERGED = "merged", "Merged"
        SETTLED = "settled", "Settled"
        UPDATED = "updated", "Updated by the bank"
        WITHDRAWN = "withdrawn", "Withdrawn"
        RESTORED = "restored", "Restored"
        EDITED = "edited", "Edited"
        UNMERGED = "unmerged", "Unmerged"

    transaction = models.ForeignKey(Transaction, models.CASCADE, related_name="changes")
    run = models.ForeignKey(SyncLog, models.SET_NULL, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind)
    before = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    after = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    reason = models.TextField(blank=True, help_text="One plain sentence.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.reason}"
