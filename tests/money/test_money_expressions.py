from decimal import Decimal

import pytest
from django.core.exceptions import FieldError
from django.db import DataError, models, transaction
from django.db.models import Avg, Case, Count, F, Max, Min, OuterRef, Q, Subquery, Sum, Value, When, Window
from django.db.models.expressions import ExpressionWrapper
from django.db.models.functions import Abs, Coalesce, Lag
from django.db.models.lookups import GreaterThan
from hypothesis import given, settings
from hypothesis import strategies as st

from money.fields import MoneyField
from tests.money.entries import LARGEST, Entry, enter, money, one

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("entry_table")]


# Sums and questions in SQL


def test_a_sum_that_is_zero_is_found_as_zero() -> None:
    enter("0.10", "0.20", "-0.30")
    sums = Entry.objects.values("price").annotate(total=Sum("amount"))
    assert sums.filter(total=0).get()["total"] == 0
    assert not sums.filter(total__gt=0).exists()
    assert Entry.objects.aggregate(total=Sum("amount"))["total"] == Decimal(0)


cents = st.decimals(min_value=Decimal("-99999999.9999"), max_value=Decimal("99999999.9999"), places=4)


@settings(max_examples=60)
@given(st.lists(cents, min_size=1, max_size=200))
def test_sums_in_sql_equal_the_sums_of_decimals(amounts: list[Decimal]) -> None:
    Entry.objects.all().delete()
    enter(*map(str, amounts))
    result = Entry.objects.aggregate(
        total=Sum("amount"), largest=Max("amount"), smallest=Min("amount"), twice=Sum(F("amount") + F("amount"))
    )
    total = sum(amounts, Decimal(0))
    assert result == {"total": total, "largest": max(amounts), "smallest": min(amounts), "twice": 2 * total}
    assert Entry.objects.annotate(total=Window(Sum("amount"))).filter(total=total).count() == len(amounts)


def test_a_hundred_thousand_cents_add_up_exactly() -> None:
    Entry.objects.bulk_create((Entry(name=str(i), amount=Decimal("0.01")) for i in range(10_000)), batch_size=500)
    total = Entry.objects.aggregate(total=Sum(sum((F("amount") for _ in range(9)), F("amount"))))["total"]
    assert total == Decimal("1000.00")


def test_the_sum_of_no_rows_is_none_or_the_default() -> None:
    assert Entry.objects.aggregate(total=Sum("amount"))["total"] is None
    assert Entry.objects.aggregate(total=Sum("amount", default=Decimal("1.50")))["total"] == Decimal("1.50")
    coalesced = Coalesce(Sum("amount"), money("2.50"))
    assert Entry.objects.aggregate(total=coalesced)["total"] == Decimal("2.50")


def test_rows_are_found_by_their_amount() -> None:
    enter("-3", "0.01", "0.02", "10", "9.9999")
    amounts = Entry.objects.order_by("amount").values_list("amount", flat=True)
    assert list(amounts.filter(amount=Decimal("0.01"))) == [Decimal("0.01")]
    assert list(amounts.filter(amount__in=[Decimal("0.02"), Decimal(10), Decimal(77)])) == [Decimal("0.02"), 10]
    assert list(amounts.filter(amount__range=(Decimal("0.01"), Decimal("0.02")))) == [Decimal("0.01"), Decimal("0.02")]
    assert list(amounts.filter(amount__gt=Decimal("9.9999"))) == [10]
    assert list(amounts.filter(amount__gte=Decimal("9.9999"), amount__lt=10)) == [Decimal("9.9999")]
    assert list(amounts.filter(amount__lte=0)) == [-3]
    assert amounts.filter(fee__isnull=True).count() == 5
    assert amounts.filter(fee=None).count() == 5
    assert amounts.exclude(amount=10).count() == 4


def test_rows_are_found_by_another_amount_of_theirs() -> None:
    one("2.00", fee=Decimal("1.50"))
    assert Entry.objects.filter(amount__gt=F("fee")).exists()
    assert Entry.objects.filter(amount=F("fee") + money("0.50")).exists()
    assert Entry.objects.filter(amount__in=Entry.objects.values("amount")).exists()
    twin = Entry.objects.filter(amount=OuterRef("amount")).values("amount")
    assert Entry.objects.annotate(twin=Subquery(twin)).values_list("twin", flat=True).get() == 2


def test_groups_are_found_by_their_sum() -> None:
    enter("1.10", "2.20")
    groups = Entry.objects.values("price").annotate(total=Sum("amount"), rows=Count("pk"))
    assert groups.filter(total=Decimal("3.30")).get()["rows"] == 2
    assert not groups.filter(total__gt=Decimal("3.30")).exists()


def test_a_sum_by_case_is_exact() -> None:
    enter("1.10", "-2.20", "0.30")
    money_in = Case(When(amount__lt=0, then=money("0") - F("amount")), default=money("0"))
    assert Entry.objects.aggregate(total=Sum(money_in))["total"] == Decimal("2.20")
    assert Entry.objects.aggregate(total=Sum("amount", filter=models.Q(amount__gt=0)))["total"] == Decimal("1.40")


