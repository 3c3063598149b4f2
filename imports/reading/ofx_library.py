"""The only module that knows ofxparse and bs4, and the only one that its exceptions reach.

The library closes SGML's open tags and finds the statements with their accounts. It sees the file without its
transactions, of which it would make too much and too little: it needs 80 seconds and 280 MB for 25,000 of them, moves
days with the time zone, reads 1,234 as 1.234 and drops a transaction whose name is empty (ofxparse 0.21).
"""

import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bs4.exceptions import ParserRejectedMarkup
from ofxparse.ofxparse import AccountType, OfxParser, OfxParserException, OfxPreprocessedFile, soup_maker

from imports.reading.errors import Refused

# What a library of this age raises on malformed input, found by feeding it such.
_FAILURES = (
    OfxParserException,
    ParserRejectedMarkup,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class Outlined:
    """One statement: whose it is, and which runs of transactions belong to it (as written by the caller)."""

    account: str
    account_type: str
    currency: str
    runs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outline:
    """What a file holds. `complaint` is the first error that the bank reports in it, `investments` how many
    statements of securities there are."""

    statements: tuple[Outlined, ...]
    investments: int
    complaint: str


def outline(skeleton: str) -> Outline:
    """The statements of an OFX body whose transactions are replaced by `<STMTTRN>run</STMTTRN>`. Raises Refused."""
    try:
        with warnings.catch_warnings():
            # The library calls names that bs4 deprecated, and bs4 wonders about XML.
            warnings.simplefilter("ignore")
            return _outline(skeleton)
    except _FAILURES:
        raise Refused("This OFX file is damaged. Download it from your bank again, or as CSV.") from None


def _outline(skeleton: str) -> Outline:
    soup = soup_maker(OfxPreprocessedFile(io.BytesIO(b"ENCODING:UTF-8\n\n" + skeleton.encode())).fh)
    accounts = _Parser.parseStmtrs(soup.find_all("stmtrs"), AccountType.Bank)
    accounts += _Parser.parseStmtrs(soup.find_all("ccstmtrs"), AccountType.CreditCard)
    return Outline(
        statements=tuple(map(_outlined, accounts)),
        investments=len(soup.find_all("invstmtrs")),
        complaint=_complaint(soup.find_all("status")),
    )


class _Parser(OfxParser):  # type: ignore[misc]
    """The library's parser, kept from judging what it would misjudge."""

    fail_fast = False
    custom_date_format = None

    @classmethod
    def parseTransaction(cls, txn_ofx: Any) -> str:  # noqa: N802  # the library's name
        return str(txn_ofx.get_text())

    @classmethod
    def parseOfxDateTime(cls, ofxDateTime: str) -> str:  # noqa: N802, N803
        return ofxDateTime

    @classmethod
    def toDecimal(cls, tag: Any) -> Decimal:  # noqa: ARG003, N802
        return Decimal(0)


def _outlined(account: Any) -> Outlined:
    statement = account.statement
    return Outlined(
        account=account.account_id,
        account_type=account.account_type or ("CREDITCARD" if account.type == AccountType.CreditCard else ""),
        currency=(account.curdef or "").upper(),
        runs=tuple(statement.transactions) if statement else (),
    )


def _complaint(statuses: Sequence[Any]) -> str:
    for status in statuses:
        severity, message = status.find("severity"), status.find("message")
        if severity is not None and severity.get_text().strip().upper() == "ERROR":
            said = " ".join(message.get_text().split()) if message is not None else ""
            return said or "an error without explanation"
    return ""
