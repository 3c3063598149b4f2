"""Exact money in the database: integers of 1/10,000 of the currency unit, Decimal in Python.

SQLite keeps a DecimalField as a float, so its sums drift and `filter(total=0)` finds nothing;
integers add up exactly on every database. The price is that a number which is not money must never
meet a money column inside SQL, where 1 means 0.0001: every such meeting is refused here.
"""

import decimal
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import lookups
from django.db.models.expressions import (
    BaseExpression,
    Combinable,
    Value,
    Window,
    register_combinable_fields,
)
from django.db.models.sql.compiler import SQLCompiler
from django.utils.translation import gettext_lazy as _

from money.forms import MoneyFormField

DECIMAL_PLACES = 4
SMALLEST = Decimal(1).scaleb(-DECIMAL_PLACES)
BIGINT_MAX = 2**63 - 1
BIGINT_DIGITS = 19
# Rounding or overflowing raises instead of changing an amount.
EXACT = decimal.Context(prec=BIGINT_DIGITS, traps=[decimal.Inexact, decimal.InvalidOperation])

_ADVICE = "Give numbers as Value(Decimal(...), MoneyField()); calculate anything else in Python."

_Set_contra = TypeVar("_Set_contra", contravariant=True)
_Get_co = TypeVar("_Get_co", covariant=True)

# These take type parameters in their stubs only.
if TYPE_CHECKING:

    class _Field(models.Field[_Set_contra, _Get_co]):
        _pyi_private_set_type: Decimal | int | str | Combinable
        _pyi_private_get_type: Decimal
        _pyi_lookup_exact_type: Decimal | int | str

    _Lookup = models.Lookup[Any]
else:
    _Lookup = models.Lookup

    class _Field(models.Field):
        def __class_getitem__(cls, _types):
            return cls


def to_ten_thousandths(amount: Decimal) -> int:
    """The integer that stands for `amount` in the database.

    ValueError if it is not finite, has more than four decimals or does not fit a bigint.
    """
    try:
        exact = EXACT.quantize(amount, SMALLEST)
    except (decimal.Inexact, decimal.InvalidOperation):
        raise ValueError(f"{amount} is not an exact amount of at most four decimals.") from None
    stored = int(exact.scaleb(DECIMAL_PLACES, EXACT)) if exact.is_finite() else None
    if stored is None or not -BIGINT_MAX <= stored <= BIGINT_MAX:
        raise ValueError(f"{amount} is out of the range of amounts.")
    return stored


def from_ten_thousandths(stored: int) -> Decimal:
    """The amount that the database's integer stands for."""
    return Decimal(stored).scaleb(-DECIMAL_PLACES)


