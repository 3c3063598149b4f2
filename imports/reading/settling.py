"""What a mapping leaves open: settled where the rows prove it, asked where they don't."""

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal

from imports.reading.amounts import decimal_marks, parse_amount
from imports.reading.balance import Step, settled_sign
from imports.reading.columns import cell
from imports.reading.dates import date_orders
from imports.reading.layout import Layout
from imports.reading.mapping import Column, DateOrder, DecimalMark, Mapping, Sign
from imports.reading.statements import Question, Topic

_SIGNS = tuple(Sign)


def settled(mapping: Mapping, layout: Layout, today: datetime.date) -> tuple[Mapping, tuple[Question, ...]]:
    """The mapping with everything that the rows prove, and what is still to be asked."""
    evidence = _Evidence(layout)
    if strangers := layout.columns.missing(mapping):
        named = ", ".join(strangers)
        return mapping, (Question(Topic.COLUMNS, f"This file has no column for: {named}. Which are they here?"),)
    mapping = _with_forms(mapping, evidence, today)
    forms = tuple(_open_forms(mapping, evidence, today))
    if all(question.topic is not Topic.DECIMAL_MARK for question in forms):
        mapping = _with_signs(mapping, evidence)
    return mapping, (*_missing_columns(mapping), *forms, *_open_signs(mapping, evidence))


class _Evidence:
    """What the columns in question hold, over all rows."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def texts(self, *columns: Column | None) -> Iterator[str]:
        places = [place for column in columns if (place := self._layout.columns.place(column)) is not None]
        for row in self._layout.rows:
            yield from filter(None, (cell(row, place) for place in places))

    def numbers(self, column: Column | None, mark: DecimalMark) -> Iterator[Decimal]:
        for text in self.texts(column):
            if (number := _number(text, mark)) is not None:
                yield number

    def steps(self, mapping: Mapping, mark: DecimalMark) -> list[Step]:
        amount, balance = (self._layout.columns.place(column) for column in (mapping.amount, mapping.balance))
        return [
            Step(row.number, change, _number(cell(row, balance), mark))
            for row in self._layout.rows
            if (change := _number(cell(row, amount), mark)) is not None
        ]


def _number(text: str, mark: DecimalMark) -> Decimal | None:
    try:
        return parse_amount(text, mark)
    except ValueError:
        return None


def _missing_columns(mapping: Mapping) -> Iterator[Question]:
    if mapping.date is None:
        yield Question(Topic.DATE, "Which column is the day on which a transaction posted?")
    if not mapping.description:
        yield Question(Topic.DESCRIPTION, "Which columns describe a transaction?")
    if mapping.amount is None and mapping.debit is None and mapping.credit is None:
        yield Question(Topic.AMOUNT, "Which column is the amount, or which two are money out and money in?")
    if mapping.indicator is not None and not mapping.out_words:
        yield Question(Topic.INDICATOR_WORDS, "Which words in the column beside the amount mean money out?")


def _with_forms(mapping: Mapping, evidence: _Evidence, today: datetime.date) -> Mapping:
    """With what the rows tell. What doesn't matter in this file stays open, for it may matter in the next one."""
    orders = _orders(mapping, evidence, today)
    if mapping.date_order is None:
        mapping = replace(mapping, date_order=next(iter(orders)) if len(orders) == 1 else None)
    elif len(orders) == 1 and mapping.date_order not in orders:
        # A bank that writes the same header in another country: half its days would be read as other days.
        mapping = replace(mapping, date_order=None)
    if mapping.decimal_mark is None:
        marks = _marks(mapping, evidence)
        mapping = replace(mapping, decimal_mark=marks.pop() if len(marks) == 1 else None)
    return mapping


def _orders(mapping: Mapping, evidence: _Evidence, today: datetime.date) -> set[DateOrder]:
    return date_orders(evidence.texts(mapping.date, mapping.transaction_date), today)


def _marks(mapping: Mapping, evidence: _Evidence) -> set[DecimalMark]:
    return decimal_marks(evidence.texts(mapping.amount, mapping.debit, mapping.credit, mapping.balance))


def _with_signs(mapping: Mapping, evidence: _Evidence) -> Mapping:
    mark = mapping.decimal_mark or DecimalMark.POINT
    if mapping.amount is not None and mapping.indicator is None and mapping.money_out is None and not mapping.is_debt:
        return replace(mapping, money_out=settled_sign(evidence.steps(mapping, mark)))
    if mapping.amount is None:
        return replace(
            mapping,
            debit_sign=mapping.debit_sign or _plain_sign(evidence.numbers(mapping.debit, mark)),
            credit_sign=mapping.credit_sign or _plain_sign(evidence.numbers(mapping.credit, mark)),
        )
    return mapping


def _plain_sign(numbers: Iterable[Decimal]) -> Sign | None:
    """The sign of a plain debit or credit. All negative can be either: a bank's habit, or reversals only."""
    return Sign.POSITIVE if any(number > 0 for number in numbers) else None


def _open_forms(mapping: Mapping, evidence: _Evidence, today: datetime.date) -> Iterator[Question]:
    if mapping.date_order is None:
        orders = _orders(mapping, evidence, today)
        example = next(evidence.texts(mapping.date), "")
        sentence = f"Which comes first in a date such as {example}: day, month or year?"
        if orders:
            yield Question(Topic.DATE_ORDER, sentence, tuple(order for order in DateOrder if order in orders))
    if mapping.decimal_mark is None and _marks(mapping, evidence):
        yield Question(Topic.DECIMAL_MARK, "Are the decimals set off by a point or by a comma?", tuple(DecimalMark))


def _open_signs(mapping: Mapping, evidence: _Evidence) -> Iterator[Question]:
    if mapping.amount is not None:
        if mapping.indicator is None and mapping.money_out is None:
            sentence = "Is money out, such as a purchase, a negative or a positive amount in this file?"
            yield Question(Topic.MONEY_OUT, sentence, _SIGNS)
        return
    mark = mapping.decimal_mark or DecimalMark.POINT
    if mapping.debit_sign is None and any(evidence.numbers(mapping.debit, mark)):
        sentence = "The numbers in the money-out column are negative. Is that how this bank writes money out?"
        yield Question(Topic.DEBIT_SIGN, sentence, _SIGNS)
    if mapping.credit_sign is None and any(evidence.numbers(mapping.credit, mark)):
        sentence = "The numbers in the money-in column are negative. Is that how this bank writes money in?"
        yield Question(Topic.CREDIT_SIGN, sentence, _SIGNS)
