"""A row with amounts, for the tests of the field."""

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Value
from django.test.utils import isolate_apps

from money.fields import MoneyField

LARGEST = Decimal("922337203685477.5807")

with isolate_apps("tests.money"):

    class Entry(models.Model):
        name = models.CharField(max_length=40, unique=True)
        amount = MoneyField()
        fee = MoneyField(null=True, blank=True)
        limit = MoneyField(db_default=Decimal("0.05"))
        price = models.DecimalField(max_digits=12, decimal_places=4, default=Decimal(1))

        objects: ClassVar[models.Manager["Entry"]] = models.Manager()

        class Meta:
            app_label = "money"
            constraints = [
                models.CheckConstraint(condition=models.Q(limit__gte=Decimal("0.05")), name="limit_from_five_cents")
            ]

        def __str__(self) -> str:
            return self.name


def enter(*amounts: str) -> None:
    Entry.objects.bulk_create(Entry(name=str(i), amount=Decimal(amount)) for i, amount in enumerate(amounts))


def one(amount: str, **others: object) -> Entry:
    return Entry.objects.create(name="one", amount=Decimal(amount), **others)


def money(text: str) -> Value:
    return Value(Decimal(text), MoneyField())
