"""A line that could not be read, in plain words: what its source sent, without ids and account numbers."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

_WORDS = {
    "date": "Date",
    "authorized_date": "Purchased",
    "amount": "Amount",
    "iso_currency_code": "Currency",
    "unofficial_currency_code": "Currency",
    "merchant_name": "Merchant",
    "original_description": "Description",
}
_NUMBER = "number"  # a number n is kept as {"number": "n"}
_MOST, _LONGEST = 10, 120
_CARD_OR_ACCOUNT = re.compile(r"(?:\d{4}[ -]){2,}\d{1,4}\b|\d{8,}")


def in_plain_words(raw: object) -> list[tuple[str, str]]:
    """Label and text of each thing sent that says something to a person, at most ten."""
    return list(_words(raw))[:_MOST] if isinstance(raw, Mapping) else []


def _words(raw: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in raw.items():
        text = _text(value)
        if text and not name.lower().endswith("id"):
            yield _WORDS.get(name, name.replace("_", " ").capitalize())[:_LONGEST], text


def _text(value: object) -> str:
    if isinstance(value, Mapping) and _NUMBER in value:
        value = value[_NUMBER]
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, str | int):
        return ""
    shown = _CARD_OR_ACCOUNT.sub(lambda digits: f"••{digits[0][-4:]}", str(value).strip())
    return f"{shown[:_LONGEST]}…" if len(shown) > _LONGEST else shown
