from django.conf import settings
from django.db import models


class SavedSetting(models.Model):
    """What was set on the Settings page under the name that the variable of the environment would have."""

    name = models.CharField(max_length=40, primary_key=True)
    value = models.TextField(help_text="Secrets are encrypted.")
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class SettingChange(models.Model):
    """Who changed which setting and when; never to what."""

    name = models.CharField(max_length=40)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name}, {self.changed_at:%Y-%m-%d %H:%M} UTC"