class MoneyField(_Field[_Set_contra, _Get_co]):
    """An exact amount with at most four decimals; its currency lies in a column beside it.

    Takes Decimal, int (whole units) or a numeric string, gives Decimal. Floats, NaN, infinity, more
    than four decimals and amounts beyond a bigint are refused, as are SQL expressions that are not
    money: write `F("amount") + Value(Decimal("1"), MoneyField())`.
    """

    description = _("Exact amount of money")
    empty_strings_allowed = False
    default_error_messages = {
        "invalid": _("“%(value)s” is not an amount."),
        "float": _("%(value)s is a float; amounts are Decimal."),
        "inexact": _("%(value)s is not an amount of at most four decimals within range."),
    }

    # Not by the internal type: Django would truncate averages of an integer field.
    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return connection.data_types["BigIntegerField"]

    def to_python(self, value: object) -> Decimal | None:
        """ValidationError if `value` is not an exact amount."""
        if value is None:
            return None
        if isinstance(value, float):
            raise self._invalid("float", value)
        if isinstance(value, bool) or not isinstance(value, Decimal | int | str):
            raise self._invalid("invalid", value)
        try:
            amount = Decimal(value)
        except decimal.InvalidOperation:
            raise self._invalid("invalid", value) from None
        try:
            to_ten_thousandths(amount)
        except ValueError:
            raise self._invalid("inexact", value) from None
        return amount

    def _invalid(self, code: str, value: object) -> ValidationError:
        return ValidationError(self.error_messages[code], code=code, params={"value": value})

    def get_prep_value(self, value: object) -> Decimal | None:
        """TypeError for what is not an amount at all, ValueError for one that cannot be stored."""
        value = super().get_prep_value(value)
        try:
            return self.to_python(value)
        except ValidationError as error:
            kind = ValueError if error.code == "inexact" else TypeError
            raise kind(f"Field '{self.name}': {error.messages[0]}") from error

    def get_db_prep_value(self, value: object, connection: BaseDatabaseWrapper, prepared: bool = False) -> int | None:  # noqa: ARG002
        amount = self.get_prep_value(value)
        return None if amount is None else to_ten_thousandths(amount)

    def get_db_prep_save(self, value: object, connection: BaseDatabaseWrapper) -> object:
        if hasattr(value, "as_sql"):
            require_money(value)
            return value
        return self.get_db_prep_value(value, connection)

    def get_placeholder(self, value: object, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> str:  # noqa: ARG002
        """Refuses expressions that are not money: the only hook an UPDATE passes through."""
        if hasattr(value, "as_sql"):
            require_money(value)
        return "%s"

    def from_db_value(
        self,
        value: int | float | Decimal | None,
        expression: BaseExpression,
        connection: BaseDatabaseWrapper,  # noqa: ARG002
    ) -> Decimal | None:
        if value is None:
            return None
        require_money_sources(expression)
        # PostgreSQL sums integers to a numeric without decimals; averages have decimals or are floats.
        if isinstance(value, float) or (isinstance(value, Decimal) and value.as_tuple().exponent != 0):
            raise TypeError(f"{expression} is not an exact amount; calculate it in Python.")
        return from_ten_thousandths(int(value))

    def formfield(self, **kwargs: Any) -> forms.Field | None:
        limits = {"form_class": MoneyFormField, "max_digits": BIGINT_DIGITS, "decimal_places": DECIMAL_PLACES}
        return super().formfield(**{**limits, **kwargs})

    def get_lookup(self, lookup_name: str) -> type[_Lookup] | None:
        """Only lookups that mean the same for the amount and for its integer."""
        return MONEY_LOOKUPS.get(lookup_name)


def require_money(expression: object) -> None:
    """TypeError unless the result of an SQL expression is money."""
    if not isinstance(getattr(expression, "output_field", None), MoneyField):
        raise TypeError(f"{expression} is not money. {_ADVICE}")
    require_money_sources(expression)


def require_money_sources(expression: object) -> None:
    """TypeError if plain numbers are mixed into an expression whose output is declared money."""
    for source in _sources(expression):
        field = getattr(source, "_output_field_or_none", None)
        is_fraction = isinstance(field, models.DecimalField | models.FloatField)
        is_plain_count = isinstance(source, Value) and isinstance(field, models.IntegerField)
        if is_fraction or is_plain_count:
            raise TypeError(f"{source} is not money. {_ADVICE}")


def _sources(expression: object) -> Iterator[BaseExpression]:
    """The columns and values that an expression adds up or chooses from."""
    # The numbers of a window (offsets, frames) count rows; those of a condition are not the result.
    if not isinstance(expression, BaseExpression) or isinstance(expression, Window | _Lookup):
        return
    sources = expression.get_source_expressions()
    if not sources:
        yield expression
    for source in sources:
        yield from _sources(source)


class _MoneyRight(_Lookup):
    """A lookup that compares money with money only."""

    def process_rhs(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[str | int, ...]]:
        is_list = isinstance(self.rhs, Iterable) and not hasattr(self.rhs, "as_sql")
        for value in self.rhs if is_list else [self.rhs]:
            if hasattr(value, "as_sql"):
                require_money(value)
        return super().process_rhs(compiler, connection)


def _money_lookup(lookup: type[_Lookup]) -> type[_Lookup]:
    return type(f"Money{lookup.__name__}", (_MoneyRight, lookup), {})


MONEY_LOOKUPS: dict[str, type[_Lookup]] = {
    "isnull": lookups.IsNull,
    "exact": _money_lookup(lookups.Exact),
    "gt": _money_lookup(lookups.GreaterThan),
    "gte": _money_lookup(lookups.GreaterThanOrEqual),
    "lt": _money_lookup(lookups.LessThan),
    "lte": _money_lookup(lookups.LessThanOrEqual),
    "in": _money_lookup(lookups.In),
    "range": _money_lookup(lookups.Range),
}

for _connector in (Combinable.ADD, Combinable.SUB):
    register_combinable_fields(MoneyField, _connector, MoneyField, MoneyField)
