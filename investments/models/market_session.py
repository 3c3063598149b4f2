from django.db import models


class MarketSession(models.Model):
    """When New York trades on a day, noted ahead by the worker so that pages need no calendar.

    A day without trading has a row without times.
    """

    day = models.DateField(primary_key=True)
    opens_at = models.DateTimeField(null=True, blank=True)
    closes_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"New York on {self.day}"
