import datetime
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from django.core import serializers
from django.core.exceptions import FieldError, ValidationError
from django.db import DataError, connection, models, transaction
from django.db.models import Avg, Case, Count, F, Max, Min, OuterRef, Q, Subquery, Sum, Value, When, Window
from django.db.models.expressions import ExpressionWrapper
from django.db.models.functions import Abs, Coalesce, Lag
from django.db.models.lookups import GreaterThan
from django.forms import modelform_factory
from django.test.utils import isolate_apps
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from money.fields import MoneyField, from_ten_thousandths, to_ten_thousandths

pytestmark = pytest.mark.django_db

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


@pytest.fixture(scope="module", autouse=True)
def entry_table(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        with connection.schema_editor() as editor:
            editor.create_model(Entry)
        yield
        with connection.schema_editor() as editor:
            editor.delete_model(Entry)


def enter(*amounts: str) -> None:
    Entry.objects.bulk_create(Entry(name=str(i), amount=Decimal(amount)) for i, amount in enumerate(amounts))


def one(amount: str, **others: object) -> Entry:
    return Entry.objects.create(name="one", amount=Decimal(amount), **others)


def money(text: str) -> Value:
    return Value(Decimal(text), MoneyField())


# What is stored, and what is given back


@pytest.mark.parametrize(
    "amount", ["0", "0.01", "-0.01", "12.34", "0.0001", "-0.0001", "1E+3", "1.00000", str(LARGEST), str(-LARGEST)]
)
def test_an_amount_comes_back_as_the_equal_decimal(amount: str) -> None:
    entry = one(amount)
    entry.refresh_from_db()
    assert isinstance(entry.amount, Decimal)
    assert entry.amount == Decimal(amount)


def test_null_comes_back_as_none() -> None:
    entry = one("1")
    entry.refresh_from_db()
    assert entry.fee is None


def test_the_column_holds_integers_of_a_ten_thousandth() -> None:
    one("12.3401")
    with connection.cursor() as cursor:
        cursor.execute("SELECT amount FROM money_entry")
        assert cursor.fetchall() == [(123401,)]
        described = connection.introspection.get_table_description(cursor, "money_entry")
    column = next(column for column in described if column.name == "amount")
    assert connection.introspection.get_field_type(column.type_code, column) == "BigIntegerField"


def test_whole_units_may_be_given_as_int_and_exact_text_as_str() -> None:
    assert Entry.objects.create(name="int", amount=5).pk
    assert Entry.objects.create(name="str", amount="5.25").pk
    assert list(Entry.objects.order_by("name").values_list("amount", flat=True)) == [Decimal(5), Decimal("5.25")]


@pytest.mark.parametrize("wrong", [0.5, 1.0, float("nan"), True, b"1", "abc", "", [1], datetime.date(2026, 1, 1)])
def test_what_is_not_a_decimal_is_refused(wrong: object) -> None:
    with pytest.raises(TypeError), transaction.atomic():
        Entry.objects.create(name="x", amount=wrong)
    with pytest.raises(TypeError):
        Entry.objects.filter(amount=wrong).exists()
    with pytest.raises(TypeError), transaction.atomic():
        Entry.objects.update(amount=wrong)
    with pytest.raises(TypeError), transaction.atomic():
        Entry.objects.bulk_create([Entry(name="x", amount=wrong), Entry(name="y", amount=wrong)])


@pytest.mark.parametrize(
    "wrong",
    [
        "NaN",
        "sNaN",
        "Infinity",
        "-Infinity",
        "0.00001",
        "1.23456",
        "1E-1000000",
        "1E+1000000",
        "922337203685477.5808",
        "0.12340000000000000000000000000000000000000000000001",
        "-922337203685477.5808",
        "1E+15",
    ],
)
def test_what_cannot_be_stored_exactly_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="amount"), transaction.atomic():
        Entry.objects.create(name="x", amount=Decimal(wrong))
    with pytest.raises(ValueError, match="amount"):
        Entry.objects.filter(amount__in=[Decimal(1), Decimal(wrong)]).exists()
    with pytest.raises(ValueError, match="amount"):
        to_ten_thousandths(Decimal(wrong))
    with pytest.raises(ValidationError):
        Entry(name="x", amount=Decimal(wrong), limit=Decimal(1)).full_clean()


