"""The mapping screen's form: which column means what, prefilled with what the file shows."""

from collections import Counter
from dataclasses import replace
from typing import Any

from django import forms
from django.http import QueryDict

from imports.reading import DateOrder, DecimalMark, Mapping, Question, Reading, Sign, Topic

ONE, TWO, WORD = "one", "two", "word"
_WAYS = [
    (ONE, "One column with a sign"),
    (TWO, "Two columns: money out and money in"),
    (WORD, "A column, and a word beside it that says out or in"),
]
_MONEY_OUT = [
    ("", "Please choose"),
    (Sign.NEGATIVE, "Negative: -12.50 is money out"),
    (Sign.POSITIVE, "Positive: 12.50 is money out"),
]
_SIGNS = [("", "Found in the file"), (Sign.POSITIVE, "Positive"), (Sign.NEGATIVE, "Negative")]
_ORDERS = [
    ("", "Found in the file"),
    (DateOrder.MONTH_FIRST, "Month first: 12/31/2026"),
    (DateOrder.DAY_FIRST, "Day first: 31/12/2026"),
    (DateOrder.YEAR_FIRST, "Year first: 2026-12-31"),
]
_MARKS = [("", "Found in the file"), (DecimalMark.POINT, "Point: 1,234.56"), (DecimalMark.COMMA, "Comma: 1.234,56")]
ENCODINGS = [
    ("utf-8", "UTF-8"),
    ("utf-16", "UTF-16"),
    ("cp1252", "Western (Windows 1252)"),
    ("iso8859-15", "Western (ISO 8859-15)"),
    ("cp1250", "Central European (Windows 1250)"),
    ("cp1251", "Cyrillic (Windows 1251)"),
    ("shift_jis", "Japanese (Shift JIS)"),
    ("euc_jp", "Japanese (EUC-JP)"),
    ("euc_kr", "Korean (EUC-KR)"),
    ("gb18030", "Chinese (GB 18030)"),
]
DELIMITERS = [(",", "Comma"), (";", "Semicolon"), ("\t", "Tab"), ("|", "Vertical bar")]
_COLUMNS = ("date", "transaction_date", "merchant", "amount", "debit", "credit", "indicator", "balance", "status")
_WORDS = ("out_words", "in_words", "posted_words", "pending_words")
_CLOSED: dict[str, type] = {
    "money_out": Sign,
    "debit_sign": Sign,
    "credit_sign": Sign,
    "date_order": DateOrder,
    "decimal_mark": DecimalMark,
}
# What counts for one way of telling the amount is no answer for another.
_OF_WAY = {
    ONE: ("amount", "money_out"),
    TWO: ("debit", "credit", "debit_sign", "credit_sign"),
    WORD: ("amount", "indicator", "out_words", "in_words"),
}
_TOPIC_FIELDS = {Topic.AMOUNT: "amount", Topic.COLUMNS: "date"}


def titles_of(reading: Reading) -> list[str]:
    """What a person calls each column."""
    width = max([len(reading.header), *(len(row.cells) for row in reading.sample)])
    names = [*reading.header, *[""] * (width - len(reading.header))]
    return [name or f"Column {place + 1}" for place, name in enumerate(names)]


class LayoutForm(forms.Form):
    """How the file is written: what has to be right before its columns can be named."""

    encoding = forms.ChoiceField(label="Characters", choices=ENCODINGS)
    delimiter = forms.ChoiceField(label="Columns are separated by", choices=DELIMITERS)
    header_row = forms.IntegerField(
        label="Row with the names", min_value=0, max_value=200, help_text="0 if there is none."
    )

    def __init__(self, reading: Reading, posted: QueryDict | None = None) -> None:
        encoding = reading.encoding if reading.encoding in dict(ENCODINGS) else "utf-8"
        shown = {
            "encoding": encoding,
            "delimiter": reading.delimiter or ",",
            "header_row": reading.header_row or 0,
        }
        self._is_debt = reading.mapping is not None and reading.mapping.is_debt
        super().__init__(posted, initial=shown)

    def mapping(self) -> Mapping:
        """A mapping that names no columns: those are found anew."""
        said = self.cleaned_data
        form = {name: said[name] for name in ("encoding", "delimiter", "header_row")}
        return Mapping(**form, is_debt=self._is_debt)


