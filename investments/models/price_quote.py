from django.db import models

from investments.models.security import Security


class PriceQuote(models.Model):
    """The price of a security at the end of a day, or its last one of a day that still runs.

    As it was traded on that day: splits that came later are not worked in.
    """

    security = models.ForeignKey(Security, models.CASCADE, related_name="quotes")
    day = models.DateField(help_text="The trading day, in the exchange's time zone.")
    close = models.DecimalField(max_digits=28, decimal_places=10)
    currency = models.CharField(max_length=16)
    source = models.CharField(max_length=12, choices=Security.PriceSource)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["security", "day"], name="one_quote_per_security_and_day"),
            models.CheckConstraint(name="a_quote_is_never_zero", condition=models.Q(close__gt=0)),
        ]
        indexes = [models.Index(fields=["day", "security"], name="quotes_of_a_day")]

    def __str__(self) -> str:
        return f"{self.security} {self.close:f} {self.currency} on {self.day}"
