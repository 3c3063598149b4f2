from datetime import datetime, timedelta

from django.db import models

_KEPT = timedelta(days=30)
_LONGEST = timedelta(minutes=5)  # the worker ends a job then


class PriceRunQuerySet(models.QuerySet["PriceRun"]):
    def newest_first(self) -> "PriceRunQuerySet":
        return self.order_by("-started_at", "-id")

    def tidy(self, now: datetime) -> None:
        """Forgets old runs, and says of those that never ended that they were interrupted."""
        self.filter(started_at__lt=now - _KEPT).delete()
        abandoned = self.filter(status=PriceRun.Status.RUNNING, started_at__lt=now - _LONGEST)
        abandoned.update(status=PriceRun.Status.INTERRUPTED)


class PriceRun(models.Model):
    """How one round of asking for prices went."""

    class Status(models.TextChoices):
        RUNNING = "running", "Running"
        SUCCESS = "success", "Done"
        OUT_OF_TIME = "out_of_time", "Goes on in the next run"
        RATE_LIMITED = "rate_limited", "The source asked for a pause"
        UNREACHABLE = "unreachable", "The source did not answer"
        INTERRUPTED = "interrupted", "Interrupted"

    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    status = models.CharField(max_length=12, choices=Status, default=Status.RUNNING)
    source = models.CharField(max_length=12)
    asked = models.PositiveIntegerField(default=0, help_text="Symbols that the source was asked for.")
    priced = models.PositiveIntegerField(default=0, help_text="Symbols that it gave a price for.")
    left = models.PositiveIntegerField(default=0, help_text="Symbols that were not asked for any more.")
    failures = models.JSONField(default=dict, help_text="Symbols without a price, each with the reason.")

    objects = PriceRunQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["-started_at", "-id"], name="newest_price_runs_first")]

    def __str__(self) -> str:
        return f"Prices of {self.started_at:%Y-%m-%d %H:%M}"

    @property
    def duration(self) -> timedelta | None:
        return self.finished_at - self.started_at if self.finished_at else None

    @property
    def wanted(self) -> int:
        """How many symbols were due."""
        return self.asked + self.left
