from django.db import models

from plaid_sync.steps import Step


class Stream(models.Model):
    """Something that is synced when its time has come, by one run at a time."""

    lease_token = models.CharField(max_length=36, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(
        default=0, help_text="Runs in a row that brought nothing (not ready or failed); sets the back-off."
    )
    next_sync_at = models.DateTimeField(null=True, blank=True, help_text="Null: not scheduled.")
    next_step = models.CharField(
        max_length=12, choices=Step, blank=True, help_text="What ends this account's own error; its login's goes first."
    )
    is_wanted = models.BooleanField(
        default=True, help_text="A sync was asked for, and none has begun since: however many ask, one run does."
    )

    class Meta:
        abstract = True