@given(st.integers(min_value=-(2**63) + 1, max_value=2**63 - 1))
@example(0)
def test_every_integer_of_the_column_stands_for_one_amount(stored: int) -> None:
    assert to_ten_thousandths(from_ten_thousandths(stored)) == stored


# Sums and questions in SQL


def test_a_sum_that_is_zero_is_found_as_zero() -> None:
    enter("0.10", "0.20", "-0.30")
    sums = Entry.objects.values("price").annotate(total=Sum("amount"))
    assert sums.filter(total=0).get()["total"] == 0
    assert not sums.filter(total__gt=0).exists()
    assert Entry.objects.aggregate(total=Sum("amount"))["total"] == Decimal(0)


cents = st.decimals(min_value=Decimal("-99999999.9999"), max_value=Decimal("99999999.9999"), places=4)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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


# Django around the field


def test_many_rows_are_written_and_updated_at_once() -> None:
    enter("1.10", "2.20")
    Entry.objects.bulk_create(
        [Entry(name="0", amount=Decimal("5.55")), Entry(name="9", amount=Decimal("9.99"))],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["amount"],
    )
    rows = list(Entry.objects.order_by("name"))
    assert [row.amount for row in rows] == [Decimal("5.55"), Decimal("2.20"), Decimal("9.99")]
    for row in rows:
        row.amount += Decimal("0.01")
    Entry.objects.bulk_update(rows, ["amount"])
    assert Entry.objects.aggregate(total=Sum("amount"))["total"] == Decimal("17.77")


def test_the_database_guards_defaults_and_constraints_in_the_same_unit() -> None:
    entry = one("1")
    entry.refresh_from_db()
    assert entry.limit == Decimal("0.05")
    with pytest.raises(ValidationError, match="limit_from_five_cents"):
        Entry(name="x", amount=1, limit=Decimal("0.04")).validate_constraints()


def test_a_dump_holds_the_amount_as_exact_text() -> None:
    one("-12.3401")
    assert json.loads(serializers.serialize("json", Entry.objects.all()))[0]["fields"]["amount"] == "-12.3401"


def test_a_migration_recreates_the_field() -> None:
    _, path, args, kwargs = MoneyField(null=True, help_text="Positive is money out.").deconstruct()
    assert path == "money.fields.MoneyField"
    assert not args
    assert kwargs == {"null": True, "help_text": "Positive is money out."}


def test_validators_see_the_decimal() -> None:
    from django.core.validators import MinValueValidator

    field = MoneyField(validators=[MinValueValidator(Decimal("0.01"))])
    assert field.clean("0.01", None) == Decimal("0.01")
    with pytest.raises(ValidationError):
        field.clean("0", None)
    with pytest.raises(ValidationError):
        field.clean(0.5, None)


def test_a_form_takes_at_most_four_decimals() -> None:
    form_class = modelform_factory(Entry, fields=["name", "amount", "fee"])
    good = form_class({"name": "a", "amount": " 12.3401 ", "fee": ""})
    assert good.is_valid(), good.errors
    assert good.save().amount == Decimal("12.3401")
    assert not form_class({"name": "b", "amount": "0.00001"}).is_valid()
    assert not form_class({"name": "b", "amount": "NaN"}).is_valid()
    assert not form_class({"name": "b", "amount": "9999999999999999"}).is_valid()
    assert form_class({"name": "b", "amount": "922337203685477.5808"}).errors["amount"]


def test_a_form_shows_two_decimals_unless_more_are_needed() -> None:
    form_class = modelform_factory(Entry, fields=["amount", "fee"])
    html = form_class(instance=Entry(amount=Decimal("12.3000"), fee=Decimal("0.1250"))).as_p()
    assert 'value="12.30"' in html
    assert 'value="0.125"' in html
    assert 'step="0.0001"' in html


def test_a_form_reads_and_shows_the_users_notation() -> None:
    from django.utils import translation

    form_class = modelform_factory(Entry, fields=["amount"], localized_fields=["amount"])
    with translation.override("de"):
        form = form_class({"amount": "1234,50"})
        assert form.is_valid(), form.errors
        assert form.cleaned_data["amount"] == Decimal("1234.50")
        assert 'value="1234,50"' in form_class(instance=Entry(amount=Decimal("1234.5000"))).as_p()
