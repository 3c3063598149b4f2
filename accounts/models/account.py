from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse

from money.fields import MoneyField


class AccountQuerySet(models.QuerySet["Account"]):
    def linked(self) -> "AccountQuerySet":
        """Accounts with a bank connection behind them, healthy or not."""
        return self.exclude(connection_status=Account.ConnectionStatus.DISCONNECTED)

    def in_reading_order(self) -> "AccountQuerySet":
        """By institution (accounts without one last), then name."""
        return self.order_by(
            models.Case(models.When(institution="", then=1), default=0),
            Lower("institution"),
            Lower("name"),
            "id",
        )


class Account(models.Model):
    """One account of the household. Knows nothing of how it is kept fresh.

    Balances are as the bank states them: for `credit` and `loan` accounts a positive
    `balance_current` is what is owed (Plaid's convention), for all others what is held.
    """

    class Type(models.TextChoices):
        CHECKING = "checking", "Checking"
        SAVINGS = "savings", "Savings"
        CREDIT = "credit", "Credit card"
        CASH = "cash", "Cash"
        LOAN = "loan", "Loan"
        OTHER = "other", "Other"

    class ConnectionStatus(models.TextChoices):
        DISCONNECTED = "disconnected", "Not connected"
        CONNECTED = "connected", "Connected"
        LOGIN_REQUIRED = "login_required", "Sign in again"
        ERROR = "error", "Needs attention"

    name = models.CharField(max_length=120)
    institution = models.CharField(
        max_length=120, blank=True, help_text="The bank. Compared without case and spaces until it is linked."
    )
    account_type = models.CharField(max_length=16, choices=Type, default=Type.CHECKING)
    currency = models.CharField(max_length=16, default="USD", help_text="ISO 4217 code, such as USD.")
    mask = models.CharField(max_length=8, blank=True, help_text="The last digits of the account number.")
    connection_status = models.CharField(max_length=16, choices=ConnectionStatus, default=ConnectionStatus.DISCONNECTED)
    last_synced_at = models.DateTimeField(null=True, blank=True)
    last_sync_error = models.TextField(blank=True, help_text="One plain sentence; empty when the last sync was fine.")
    balance_current = MoneyField(null=True, blank=True)
    balance_available = MoneyField(null=True, blank=True)
    balance_limit = MoneyField(null=True, blank=True)
    balance_updated_at = models.DateTimeField(null=True, blank=True)
    opening_balance = MoneyField(
        null=True,
        blank=True,
        help_text="The balance before the first transaction of the bank's history; fixed once.",
    )
    opening_date = models.DateField(
        null=True, blank=True, help_text="The first day that the opening balance does not contain yet."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AccountQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.name} ••{self.mask}" if self.mask else self.name

    def get_absolute_url(self) -> str:
        return reverse("account", args=[self.pk])

    @property
    def bank_key(self) -> str:
        """The institution without differences of case and spaces, which people type as they like."""
        return "".join(self.institution.split()).casefold()

    @property
    def is_liability(self) -> bool:
        """Whether a positive balance is money owed."""
        return self.account_type in (self.Type.CREDIT, self.Type.LOAN)

    @property
    def is_linked(self) -> bool:
        """Whether a bank connection stands behind this account, healthy or not."""
        return self.connection_status != self.ConnectionStatus.DISCONNECTED
