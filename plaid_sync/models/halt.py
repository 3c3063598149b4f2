from django.db import models


class Halt(models.Model):
    """Plaid refuses the app itself: one row, which keeps the schedule from asking it for every account.

    It holds for the credentials that were refused; with others it means nothing.
    """

    refused = models.CharField(max_length=32, help_text="Fingerprint of the credentials.")
    error_code = models.CharField(max_length=80)
    error_message = models.CharField(max_length=500)
    request_id = models.CharField(max_length=64, blank=True)
    since = models.DateTimeField()
    checked_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.error_code
