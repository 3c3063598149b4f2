import datetime
from typing import Any

from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse

from accounts.models.account import Account
from accounts.models.sync_log import SyncLog
from categories.models import Category
from money.fields import MoneyField


def has_user_facts(description: str | None, merchant_name: str | None, notes: str, status: str) -> bool:
    """Whether these user columns hold an edit, a note, or a staged or confirmed choice."""
    return (
        description is not None
        or merchant_name is not None
        or bool(notes)
        or status in (Transaction.Status.PENDING_SAVE, Transaction.Status.CONFIRMED)
    )


class TransactionQuerySet(models.QuerySet["Transaction"]):
    def live(self) -> "TransactionQuerySet":
        """Rows that count: not removed by the bank or the user."""
        return self.filter(removed_at=None)

    def posted(self) -> "TransactionQuerySet":
        """Live rows that the bank has settled."""
        return self.live().filter(is_pending=False)

    def newest_first(self) -> "TransactionQuerySet":
        return self.order_by("-date", "-id")


class Transaction(models.Model):
    """One purchase, payment or transfer of one account.

    Bank facts and user facts live in different columns: a source writes bank columns only, so an
    edit can't be overwritten. `shown_description` and `shown_merchant` prefer the user's value
    unless it is null; an empty string is an edit too (cleared by the user).
    """

    class Status(models.TextChoices):
        PENDING_REVIEW = "pending_review", "To review"
        PENDING_SAVE = "pending_save", "Staged"
        CONFIRMED = "confirmed", "Confirmed"
        AUTO_CONFIRMED = "auto_confirmed", "Confirmed by a rule"

    class RemovalReason(models.TextChoices):
        BANK = "bank", "Withdrawn by the bank"
        USER = "user", "Removed by you"

    account = models.ForeignKey(Account, models.CASCADE, related_name="transactions")

    date = models.DateField(help_text="The day it posted; for a pending row the day it happened.")
    authorized_date = models.DateField(null=True, blank=True, help_text="The day of the purchase, if known.")
    amount = MoneyField(help_text="Positive is money out (Plaid's sign).")
    currency = models.CharField(max_length=16)
    is_pending = models.BooleanField(default=False)
    bank_description = models.TextField(blank=True)
    bank_merchant = models.TextField(blank=True)
    bank_category_primary = models.CharField(max_length=64, blank=True)
    bank_category_detailed = models.CharField(max_length=96, blank=True)
    bank_category_confidence = models.CharField(max_length=16, blank=True)

    description = models.TextField(null=True, blank=True, help_text="Null: not edited.")
    merchant_name = models.TextField(null=True, blank=True, help_text="Null: not edited.")
    notes = models.TextField(blank=True)

    category = models.ForeignKey(Category, models.SET_NULL, null=True, blank=True, related_name="+")
    predicted_category = models.ForeignKey(Category, models.SET_NULL, null=True, blank=True, related_name="+")
    status = models.CharField(max_length=16, choices=Status, default=Status.PENDING_REVIEW)
    categorization_tier = models.PositiveSmallIntegerField(null=True, blank=True)
    prediction_confidence = models.DecimalField(max_digits=4, decimal_places=3, null=True, blank=True)

    source = models.CharField(max_length=64, help_text="The feed that owns the bank columns.")
    created_by = models.ForeignKey(SyncLog, models.SET_NULL, null=True, blank=True, related_name="+")
    removed_at = models.DateTimeField(null=True, blank=True)
    removal_reason = models.CharField(max_length=8, choices=RemovalReason, blank=True)

    objects = TransactionQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["account", "amount", "date"], name="transaction_likeness"),
            models.Index(fields=["account", "-date", "-id"], name="transaction_reading_order"),
            models.Index(fields=["-date", "-id"], name="transaction_newest_first"),
            # Holds all that the coverage of an account is reckoned from: a tenth of the time at 200,000 rows.
            models.Index(
                fields=["account", "removed_at", "date", "is_pending", "currency", "amount"],
                name="transaction_coverage",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="transaction_removal_has_a_reason",
                condition=Q(removed_at=None, removal_reason="") | (Q(removed_at__isnull=False) & ~Q(removal_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.shown_description}"

    def get_absolute_url(self) -> str:
        return reverse("transaction", args=[self.pk])

    @property
    def shown_description(self) -> str:
        return self.bank_description if self.description is None else self.description

    @property
    def shown_merchant(self) -> str:
        return self.bank_merchant if self.merchant_name is None else self.merchant_name

    @property
    def shown_date(self) -> datetime.date:
        """The day of the purchase where the bank tells it, else the day it posted."""
        return self.authorized_date or self.date

    @property
    def is_edited(self) -> bool:
        """Whether a person has put something into this row that must not get lost."""
        return has_user_facts(self.description, self.merchant_name, self.notes, self.status)

    @property
    def is_reworded(self) -> bool:
        """Whether the row shows other words than the bank's."""
        return any(getattr(self, name) not in (None, words) for name, words in self.bank_words.items())

    @property
    def is_frozen(self) -> bool:
        """Whether the row keeps the words it shows even if the bank changes its own."""
        return self.status in (self.Status.PENDING_SAVE, self.Status.CONFIRMED)

    @property
    def bank_words(self) -> dict[str, str]:
        """The bank's text of each column of words that a person may edit."""
        return {"description": self.bank_description, "merchant_name": self.bank_merchant}

    def reset_words(self, name: str) -> None:
        """Goes back to the bank's words in the column `name`; a frozen row keeps those of today."""
        self.edit(**{name: self.bank_words[name] if self.is_frozen else None})

    def edit(self, **user_facts: Any) -> None:
        """Saves the given user columns (`description`, `merchant_name`, `notes`) and logs the change.

        A value equal to what is stored is no change. None for description or merchant returns to
        the bank's words.
        """
        before = {name: getattr(self, name) for name in user_facts}
        changed = {name: value for name, value in user_facts.items() if before[name] != value}
        if not changed:
            return
        for name, value in changed.items():
            setattr(self, name, value)
        with transaction.atomic():
            self.save(update_fields=list(changed))
            self.changes.create(
                kind="edited",
                before={name: before[name] for name in changed},
                after=changed,
                reason="Edited by you",
            )

    def stage(self, category: Category | None) -> None:
        """Stages a category choice and freezes the words that the row shows."""
        self.category = category
        self.status = self.Status.PENDING_SAVE
        self._freeze_words()
        self.save(update_fields=["category", "status", "description", "merchant_name"])

    def confirm(self) -> None:
        """Confirms the staged category and freezes the words that the row shows."""
        self.status = self.Status.CONFIRMED
        self._freeze_words()
        self.save(update_fields=["status", "description", "merchant_name"])

    def _freeze_words(self) -> None:
        self.description = self.shown_description
        self.merchant_name = self.shown_merchant
