import datetime
import json
from decimal import Decimal

import pytest
from django.core import serializers
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Sum
from django.forms import modelform_factory
from hypothesis import example, given
from hypothesis import strategies as st

from money.fields import MoneyField, from_ten_thousandths, to_ten_thousandths
from tests.money.entries import LARGEST, Entry, enter, one

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("entry_table")]


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
