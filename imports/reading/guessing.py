"""A suggestion of what an unknown table's columns mean, from their names and from what they hold."""

import datetime
import re
from collections.abc import Callable, Sequence

from imports.reading import words
from imports.reading.amounts import is_amount
from imports.reading.columns import cell
from imports.reading.dates import is_date
from imports.reading.layout import JUDGED, Layout, plain_name
from imports.reading.mapping import Column, Mapping
from imports.reading.tables import Row

_CURRENCY_IN_NAME = re.compile(r"(?:\(|\s)([A-Z]{3})\)?\s*$")


def suggested(layout: Layout, today: datetime.date) -> Mapping:
    """What the columns probably mean. What can't be told is left out; nothing here decides about signs."""
    look = _Look(layout, today)
    posted, happened = look.date(words.POSTED), look.date(words.HAPPENED)
    date = posted or look.date(words.DATE) or happened or look.only_date()
    amount, pair = look.amount(), look.pair()
    if amount is not None:
        pair = (None, None)
    indicator = look.indicator() if amount is not None else None
    status = look.status()
    return Mapping(
        date=date,
        transaction_date=happened if happened != date else None,
        description=look.description(),
        merchant=look.column(words.MERCHANT),
        amount=amount,
        debit=pair[0],
        credit=pair[1],
        indicator=indicator,
        out_words=look.said_of(indicator, words.MONEY_OUT),
        in_words=look.said_of(indicator, words.MONEY_IN),
        balance=look.column(words.BALANCE, look.holds_amounts),
        status=status,
        posted_words=look.posted_words(status),
        pending_words=words.PENDING if status is not None else (),
        currency=look.column(words.CURRENCY),
        currency_code=look.currency_code(amount if amount is not None else pair[0]),
        account=look.column(words.ACCOUNT),
    )


class _Look:
    """The columns of one table, seen by name and by what their first rows hold."""

    def __init__(self, layout: Layout, today: datetime.date) -> None:
        self._layout = layout
        self._today = today
        self._names = [plain_name(name) for name in layout.header]
        self._rows = layout.rows[:JUDGED]
        self._places = range(layout.columns.width)

    def texts(self, place: int) -> list[str]:
        return [text for row in self._rows if (text := cell(row, place))]

    def holds_dates(self, place: int) -> bool:
        return self._mostly(place, lambda text: is_date(text, self._today))

    def holds_amounts(self, place: int) -> bool:
        return self._mostly(place, is_amount)

    def _mostly(self, place: int, test: Callable[[str], bool]) -> bool:
        # Footers and odd rows are a few; a column of another kind is all of them.
        texts = self.texts(place)
        return bool(texts) and sum(map(test, texts)) * 4 >= len(texts) * 3

    def column(self, names: Sequence[str], test: Callable[[int], bool] = lambda _: True) -> Column | None:
        """The first column that bears one of the names, in the order of the names, and passes the test."""
        for name in names:
            for place in self._places:
                if place < len(self._names) and self._names[place] == name and test(place):
                    return self._layout.columns.named(place)
        return None

    def date(self, names: Sequence[str]) -> Column | None:
        return self.column(names, self.holds_dates)

    def only_date(self) -> Column | None:
        dates = [place for place in self._places if self.holds_dates(place)]
        return self._layout.columns.named(dates[0]) if len(dates) == 1 else None

    def amount(self) -> Column | None:
        if (named := self.column(words.AMOUNT, self.holds_amounts)) is not None:
            return named
        if self.pair() != (None, None) or self._layout.header:
            return None
        amounts = [place for place in self._places if self.holds_amounts(place) and not self.holds_dates(place)]
        return amounts[0] if len(amounts) == 1 else None

    def pair(self) -> tuple[Column | None, Column | None]:
        def can_be(place: int) -> bool:
            return not self.texts(place) or self.holds_amounts(place)

        return self.column(words.DEBIT, can_be), self.column(words.CREDIT, can_be)

    def description(self) -> tuple[Column, ...]:
        named = self.column(words.DESCRIPTION, lambda place: bool(self.texts(place)))
        if named is not None:
            return (named,)
        free = [place for place in self._places if self._is_prose(place)]
        return (self._layout.columns.named(free[0]),) if len(free) == 1 else ()

    def _is_prose(self, place: int) -> bool:
        return bool(self.texts(place)) and not self.holds_dates(place) and not self.holds_amounts(place)

    def indicator(self) -> Column | None:
        known = {*words.MONEY_OUT, *words.MONEY_IN}
        return self.column(words.INDICATOR, lambda place: bool(said := self._said(place)) and said <= known)

    def said_of(self, column: Column | None, known: Sequence[str]) -> tuple[str, ...]:
        """Which of the known words the column uses."""
        place = self._layout.columns.place(column)
        return () if place is None else tuple(sorted(self._said(place) & set(known)))

    def status(self) -> Column | None:
        return self.column(words.STATUS, lambda place: len(self._said(place)) <= 8)

    def posted_words(self, column: Column | None) -> tuple[str, ...]:
        place = self._layout.columns.place(column)
        return () if place is None else tuple(sorted(self._said(place) - {*words.PENDING, *words.FAILED}))

    def _said(self, place: int) -> set[str]:
        # Files put together from several downloads repeat the header.
        title = cell(Row(0, list(self._layout.header)), place)
        return {text.casefold() for row in self._layout.rows if (text := cell(row, place)) and text != title}

    def currency_code(self, column: Column | None) -> str:
        place = self._layout.columns.place(column)
        name = self._layout.header[place] if place is not None and place < len(self._layout.header) else ""
        found = _CURRENCY_IN_NAME.search(name)
        return found[1] if found else ""