class MappingForm(forms.Form):
    """What the columns mean. Columns are chosen by place; a mapping names them by their header where that is unique."""

    way = forms.ChoiceField(label="The amount is told by", choices=_WAYS, widget=forms.RadioSelect)
    money_out = forms.ChoiceField(label="Money out", choices=_MONEY_OUT, required=False)
    debit_sign = forms.ChoiceField(label="A plain amount of money out is", choices=_SIGNS, required=False)
    credit_sign = forms.ChoiceField(label="A plain amount of money in is", choices=_SIGNS, required=False)
    out_words = forms.CharField(
        label="Words for money out", required=False, help_text="As in the file, with commas between."
    )
    in_words = forms.CharField(label="Words for money in", required=False, help_text="Empty: every other word.")
    date_order = forms.ChoiceField(label="Dates", choices=_ORDERS, required=False)
    decimal_mark = forms.ChoiceField(label="Decimals", choices=_MARKS, required=False)
    pending_words = forms.CharField(label="Words for pending", required=False, help_text="Such rows are left out.")
    posted_words = forms.CharField(
        label="Words for posted", required=False, help_text="Empty: all that is not pending."
    )

    def __init__(self, reading: Reading, posted: QueryDict | None = None) -> None:
        self.reading = reading
        self.mapping_before = reading.mapping or Mapping()
        super().__init__(posted, initial=self._shown())
        columns = [(str(place), title) for place, title in enumerate(titles_of(reading))]
        self._choose("date", "Day it posted", columns, is_needed=True)
        self._choose("transaction_date", "Day of the purchase", columns)
        self._choose("description", "Description", columns, is_needed=True)
        self.fields["more"] = forms.MultipleChoiceField(
            label="More description",
            choices=columns,
            required=False,
            widget=forms.SelectMultiple(attrs={"size": 4}),
            help_text="None, or several: they are put behind the description.",
        )
        self._choose("merchant", "Merchant", columns)
        self._choose("amount", "Amount", columns)
        self._choose("debit", "Money out", columns)
        self._choose("credit", "Money in", columns)
        self._choose("indicator", "Column with the word", columns)
        self._choose("balance", "Balance after it", columns)
        self._choose("status", "Posted or pending", columns)

    def _choose(self, name: str, label: str, columns: list[tuple[str, str]], *, is_needed: bool = False) -> None:
        nothing = ("", "Please choose" if is_needed else "Not in the file")
        self.fields[name] = forms.ChoiceField(
            label=label,
            choices=[nothing, *columns],
            required=is_needed,
            error_messages={"required": "Choose the column."},
        )

    def _shown(self) -> dict[str, Any]:
        before = self.mapping_before
        texts = [self._place(column) for column in before.description]
        shown: dict[str, Any] = {name: self._place(getattr(before, name)) for name in _COLUMNS}
        shown |= {name: getattr(before, name) or "" for name in _CLOSED}
        shown |= {name: ", ".join(getattr(before, name)) for name in _WORDS}
        shown |= {"description": texts[0] if texts else "", "more": texts[1:]}
        has_pair = before.debit is not None or before.credit is not None
        shown["way"] = WORD if before.indicator is not None else TWO if has_pair else ONE
        return shown

    def _place(self, column: str | int | None) -> str:
        if isinstance(column, int):
            return str(column)
        names = [_plain(name) for name in self.reading.header]
        return str(names.index(_plain(column))) if column and _plain(column) in names else ""

    def _column(self, place: str) -> str | int | None:
        if not place:
            return None
        number = int(place)
        name = self.reading.header[number] if number < len(self.reading.header) else ""
        counts = Counter(map(_plain, self.reading.header))
        return name if name and counts[_plain(name)] == 1 else number

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        needed = {ONE: ["amount"], WORD: ["amount", "indicator"]}.get(said.get("way", ""), [])
        for name in needed:
            if not said.get(name):
                self.add_error(name, "Choose the column.")
        if said.get("way") == TWO and not (said.get("debit") or said.get("credit")):
            self.add_error("debit", "Choose at least one of the two columns.")
        return said

    def mapping(self) -> Mapping:
        """The answers on top of what was known before. Only what the chosen way of telling the amount needs is kept."""
        said = self.cleaned_data
        others = {name for way, names in _OF_WAY.items() if way != said["way"] for name in names}
        others -= set(_OF_WAY[said["way"]])
        answers: dict[str, Any] = {name: self._column(said[name]) for name in _COLUMNS}
        answers |= {name: kind(said[name]) if said[name] else None for name, kind in _CLOSED.items()}
        answers |= {name: tuple(filter(None, map(str.strip, said[name].split(",")))) for name in _WORDS}
        answers |= {name: () if name in _WORDS else None for name in others}
        return replace(self.mapping_before, description=self._description(), **answers)

    def _description(self) -> tuple[str | int, ...]:
        """The chosen columns, those that were there before in the order that they had."""
        before = [self._place(column) for column in self.mapping_before.description]
        known = [place for place in before if place in self.cleaned_data["more"]]
        more = [*known, *(place for place in self.cleaned_data["more"] if place not in known)]
        columns = (self._column(place) for place in dict.fromkeys([self.cleaned_data["description"], *more]))
        return tuple(column for column in columns if column is not None)

    def ask(self, questions: tuple[Question, ...]) -> None:
        """Puts what the file leaves open beside the field that answers it."""
        for question in questions:
            name = _TOPIC_FIELDS.get(question.topic, question.topic.value)
            self.add_error(name if name in self.fields else None, question.sentence)


def _plain(name: object) -> str:
    return " ".join(str(name).strip().strip("\"'").casefold().split())
