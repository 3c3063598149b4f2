from datetime import timedelta

from django.db import models

from accounts.models import SyncLog


class InvestmentRun(models.Model):
    """One sync of one investment account, written before the first call; it outlives the connection."""

    account_key = models.UUIDField(help_text="InvestmentAccount.key in the other database.")
    name = models.CharField(max_length=140, help_text="What the account was called.")
    institution = models.CharField(max_length=120, blank=True)
    trigger = models.CharField(max_length=12, choices=SyncLog.Trigger)
    status = models.CharField(max_length=12, choices=SyncLog.Status, default=SyncLog.Status.RUNNING)
    pages = models.PositiveIntegerField(default=0)
    positions = models.PositiveIntegerField(default=0)
    ended = models.PositiveIntegerField(default=0, help_text="Positions that are not held any more.")
    added = models.PositiveIntegerField(default=0)
    modified = models.PositiveIntegerField(default=0)
    withdrawn = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    malformed = models.PositiveIntegerField(default=0, help_text="Positions and transactions that can't be read.")
    unknown = models.PositiveIntegerField(default=0, help_text="Transactions of a kind that nobody knows.")
    error_code = models.CharField(max_length=80, blank=True)
    error_message = models.TextField(blank=True, help_text="Plain words for the user; never a raw exception text.")
    request_id = models.CharField(max_length=64, blank=True, help_text="Plaid's reference of the last answer.")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["-started_at", "-id"], name="investment_runs_newest_first"),
            models.Index(fields=["account_key", "-started_at"], name="investment_runs_of_account"),
        ]

    def __str__(self) -> str:
        return f"{self.get_trigger_display()}: {self.get_status_display()}"

    @property
    def duration(self) -> timedelta | None:
        """How long the run took; None while it is running."""
        return self.finished_at - self.started_at if self.finished_at else None

    @property
    def story(self) -> str:
        """What it brought, in words."""
        counts = (
            (self.positions, "held"),
            (self.ended, "ended"),
            (self.added, "new"),
            (self.modified, "changed"),
            (self.withdrawn, "withdrawn"),
        )
        return ", ".join(f"{count} {word}" for count, word in counts if count) or "nothing new"
