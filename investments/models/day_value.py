import datetime

from django.db import models, transaction
from django.db.models import Sum

from investments.models.holding import Holding
from investments.models.investment_account import InvestmentAccount
from money.fields import MoneyField


class DayValueQuerySet(models.QuerySet["DayValue"]):
    def add_up(self, account_id: int, first: datetime.date, last: datetime.date) -> None:
        """Brings the account's rows of these days in step with its holdings; call it where those are written."""
        held = Holding.objects.filter(investment_account=account_id, as_of_date__range=(first, last))
        sums = held.order_by("as_of_date").values_list("as_of_date", "currency", "origin").annotate(Sum("value"))
        rows = [
            DayValue(
                investment_account_id=account_id, as_of_date=day, currency=currency, origin=origin, value=value or 0
            )
            for day, currency, origin, value in sums
        ]
        kinds = {row.kind for row in rows}
        stored = self.filter(investment_account=account_id, as_of_date__range=(first, last))
        self.filter(pk__in=[row.pk for row in stored if row.kind not in kinds]).delete()
        DayValue.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["investment_account", "currency", "as_of_date", "origin"],
            update_fields=["value"],
        )

    def put_right(self) -> int:
        """Adds up anew the days of accounts that differ from their holdings; returns how many."""
        columns = ("investment_account_id", "as_of_date", "currency", "origin")
        sums = Holding.objects.order_by().values_list(*columns).annotate(Sum("value"))
        held = {(tuple(of), value or 0) for *of, value in sums}
        stored = {(tuple(of), value) for *of, value in self.values_list(*columns, "value")}
        days = sorted({of[:2] for of, _ in held ^ stored})
        for account_id, day in days:
            with transaction.atomic(using="investments"):
                # As whoever writes holdings does: between the reading and the writing nobody changes them.
                list(InvestmentAccount.objects.select_for_update().filter(pk=account_id))
                self.add_up(account_id, day, day)
        return len(days)


class DayValue(models.Model):
    """What an account's holdings of a day are worth together, by currency and by who says so.

    Added up from the holdings whenever they change, so that a chart of years reads a row a day, however much is held.
    What has no price counts as nothing.
    """

    investment_account = models.ForeignKey(InvestmentAccount, models.CASCADE, related_name="day_values")
    currency = models.CharField(max_length=16)
    as_of_date = models.DateField(help_text="The day in New York.")
    origin = models.CharField(max_length=8, choices=Holding.Origin)
    value = MoneyField()

    objects = DayValueQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["investment_account", "currency", "as_of_date", "origin"], name="one_value_per_account_and_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.value} {self.currency} on {self.as_of_date}"

    @property
    def kind(self) -> tuple[datetime.date, str, str]:
        return self.as_of_date, self.currency, self.origin
