import uuid
from decimal import Decimal

from django.db import models

from investments.models.investment_account import InvestmentAccount
from investments.models.security import Security
from money.fields import MoneyField


class InvestmentTransactionQuerySet(models.QuerySet["InvestmentTransaction"]):
    def live(self) -> "InvestmentTransactionQuerySet":
        """What the institution still vouches for, and what was entered by hand."""
        return self.filter(withdrawn_at=None)


class InvestmentTransaction(models.Model):
    """Something that happened on an investment account.

    `quantity` is what came in (sales are negative), `amount` the money that went out of the account's cash
    (proceeds, deposits and dividends are negative; Plaid's sign), fees included. `kind` is ours,
    `raw_type` and `raw_subtype` are Plaid's words.
    """

    class Kind(models.TextChoices):
        BUY = "buy", "Buy"
        SELL = "sell", "Sell"
        DIVIDEND = "dividend", "Dividend"
        DIVIDEND_REINVESTMENT = "dividend_reinvestment", "Reinvestment"
        INTEREST = "interest", "Interest"
        CAPITAL_GAIN = "capital_gain", "Capital gain"
        TRANSFER = "transfer", "Transfer"
        DEPOSIT = "deposit", "Deposit"
        WITHDRAWAL = "withdrawal", "Withdrawal"
        FEE = "fee", "Fee"
        SPLIT = "split", "Split"
        CANCEL = "cancel", "Cancelled"
        OTHER = "other", "Other"

    investment_account = models.ForeignKey(InvestmentAccount, models.CASCADE, related_name="transactions")
    security = models.ForeignKey(Security, models.PROTECT, null=True, blank=True, related_name="transactions")
    external_id = models.CharField(
        max_length=64, default=uuid.uuid4, help_text="The institution's id; made up for what was entered by hand."
    )
    date = models.DateField(help_text="The day of posting.")
    kind = models.CharField(max_length=24, choices=Kind)
    raw_type = models.CharField(max_length=64, blank=True)
    raw_subtype = models.CharField(max_length=64, blank=True)
    name = models.CharField(max_length=255, blank=True)
    quantity = models.DecimalField(max_digits=28, decimal_places=10, default=Decimal(0))
    price = models.DecimalField(max_digits=28, decimal_places=10, null=True, blank=True)
    amount = MoneyField(help_text="Positive: money out of the account's cash.")
    fees = MoneyField(null=True, blank=True)
    currency = models.CharField(max_length=16, default="USD")
    withdrawn_at = models.DateTimeField(
        null=True, blank=True, help_text="When the institution stopped sending it; kept, and counted nowhere."
    )

    objects = InvestmentTransactionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["investment_account", "external_id"], name="one_row_per_investment_transaction"
            ),
        ]
        indexes = [
            models.Index(fields=["-date", "-id"], name="newest_investments_first"),
            models.Index(fields=["investment_account", "date"], name="investments_of_an_account"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.date}"
