import datetime
from collections.abc import Mapping
from decimal import Decimal

from django.db import models

from investments.models.investment_account import InvestmentAccount
from investments.models.security import Security
from money.fields import MoneyField


class HoldingQuerySet(models.QuerySet["Holding"]):
    def of_snapshots(self, days: Mapping[int, datetime.date]) -> "HoldingQuerySet":
        """All holdings of these accounts (by primary key), each of its own day."""
        snapshots = models.Q(pk__in=())
        for account_id, day in days.items():
            snapshots |= models.Q(investment_account=account_id, as_of_date=day)
        return self.filter(snapshots)


class Holding(models.Model):
    """How much of a security an account held at the end of a day; one row per account, security and day.

    Quantity 0 says that the position had ended by that day. `cost_basis` is of the whole position:
    null is unknown, zero is zero. Short positions have negative quantities and values.
    """

    class Origin(models.TextChoices):
        REPORTED = "reported", "Stated by the institution"
        ENTERED = "entered", "Entered by hand"
        RECKONED = "reckoned", "Reckoned from transactions and prices"

    investment_account = models.ForeignKey(InvestmentAccount, models.CASCADE, related_name="holdings")
    security = models.ForeignKey(Security, models.PROTECT, related_name="holdings")
    as_of_date = models.DateField(help_text="The day in New York.")
    quantity = models.DecimalField(max_digits=28, decimal_places=10)
    price = models.DecimalField(
        max_digits=28, decimal_places=10, null=True, blank=True, help_text="Per unit, as the institution states it."
    )
    price_as_of = models.DateField(null=True, blank=True)
    value = MoneyField(null=True, blank=True, help_text="Of the whole position; null: it has no price.")
    cost_basis = MoneyField(null=True, blank=True, help_text="Of the whole position; null: unknown.")
    currency = models.CharField(max_length=16, default="USD")
    origin = models.CharField(max_length=8, choices=Origin, default=Origin.REPORTED)
    updated_at = models.DateTimeField(auto_now=True)

    objects = HoldingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["investment_account", "security", "as_of_date"], name="one_holding_per_account_security_and_day"
            ),
        ]
        indexes = [
            models.Index(fields=["investment_account", "as_of_date"], name="holdings_of_an_account"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity:f} {self.security}"

    @property
    def cost_basis_per_unit(self) -> Decimal | None:
        """What one unit cost on average; None if the cost is unknown or nothing (or less) is held."""
        if self.cost_basis is None or self.quantity <= 0:
            return None
        return self.cost_basis / self.quantity