def test_the_amount_of_the_row_before_can_be_read() -> None:
    enter("1.10", "2.20")
    rows = Entry.objects.annotate(before=Window(Lag("amount"), order_by="id")).order_by("id")
    assert list(rows.values_list("before", flat=True)) == [None, Decimal("1.10")]


def test_conditions_may_hold_any_number() -> None:
    one("2.00", fee=Decimal("0.25"))
    chosen = Case(When(Q(GreaterThan(F("price"), Decimal("0.5"))) & Q(pk__gt=0), then=F("fee")), default=F("amount"))
    assert Entry.objects.annotate(chosen=chosen).values_list("chosen", flat=True).get() == Decimal("0.25")
    Entry.objects.update(amount=chosen)
    assert Entry.objects.filter(amount=chosen).get().amount == Decimal("0.25")


def test_an_absolute_amount_is_money() -> None:
    enter("1.10", "-2.20")
    assert Entry.objects.aggregate(total=Sum(Abs("amount")))["total"] == Decimal("3.30")


def test_a_sum_beyond_the_range_is_an_error_not_a_wrong_amount() -> None:
    one(str(LARGEST))
    with pytest.raises((TypeError, DataError)), transaction.atomic():
        Entry.objects.annotate(twice=F("amount") + F("amount")).values_list("twice", flat=True).get()


def test_an_average_is_refused_because_it_is_not_exact() -> None:
    enter("1.10", "2.25")
    with pytest.raises(TypeError, match="exact"):
        Entry.objects.aggregate(mean=Avg("amount"))


@pytest.mark.parametrize("lookup", ["contains", "startswith", "iexact", "regex"])
def test_the_digits_of_an_amount_are_not_searched_as_text(lookup: str) -> None:
    with pytest.raises(FieldError):
        Entry.objects.filter(**{f"amount__{lookup}": "1"}).exists()


# Expressions that are not money


def test_money_expressions_can_be_stored() -> None:
    entry = one("2.00", fee=Decimal("0.25"))
    Entry.objects.update(amount=F("amount") + F("fee") - money("0.05"))
    entry.refresh_from_db()
    assert entry.amount == Decimal("2.20")
    entry.fee = F("fee") + F("amount")
    entry.save()
    entry.refresh_from_db()
    assert entry.fee == Decimal("2.45")
    Entry.objects.update(amount=Subquery(Entry.objects.values("fee")[:1]))
    entry.refresh_from_db()
    assert entry.amount == Decimal("2.45")


NOT_MONEY = {
    "amount plus a plain decimal": F("amount") + Decimal(1),
    "amount plus a plain int": F("amount") + 1,
    "amount plus a plain float": F("amount") + 1.0,
    "amount times amount": F("amount") * F("amount"),
    "amount times a price": F("amount") * F("price"),
    "a price": F("price"),
    "a key": F("id"),
    "a plain decimal": Value(Decimal(1)),
    "a plain int": Value(1),
    "a case of plain decimals": Case(When(pk=1, then=Value(Decimal(1))), default=Value(Decimal(2))),
    "money or else a plain decimal": Coalesce(F("fee"), Decimal(1)),
    "declared money with a plain decimal in it": ExpressionWrapper(F("amount") + Decimal(1), output_field=MoneyField()),
    "declared money with a plain int in it": Coalesce(F("fee"), 1, output_field=MoneyField()),
    "declared money times a price": ExpressionWrapper(F("amount") * F("price"), output_field=MoneyField()),
    "another column of another row": Subquery(Entry.objects.values("price")[:1]),
}


@pytest.mark.parametrize("wrong", NOT_MONEY.values(), ids=NOT_MONEY.keys())
def test_an_expression_that_is_not_money_is_never_stored_or_compared(wrong: models.expressions.Combinable) -> None:
    entry = one("2.00")
    with pytest.raises((TypeError, FieldError)), transaction.atomic():
        Entry.objects.update(amount=wrong)
    with pytest.raises((TypeError, FieldError)):
        Entry.objects.filter(amount__gt=wrong).exists()
    with pytest.raises((TypeError, FieldError)):
        Entry.objects.filter(amount__in=[wrong]).exists()
    with pytest.raises((TypeError, FieldError)):
        Entry.objects.filter(amount__range=(wrong, Decimal(5))).exists()
    entry.refresh_from_db()
    assert entry.amount == 2


def test_a_number_that_is_not_money_is_not_inserted() -> None:
    with pytest.raises(TypeError), transaction.atomic():
        Entry.objects.create(name="x", amount=Value(Decimal(1)))
    assert Entry.objects.create(name="y", amount=money("1.25")).pk
    assert Entry.objects.get().amount == Decimal("1.25")


def test_a_plain_number_mixed_into_money_is_not_read_either() -> None:
    one("2.00")
    with pytest.raises(TypeError):
        Entry.objects.aggregate(total=Coalesce(Sum("amount"), Decimal(0), output_field=MoneyField()))
    with pytest.raises(FieldError):
        list(Entry.objects.annotate(more=F("amount") + Decimal(1)))


def test_amounts_are_not_compared_with_other_columns() -> None:
    one("2.00")
    with pytest.raises(TypeError):
        Entry.objects.filter(amount__in=Entry.objects.all()).exists()
