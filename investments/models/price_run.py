from django.db import models


class PriceRun(models.Model):
    """How one round of asking for prices went."""

    class Status(models.TextChoices):
        RUNNING = "running", "Running"
        SUCCESS = "success", "Done"
        OUT_OF_TIME = "out_of_time", "Goes on in the next run"
        RATE_LIMITED = "rate_limited", "The source asked for a pause"
        UNREACHABLE = "unreachable", "The source did not answer"

    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    status = models.CharField(max_length=12, choices=Status, default=Status.RUNNING)
    source = models.CharField(max_length=12)
    asked = models.PositiveIntegerField(default=0, help_text="Symbols that the source was asked for.")
    priced = models.PositiveIntegerField(default=0, help_text="Symbols that it gave a price for.")
    left = models.PositiveIntegerField(default=0, help_text="Symbols that were not asked for any more.")
    failures = models.JSONField(default=dict, help_text="Symbols without a price, each with the reason.")

    class Meta:
        indexes = [models.Index(fields=["-started_at", "-id"], name="newest_price_runs_first")]

    def __str__(self) -> str:
        return f"Prices of {self.started_at:%Y-%m-%d %H:%M}"
