"""Plaid's transactions read into statement lines: strictly, line by line, never rounding or guessing.

A line that can't be read becomes an UnpostableLine; it never takes its page down with it.
"""

import datetime
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from accounts.lines import StatementLine, UnpostableLine
from accounts.models import HeldLine
from money.fields import to_ten_thousandths
from plaid_sync.answers import Balances, clean, read_account

_KEPT_FOR_A_PERSON = (
    "transaction_id",
    "pending_transaction_id",
    "account_id",
    "amount",
    "iso_currency_code",
    "unofficial_currency_code",
    "date",
    "authorized_date",
    "name",
    "merchant_name",
    "original_description",
    "pending",
    "personal_finance_category",
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
# Banks write "no date" as the year 1 or 9999; the days around those can't be reckoned with.
_EARLIEST, _LATEST = datetime.date(1900, 1, 1), datetime.date(2199, 12, 31)
_LONGEST_ID = 128
_LONGEST_KEPT = 500
_NUMBER = "number"  # JSON keeps no exact decimals: in a held line a number n is {"number": "n"}


@dataclass(slots=True)
class Fold:
    """What the pages of one run say together: the last event of every id."""

    account_id: str
    lines: dict[str, StatementLine] = field(default_factory=dict)
    removed_ids: set[str] = field(default_factory=set)
    balances: Balances | None = None
    _unreadable: dict[str, UnpostableLine] = field(default_factory=dict)
    _nameless: list[UnpostableLine] = field(default_factory=list)

    @property
    def unpostable(self) -> list[UnpostableLine]:
        """Lines that could not be read and that no later event replaced."""
        return [*self._unreadable.values(), *self._nameless]

    def add(self, page: Mapping[str, Any]) -> None:
        """Takes in the next page: added, then modified, then removed."""
        for row in (*page["added"], *page["modified"]):
            self._say(read_transaction(row, self.account_id))
        for row in page["removed"]:
            self._withdraw(row)
        for account in page["accounts"]:
            if isinstance(account, Mapping) and account.get("account_id") == self.account_id:
                self.balances = read_account(account).balances

    def retry(self, held: HeldLine) -> None:
        """Adds a line held earlier if it can be read now and its id is not spoken of in these pages."""
        spoken_of = held.external_id in self.lines or held.external_id in self.removed_ids
        if spoken_of or held.external_id in self._unreadable:
            return
        line = read_transaction(_revived(held.raw), self.account_id)
        if isinstance(line, StatementLine):
            self.lines[line.external_id] = line

    def _say(self, line: StatementLine | UnpostableLine) -> None:
        name = line.external_id
        self.removed_ids.discard(name)
        if isinstance(line, StatementLine):
            self.lines[name] = line
            self._unreadable.pop(name, None)
        elif name:
            self._unreadable[name] = line  # an earlier good event of this id still counts
        else:
            self._nameless.append(line)

    def _withdraw(self, row: Any) -> None:
        name = _id(row, "transaction_id") if isinstance(row, Mapping) else ""
        if not name:
            self._nameless.append(_unpostable(row, HeldLine.Reason.MALFORMED, "A removal without an id"))
        elif (row.get("account_id") or self.account_id) != self.account_id:
            self._unreadable[name] = _unpostable(row, HeldLine.Reason.OTHER_ACCOUNT, _OTHER_ACCOUNT)
        else:
            self.lines.pop(name, None)
            self._unreadable.pop(name, None)
            self.removed_ids.add(name)


def read_transaction(row: Any, account_id: str) -> StatementLine | UnpostableLine:
    """One element of `added` or `modified`, as sent (numbers as Decimal)."""
    if not isinstance(row, Mapping):
        return _unpostable({}, HeldLine.Reason.MALFORMED, "Not a transaction at all")
    try:
        line = _line(row)
    except _Unreadable as problem:
        return _unpostable(row, HeldLine.Reason.MALFORMED, str(problem))
    if row["account_id"] != account_id:
        return _unpostable(row, HeldLine.Reason.OTHER_ACCOUNT, _OTHER_ACCOUNT)
    return line


_OTHER_ACCOUNT = "The bank sent it with this account, but says that it belongs to another one"


class _Unreadable(ValueError):
    """Why a line can't be posted, in one plain sentence."""


def _line(row: Mapping[str, Any]) -> StatementLine:
    if not _id(row, "account_id"):
        raise _Unreadable("It names no account")
    name = _text(row, "name")
    category = row.get("personal_finance_category")
    category = category if isinstance(category, Mapping) else {}
    return StatementLine(
        external_id=_required_id(row),
        date=_required_day(row),
        amount=_amount(row.get("amount")),
        currency=_currency(row),
        description=_text(row, "original_description") or name,
        merchant=_text(row, "merchant_name") or name,
        authorized_date=_day(row, "authorized_date"),
        is_pending=_is_pending(row),
        pending_id=_pending_id(row),
        category_primary=_text(category, "primary")[:64],
        category_detailed=_text(category, "detailed")[:96],
        category_confidence=_text(category, "confidence_level")[:16],
    )


def _required_id(row: Mapping[str, Any]) -> str:
    found = _id(row, "transaction_id")
    if not found:
        raise _Unreadable("It has no id")
    return found


def _pending_id(row: Mapping[str, Any]) -> str:
    found = _id(row, "pending_transaction_id")
    if not found and row.get("pending_transaction_id") not in (None, ""):
        raise _Unreadable("The id of its pending transaction is not an id")
    return found


def _id(row: Mapping[str, Any], key: str) -> str:
    """The id, "" if there is none that can be one."""
    value = row.get(key)
    is_id = isinstance(value, str) and len(value) <= _LONGEST_ID and value.isascii() and value.isprintable()
    return str(value) if is_id else ""


def _required_day(row: Mapping[str, Any]) -> datetime.date:
    found = _day(row, "date")
    if found is None:
        raise _Unreadable("It has no date")
    return found


def _day(row: Mapping[str, Any], key: str) -> datetime.date | None:
    value = row.get(key)
    if value is None:
        return None
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise _Unreadable("Its date is not a date")
    try:
        found = datetime.date.fromisoformat(value)
    except ValueError:
        raise _Unreadable("Its date is not in the calendar") from None
    if not _EARLIEST <= found <= _LATEST:
        raise _Unreadable("Its date is not in the calendar")
    return found


def _amount(value: object) -> Decimal:
    if not isinstance(value, Decimal):
        raise _Unreadable("Its amount is not a number")
    try:
        to_ten_thousandths(value)
    except ValueError:
        raise _Unreadable("Its amount is too large or has more than four decimals") from None
    return value


def _currency(row: Mapping[str, Any]) -> str:
    """Plaid gives exactly one of the two."""
    given = [row.get(key) for key in ("iso_currency_code", "unofficial_currency_code")]
    named = [value for value in given if value is not None]
    if len(named) != 1 or not isinstance(named[0], str) or not 0 < len(clean(named[0])) <= 16:
        raise _Unreadable("Its currency is not clear")
    return clean(named[0])


def _is_pending(row: Mapping[str, Any]) -> bool:
    value = row.get("pending")
    if not isinstance(value, bool):
        raise _Unreadable("It does not say whether it is pending")
    return value


def _text(row: Mapping[str, Any], key: str) -> str:
    value = row.get(key)
    if value is not None and not isinstance(value, str):
        raise _Unreadable("Its text is not text")
    return clean(value or "")


def _unpostable(row: Any, reason: str, detail: str) -> UnpostableLine:
    known = row if isinstance(row, Mapping) else {}
    raw = {key: _storable(known[key]) for key in _KEPT_FOR_A_PERSON if key in known}
    return UnpostableLine(
        external_id=_id(known, "transaction_id"),
        raw=raw,
        reason=reason,
        detail=detail,
        pending_id=_id(known, "pending_transaction_id"),
    )


def _storable(value: Any) -> Any:
    """`value` as the database's JSON can keep it, cut to size."""
    if isinstance(value, Decimal):
        return {_NUMBER: str(value)[:_LONGEST_KEPT]}
    if isinstance(value, str):
        return clean(value)[:_LONGEST_KEPT]
    if isinstance(value, Mapping):
        return {clean(key)[:64]: str(_storable(each))[:_LONGEST_KEPT] for key, each in list(value.items())[:10]}
    return value if value is None or isinstance(value, bool) else str(type(value).__name__)


def _revived(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    return dict(_revived_items(raw))


def _revived_items(raw: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in raw.items():
        is_number = isinstance(value, Mapping) and value.keys() == {_NUMBER}
        try:
            yield key, Decimal(value[_NUMBER]) if is_number else value
        except InvalidOperation:
            yield key, None
