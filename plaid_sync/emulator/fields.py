"""What a request body may hold, declared as data, and checked with Plaid's own complaints."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from plaid_sync.emulator.errors import invalid_field, missing_fields, unknown_fields

Body = dict[str, object]


class Kind(StrEnum):
    """The shapes a value can have."""

    TEXT = "text"
    TEXTS = "texts"
    INTEGER = "integer"
    FLAG = "flag"
    NUMBER = "number"
    DAY = "day"
    RECORD = "record"
    RECORDS = "records"
    ANYTHING = "anything"


@dataclass(frozen=True)
class Field:
    """One key of a request: its shape, and whether the request must have it."""

    name: str
    kind: Kind
    is_required: bool = False
    may_be_null: bool = False
    low: int = 0
    high: int = 0
    choices: frozenset[str] = frozenset()
    fields: tuple["Field", ...] = ()

    def required(self) -> "Field":
        """This field, but a request must have it."""
        return Field(**{**self.__dict__, "is_required": True})

    def or_null(self) -> "Field":
        """This field, with null read as absent."""
        return Field(**{**self.__dict__, "may_be_null": True})


def text(name: str, *choices: str) -> Field:
    """A string that is not empty, or one of the choices."""
    return Field(name, Kind.TEXT, choices=frozenset(choices))


def any_text(name: str) -> Field:
    """A string, possibly empty."""
    return Field(name, Kind.TEXT, low=-1)


def texts(name: str, *choices: str) -> Field:
    """A list of strings; a required one has at least one entry."""
    return Field(name, Kind.TEXTS, choices=frozenset(choices))


def integer(name: str, low: int, high: int) -> Field:
    """A whole number within both ends."""
    return Field(name, Kind.INTEGER, low=low, high=high)


def number(name: str) -> Field:
    """A number, whole or not."""
    return Field(name, Kind.NUMBER)


def flag(name: str) -> Field:
    """True or false."""
    return Field(name, Kind.FLAG)


def day(name: str) -> Field:
    """A date as YYYY-MM-DD."""
    return Field(name, Kind.DAY)


def record(name: str, *fields: Field) -> Field:
    """An object with fields of its own."""
    return Field(name, Kind.RECORD, fields=fields)


def records(name: str, most: int, *fields: Field) -> Field:
    """A list of one to `most` objects with fields of their own."""
    return Field(name, Kind.RECORDS, high=most, fields=fields)


def anything(name: str) -> Field:
    """A value that is accepted and not looked at."""
    return Field(name, Kind.ANYTHING)


def check(fields: tuple[Field, ...], body: Mapping[str, object], prefix: str = "") -> None:
    """Raise the Fault that Plaid answers with when the body does not fit the fields."""
    known = {field.name for field in fields}
    if unknown := [f"{prefix}{name}" for name in body if name not in known]:
        raise unknown_fields(unknown)
    if missing := [f"{prefix}{field.name}" for field in fields if field.is_required and field.name not in body]:
        raise missing_fields(missing)
    for field in fields:
        if field.name in body:
            _check_value(field, body[field.name], f"{prefix}{field.name}")


def _check_value(field: Field, value: object, name: str) -> None:
    if field.kind is Kind.ANYTHING or (value is None and field.may_be_null):
        return
    if field.kind is Kind.RECORD:
        if not isinstance(value, dict):
            raise invalid_field(f"{name} must be an object")
        check(field.fields, value, f"{name}.")
    elif field.kind is Kind.RECORDS:
        if not isinstance(value, list) or not 1 <= len(value) <= field.high:
            raise invalid_field(f"{name} must be an array of 1 to {field.high} objects")
        for place, entry in enumerate(value):
            _check_value(record(name, *field.fields), entry, f"{name}[{place}]")
    elif complaint := _complaint(field, value):
        raise invalid_field(f"{name} must be {complaint}")


def _complaint(field: Field, value: object) -> str | None:
    match field.kind:
        case Kind.TEXT:
            return _text_complaint(field, value)
        case Kind.TEXTS:
            return _texts_complaint(field, value)
        case Kind.INTEGER:
            fits = type(value) is int and field.low <= value <= field.high
            return None if fits else f"an integer between {field.low} and {field.high}, inclusive"
        case Kind.NUMBER:
            return None if type(value) is int or isinstance(value, Decimal) else "a number"
        case Kind.FLAG:
            return None if isinstance(value, bool) else "a boolean"
        case _:
            return None if _is_day(value) else "a date in the format YYYY-MM-DD"


def _text_complaint(field: Field, value: object) -> str | None:
    if not isinstance(value, str) or (not value and field.low == 0):
        return "a properly formatted, non-empty string"
    if field.choices and value not in field.choices:
        return f"one of {', '.join(sorted(field.choices))}"
    return None


def _texts_complaint(field: Field, value: object) -> str | None:
    if not isinstance(value, list) or any(not isinstance(entry, str) or not entry for entry in value):
        return "an array of non-empty strings"
    if field.is_required and not value:
        return "a non-empty array"
    if field.choices and not field.choices.issuperset(value):
        return f"an array of {', '.join(sorted(field.choices))}"
    return None


def _is_day(value: object) -> bool:
    if not isinstance(value, str) or len(value) != len("2026-01-31"):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True
