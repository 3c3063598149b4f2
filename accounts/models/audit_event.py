from django.conf import settings
from django.db import models


class AuditEvent(models.Model):
    """What touched the access to the books: what, who and when. No name of a person, no amount, no secret."""

    class Kind(models.TextChoices):
        SIGNED_IN = "signed_in", "Signed in"
        SIGN_IN_FAILED = "sign_in_failed", "Sign-in failed"
        LINK_OPENED = "link_opened", "Plaid Link opened"
        ACCESS_GRANTED = "access_granted", "Access granted by a bank"
        DISCONNECTED = "disconnected", "Account disconnected"
        DELETED = "deleted", "Account deleted"
        KEY_CHANGED = "key_changed", "Encryption key changed"
        SETTING_CHANGED = "setting_changed", "Setting changed"

    kind = models.CharField(max_length=16, choices=Kind)
    happened_at = models.DateTimeField()
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", help_text="Null: nobody, or gone since."
    )
    about = models.CharField(max_length=60, blank=True, help_text="Which setting, account or connection.")
    fingerprint = models.CharField(max_length=32, blank=True, help_text="Of the name and address of a failed sign-in.")

    class Meta:
        indexes = [
            models.Index(fields=["-happened_at", "-id"], name="audit_events_newest_first"),
            models.Index(fields=["fingerprint", "happened_at"], name="audit_events_of_sign_ins"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.happened_at:%Y-%m-%d %H:%M} UTC"
