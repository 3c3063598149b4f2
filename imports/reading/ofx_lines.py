"""The tags of one OFX transaction read into a statement line."""

import datetime
import hashlib
import html
import re
from collections.abc import Sequence
from decimal import Decimal

from accounts.lines import StatementLine
from imports.reading.amounts import decimal_marks, parse_amount
from imports.reading.dates import parse_date
from imports.reading.mapping import DateOrder, DecimalMark
from imports.reading.row_reader import Unreadable

_TAG = re.compile(r"<([A-Z0-9_.]+)>((?:<!\[CDATA\[.*?\]\]>|[^<])*)", re.IGNORECASE | re.DOTALL)
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_SYMBOL = re.compile(r"<CURSYM>\s*([A-Z]{3})\b")
_LONGEST = 8192  # a transaction has some twenty tags; a longer one has lost its end
_LONGEST_ID = 80  # an external id has room for 128 characters, with amount, day and number


class NotPosted(Unreadable):
    """The tags are there to say something else than a transaction."""


class TagReader:
    """Reads the transactions of one statement, each given as the text between its tags."""

    def __init__(self, blocks: Sequence[str], currency: str, today: datetime.date) -> None:
        self._blocks = blocks
        self._tags = [_tags(block) for block in blocks]
        self._currency = currency if re.fullmatch(r"[A-Z]{3}", currency) else ""
        self._today = today
        self._marks = decimal_marks(tags.get("TRNAMT", "") for tags in self._tags)

    def line(self, place: int) -> StatementLine:
        """The transaction at this place. Raises Unreadable, or NotPosted for a remark of the bank."""
        tags = self._tags[place]
        amount = self._amount(tags.get("TRNAMT", ""))
        posted = self._date(tags, "DTPOSTED")
        return StatementLine(
            external_id=_external_id(tags.get("FITID", ""), amount, posted),
            date=posted,
            amount=amount,
            currency=_own_currency(self._blocks[place]) or self._currency,
            description=_description(tags),
            authorized_date=self._happened(tags),
        )

    def _happened(self, tags: dict[str, str]) -> datetime.date | None:
        """The day of the purchase; an odd one is no reason to lose the transaction."""
        try:
            return self._date(tags, "DTUSER")
        except Unreadable:
            return None

    def _amount(self, text: str) -> Decimal:
        """Positive for money out: OFX has it the other way round."""
        if not text:
            raise Unreadable("TRNAMT", "", "The amount is missing.")
        if text.strip("-").casefold() == "null":
            raise NotPosted("TRNAMT", text, "This entry moves no money.")
        marks = decimal_marks([text])
        marks = self._marks if len(marks) > 1 else marks
        if len(marks) > 1:
            raise Unreadable("TRNAMT", text, "The decimals of this amount can't be told from its thousands.")
        try:
            return -parse_amount(text, next(iter(marks), DecimalMark.POINT))
        except ValueError:
            raise Unreadable("TRNAMT", text, "This is no amount.") from None

    def _date(self, tags: dict[str, str], name: str) -> datetime.date:
        """The calendar date as written; a time zone never moves it."""
        text = tags.get(name, "")
        if not text:
            raise Unreadable(name, "", "The date is missing.")
        try:
            return parse_date(text[:8], DateOrder.YEAR_FIRST, self._today)
        except ValueError:
            raise Unreadable(name, text, "This is no date.") from None


def _own_currency(block: str) -> str:
    """The currency of the amount where it isn't the account's (what ORIGCURRENCY names is converted already)."""
    found = _SYMBOL.search(block.upper().partition("<CURRENCY>")[2].partition("</CURRENCY>")[0])
    return found[1] if found else ""


def _tags(block: str) -> dict[str, str]:
    tags: dict[str, str] = {}
    if len(block) > _LONGEST or block.count("<![CDATA[") != block.count("]]>"):
        return tags  # and so without an amount: reported, not imported
    for name, value in _TAG.findall(block):
        # Some banks escape what is escaped already.
        text = html.unescape(html.unescape(_CDATA.sub(r"\1", value)))
        if text := " ".join(text.split()):
            tags.setdefault(name.upper(), text)
    return tags


def _description(tags: dict[str, str]) -> str:
    name, memo = tags.get("NAME", ""), tags.get("MEMO", "")
    if memo.startswith(name):
        name = ""
    elif name.startswith(memo):
        memo = ""
    check = f"Check {tags['CHECKNUM']}" if "CHECKNUM" in tags else tags.get("TRNTYPE", "").capitalize()
    return " ".join(filter(None, (name, memo))) or check


def _external_id(fitid: str, amount: Decimal, posted: datetime.date) -> str:
    """FITID, amount and day together, as some banks use a FITID twice; empty without FITID."""
    if not fitid:
        return ""
    if len(fitid) > _LONGEST_ID:
        fitid = hashlib.sha256(fitid.encode()).hexdigest()
    return f"{fitid}|{amount or 0:.4f}|{posted.isoformat()}"
