from django.db import models
from django.db.models import Q

from accounts.models import Account


class DemoAccount(models.Model):
    """An account, of the books or of the investments, that a simulated bank of the demo brought.

    It says so for as long as the demo is on, whether it is still connected or not.
    """

    account = models.OneToOneField(Account, models.CASCADE, null=True, related_name="+")
    account_key = models.UUIDField(unique=True, null=True, help_text="InvestmentAccount.key in the other database.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_demo_account_is_of_one_kind", condition=Q(account=None) ^ Q(account_key=None)
            ),
        ]

    def __str__(self) -> str:
        return str(self.account or self.account_key)
