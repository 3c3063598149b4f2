from django.db import models

from plaid_sync.models.linked_account import LinkedAccount


class SyncPage(models.Model):
    """One page of /transactions/sync as it arrived, kept until its run is posted.

    The chain of one run is `first_cursor` -> page 1 -> page 2 ..., ordered by `number`.
    """

    linked_account = models.ForeignKey(LinkedAccount, models.CASCADE, related_name="pages")
    feed = models.CharField(max_length=64)
    first_cursor = models.TextField(blank=True)
    number = models.PositiveIntegerField()
    cursor = models.TextField(blank=True, help_text="The cursor that this page was asked with.")
    next_cursor = models.TextField(blank=True)
    has_more = models.BooleanField()
    update_status = models.CharField(max_length=40)
    request_id = models.CharField(max_length=64, blank=True)
    body = models.TextField(help_text="The answer's JSON, numbers as Plaid wrote them.")
    fetched_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["linked_account", "number"], name="one_staged_page_per_number"),
        ]

    def __str__(self) -> str:
        return f"Page {self.number} of {self.linked_account_id}"
