"""Numbers as banks print them, read exactly."""

import re
from collections.abc import Iterable
from decimal import Decimal

from imports.reading.mapping import DecimalMark

# What MoneyField can hold: four decimals; with ten digits before them the rows of a whole file can be summed.
_PLACES = 4
_DIGITS = 10

_PLAIN = re.compile(r"-?\d{1,10}(?:\.\d{1,4})?", re.ASCII)
_MINUS = str.maketrans({"\u2212": "-", "–": "-", "\u00a0": " ", "\u202f": " ", "’": "'"})
_CURRENCY = r"(?:[A-Z]{3}|[A-Z]{0,2}[$€£¥₹])"
_FORM = re.compile(
    rf"(?P<open>\()?\s*(?P<sign>[-+])?\s*{_CURRENCY}?\s*(?P<inner>[-+])?\s*"
    rf"(?P<number>[\d.,' ]*\d[.,]?)\s*{_CURRENCY}?\s*(?P<trailing>[-+])?\s*(?P<close>\))?",
    re.ASCII,
)
_SIGNS_OF_CURRENCIES = {"€": "EUR", "£": "GBP", "₹": "INR", "US$": "USD", "CA$": "CAD", "C$": "CAD", "A$": "AUD"}
_NUMBERS = {
    DecimalMark.POINT: re.compile(r"(\d+|\d{1,3}(?:([,' ])\d{3})(?:\2\d{3})*)?(?:\.(\d*))?", re.ASCII),
    DecimalMark.COMMA: re.compile(r"(\d+|\d{1,3}(?:([.' ])\d{3})(?:\2\d{3})*)?(?:,(\d*))?", re.ASCII),
}


def parse_amount(text: str, mark: DecimalMark) -> Decimal:
    """The number with its sign as printed: a minus on either side, or parentheses, make it negative.

    ValueError on everything else, on badly grouped digits, and on more than four decimals.
    """
    if mark is DecimalMark.POINT and _PLAIN.fullmatch(text):
        return Decimal(text)
    form = _FORM.fullmatch(text.translate(_MINUS).strip())
    if not form or bool(form["open"]) != bool(form["close"]):
        raise ValueError("This is no amount.")
    signs = [sign for sign in (form["sign"], form["inner"], form["trailing"], form["open"] and "-") if sign]
    if len(signs) > 1:
        raise ValueError("This amount has more than one sign.")
    number = _exact(form["number"].strip(), mark)
    return -number if signs == ["-"] else number


def currency_of(text: str) -> str:
    """The ISO code that the amount is printed with; empty for none, and for signs that several currencies share."""
    found = re.search(r"[A-Z]{3}|[A-Z]{0,2}[$€£₹]", text, re.ASCII)
    return _SIGNS_OF_CURRENCIES.get(found[0], found[0] if found[0].isalpha() else "") if found else ""


def _exact(digits: str, mark: DecimalMark) -> Decimal:
    number = _NUMBERS[mark].fullmatch(digits)
    if not number or not any(character.isdigit() for character in digits):
        raise ValueError("The digits of this amount are grouped in an unknown way.")
    whole = re.sub(r"\D", "", number[1] or "0")
    decimals = (number[3] or "").rstrip("0").ljust(min(2, len(number[3] or "")), "0")
    if len(decimals) > _PLACES:
        raise ValueError("This amount has more than four decimals.")
    if len(whole.lstrip("0")) > _DIGITS:
        raise ValueError("This amount is too large.")
    return Decimal(f"{whole}.{decimals}" if decimals else whole)


def is_amount(text: str) -> bool:
    """Whether the text is an amount under either decimal mark."""
    return any(_can_read(text, mark) for mark in DecimalMark)


def _can_read(text: str, mark: DecimalMark) -> bool:
    try:
        parse_amount(text, mark)
    except ValueError:
        return False
    return True


def decimal_marks(texts: Iterable[str]) -> set[DecimalMark]:
    """The marks that can be meant: one where the amounts tell, both where they don't or contradict each other.

    Empty where it doesn't matter: no amount has a separator.
    """
    told: set[DecimalMark] = set()
    is_open = False
    for text in texts:
        mark = _told_mark(text)
        if mark:
            told.add(mark)
        elif re.search(r"\d[.,]\d", text):
            is_open = True
    if len(told) == 1:
        return told
    return set(DecimalMark) if told or is_open else set()


def _told_mark(text: str) -> DecimalMark | None:
    digits = "".join(re.findall(r"[\d.,]", text, re.ASCII))
    last = max(digits.rfind("."), digits.rfind(","))
    if last < 0:
        return None
    mark = DecimalMark(digits[last])
    other = DecimalMark.COMMA if mark is DecimalMark.POINT else DecimalMark.POINT
    if digits.count(mark) > 1:
        return other
    is_grouping_possible = len(digits) - last - 1 == 3 and re.fullmatch(r"[1-9]\d{0,2}", digits[:last], re.ASCII)
    return None if is_grouping_possible else mark
