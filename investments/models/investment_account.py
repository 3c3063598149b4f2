import datetime
import uuid

from django.apps import apps
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse

from money.fields import MoneyField


class InvestmentAccountQuerySet(models.QuerySet["InvestmentAccount"]):
    def by_hand(self) -> "InvestmentAccountQuerySet":
        """Accounts whose holdings the user keeps."""
        return self.filter(connection_status=InvestmentAccount.ConnectionStatus.MANUAL)

    def last_snapshots(self, *, until: datetime.date) -> dict[int, datetime.date]:
        """Primary key -> the last day up to `until` that holdings are known of; accounts without any are left out."""
        holdings = apps.get_model("investments", "Holding").objects
        last = holdings.filter(investment_account=models.OuterRef("pk"), as_of_date__lte=until).order_by("-as_of_date")
        days = self.order_by().annotate(last_day=models.Subquery(last.values("as_of_date")[:1]))
        return {pk: day for pk, day in days.values_list("pk", "last_day") if day}

    def in_reading_order(self) -> "InvestmentAccountQuerySet":
        """By institution (accounts without one last), then name."""
        return self.order_by(
            models.Case(models.When(institution="", then=1), default=0),
            Lower("institution"),
            Lower("name"),
            "id",
        )


class InvestmentAccount(models.Model):
    """One account that holds securities.

    `key` is all that the other database knows of it: no foreign key crosses the two.
    """

    class Type(models.TextChoices):
        TAXABLE = "taxable", "Brokerage"
        TRADITIONAL_IRA = "traditional_ira", "Traditional IRA"
        ROTH = "roth", "Roth IRA"
        RETIREMENT = "401k", "401(k)"
        HEALTH = "hsa", "HSA"
        EDUCATION = "529", "529 plan"
        CRYPTO = "crypto", "Crypto"
        OTHER = "other", "Other"

    class ConnectionStatus(models.TextChoices):
        MANUAL = "manual", "Kept by hand"
        CONNECTED = "connected", "Connected"
        LOGIN_REQUIRED = "login_required", "Sign in again"
        ERROR = "error", "Needs attention"
        DISCONNECTED = "disconnected", "Not connected"

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    institution = models.CharField(max_length=120, blank=True)
    mask = models.CharField(max_length=8, blank=True, help_text="The last digits of the account number.")
    account_type = models.CharField(max_length=16, choices=Type, default=Type.TAXABLE)
    currency = models.CharField(max_length=16, default="USD", help_text="ISO 4217 code, such as USD.")
    connection_status = models.CharField(max_length=16, choices=ConnectionStatus, default=ConnectionStatus.MANUAL)
    balance_current = MoneyField(
        null=True, blank=True, help_text="The value of the whole account as the bank states it."
    )
    last_synced_at = models.DateTimeField(null=True, blank=True)
    last_sync_error = models.TextField(blank=True, help_text="One plain sentence; empty when the last sync was fine.")
    history_from = models.DateField(
        null=True, blank=True, help_text="The first day that the transactions cover; null: none were read yet."
    )
    reckoned_at = models.DateTimeField(
        null=True, blank=True, help_text="When the history before the first snapshot was reckoned; null: it is due."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = InvestmentAccountQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.name} ••{self.mask}" if self.mask else self.name

    def get_absolute_url(self) -> str:
        return reverse("investment_account", args=[self.pk])

    @property
    def is_followed(self) -> bool:
        """Whether a connection stands behind this account, healthy or not."""
        return self.connection_status not in (self.ConnectionStatus.MANUAL, self.ConnectionStatus.DISCONNECTED)

    @property
    def is_by_hand(self) -> bool:
        return self.connection_status == self.ConnectionStatus.MANUAL
