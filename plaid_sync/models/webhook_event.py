from django.db import models


class WebhookEvent(models.Model):
    """One webhook that Plaid has signed: what it says, without amounts, and what came of it."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DONE = "done", "Acted on"
        NOTED = "noted", "Nothing to do"
        UNKNOWN_ITEM = "unknown_item", "No such connection"
        FAILED = "failed", "Failed"

    received_at = models.DateTimeField()
    kind = models.CharField(max_length=40, blank=True, help_text="Plaid's webhook_type.")
    code = models.CharField(max_length=80, blank=True, help_text="Plaid's webhook_code.")
    item_id = models.CharField(max_length=64, blank=True, help_text="Plaid's item_id, whether it is known or not.")
    environment = models.CharField(max_length=16, blank=True)
    facts = models.JSONField(default=dict, blank=True, help_text="What the code adds, as far as it is used.")
    fingerprint = models.CharField(max_length=64, unique=True, help_text="Of what was signed; a replay has the same.")
    outcome = models.CharField(max_length=12, choices=Outcome, default=Outcome.WAITING)

    class Meta:
        indexes = [
            models.Index(fields=["outcome", "id"], name="webhook_events_by_outcome"),
            models.Index(fields=["received_at"], name="webhook_events_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.code}"
