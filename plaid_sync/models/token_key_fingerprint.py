from django.db import models


class TokenKeyFingerprint(models.Model):
    """Which key encrypted what is stored, so that a holder of another key stops instead of writing."""

    fingerprint = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.fingerprint[:12]
