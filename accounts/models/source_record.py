from django.db import models
from django.db.models import Q

from accounts.models.account import Account
from accounts.models.sync_log import SyncLog
from accounts.models.transaction import Transaction


class SourceRecord(models.Model):
    """What one feed calls a row of the books.

    A feed is one namespace of ids: `plaid:<uuid>` (new at every link, re-map and reset), `ofx`,
    `csv:<profile>`, `qif`, `manual`. Ids are compared with case.
    """

    class State(models.TextChoices):
        CURRENT = "current", "Current"
        SUPERSEDED = "superseded", "Superseded"  # a pending id whose purchase has settled
        WITHDRAWN = "withdrawn", "Withdrawn"

    account = models.ForeignKey(Account, models.CASCADE, related_name="+")
    transaction = models.ForeignKey(Transaction, models.CASCADE, related_name="records")
    feed = models.CharField(max_length=64)
    external_id = models.CharField(max_length=128)
    state = models.CharField(max_length=12, choices=State, default=State.CURRENT)
    first_seen = models.ForeignKey(SyncLog, models.SET_NULL, null=True, blank=True, related_name="+")
    last_seen = models.ForeignKey(SyncLog, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "feed", "external_id"], name="one_record_per_feed_and_id"),
            models.UniqueConstraint(
                fields=["transaction", "feed"],
                condition=Q(state="current"),
                name="one_current_record_per_row_and_feed",
            ),
        ]
        indexes = [models.Index(fields=["account", "external_id"], name="source_record_by_id")]

    def __str__(self) -> str:
        return f"{self.feed} {self.external_id} ({self.state})"
