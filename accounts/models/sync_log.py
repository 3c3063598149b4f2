from datetime import timedelta

from django.db import models
from django.urls import reverse

from accounts.models.account import Account


class SyncLog(models.Model):
    """One run of any source for one account, written before the first call."""

    class Trigger(models.TextChoices):
        INITIAL = "initial", "First sync"
        MANUAL = "manual", "By hand"
        SCHEDULED = "scheduled", "Scheduled"
        WEBHOOK = "webhook", "Bank notice"
        RETRY = "retry", "Retry"
        IMPORT = "import", "File import"

    class Status(models.TextChoices):
        RUNNING = "running", "Running"
        SUCCESS = "success", "Synced"
        NOT_READY = "not_ready", "Bank is still preparing"
        HELD = "held", "Held for you"
        PARTIAL = "partial", "To be continued"
        ERROR = "error", "Failed"
        CANCELLED = "cancelled", "Cancelled"
        INTERRUPTED = "interrupted", "Interrupted"

    account = models.ForeignKey(Account, models.CASCADE, related_name="runs")
    source = models.CharField(max_length=16, help_text="plaid, csv, ofx, qif or manual.")
    trigger = models.CharField(max_length=12, choices=Trigger)
    status = models.CharField(max_length=12, choices=Status, default=Status.RUNNING)
    pages = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    modified = models.PositiveIntegerField(default=0)
    removed = models.PositiveIntegerField(default=0)
    merged = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0)
    error_code = models.CharField(max_length=80, blank=True)
    error_message = models.TextField(blank=True, help_text="Plain words for the user; never a raw exception text.")
    request_id = models.CharField(max_length=64, blank=True, help_text="Plaid's reference of the last answer.")
    cursor_before = models.TextField(blank=True)
    cursor_after = models.TextField(blank=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["-started_at", "-id"], name="sync_log_newest_first"),
            models.Index(fields=["account", "-started_at"], name="sync_log_of_account"),
        ]

    def __str__(self) -> str:
        return f"{self.get_trigger_display()}: {self.get_status_display()}"

    def get_absolute_url(self) -> str:
        return reverse("sync_run", args=[self.pk])

    @property
    def duration(self) -> timedelta | None:
        """How long the run took; None while it is running."""
        return self.finished_at - self.started_at if self.finished_at else None
