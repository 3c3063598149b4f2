from django.db import models


class SavedSetting(models.Model):
    """What was set on the Settings page under the name that the variable of the environment would have."""

    name = models.CharField(max_length=40, primary_key=True)
    value = models.TextField(help_text="Secrets are encrypted.")
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
