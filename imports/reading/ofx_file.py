"""OFX and QFX: every account of the file a statement, every transaction a line."""

import datetime
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from imports.reading.errors import Refused
from imports.reading.ofx_library import Outline, Outlined, outline
from imports.reading.ofx_lines import NotPosted, TagReader
from imports.reading.row_reader import Unreadable
from imports.reading.statements import BalanceProof, FileLine, FileStatement, Finding, Kind, Reading, Verdict
from imports.reading.tables import refuse_too_many

_TRANSACTION = re.compile(
    r"<STMTTRN>(.*?)(?:</STMTTRN>|(?=<STMTTRN>|</BANKTRANLIST>|</STMTRS>|</CCSTMTRS>|</OFX>)|\Z)",
    re.IGNORECASE | re.DOTALL,
)
# Lists of securities and trades can be long, and nothing in them is a line of an account.
_SECURITIES = ("SECLISTMSGSRSV1", "INVTRANLIST", "INVPOSLIST")
_MAX_SKELETON = 64 * 1024
_NO_PROOF = BalanceProof(Verdict.NOT_AVAILABLE, "OFX files have no running balance.")


def read_ofx(text: str, today: datetime.date) -> Reading:
    """The reading of decoded text. Raises Refused where no bank statement is in it."""
    start = re.search(r"<\s*OFX\s*>", text, re.IGNORECASE)
    if not start:
        raise Refused("This OFX file breaks off after its first lines. Download it from your bank again.")
    body = text[start.start() :]
    for name in _SECURITIES:
        body = _without(body, name)
    transactions = list(_TRANSACTION.finditer(body))
    refuse_too_many(len(transactions))
    skeleton = _skeleton(body, transactions)
    if len(skeleton) > _MAX_SKELETON:
        raise Refused("This OFX file is damaged: it is long, but holds few transactions. Download it again, or as CSV.")
    found = outline(skeleton)
    _refuse_empty(found)
    _refuse_strays(found, len(transactions))
    statements = tuple(_statement(outlined, transactions, today) for outlined in found.statements)
    return Reading(kind=Kind.OFX, statements=statements)


def _without(body: str, name: str) -> str:
    """The body without the aggregates of this name."""
    opening, closing = (re.compile(f"<{slash}{name}>", re.IGNORECASE) for slash in ("", "/"))
    kept: list[str] = []
    end = 0
    while (first := opening.search(body, end)) and (last := closing.search(body, first.end())):
        kept.append(body[end : first.start()])
        end = last.end()
    return "".join([*kept, body[end:]])


def _skeleton(body: str, transactions: Sequence[re.Match[str]]) -> str:
    """The body with each unbroken run of transactions replaced by their numbers."""
    pieces: list[str] = []
    first, end = 0, 0
    for number, transaction in enumerate(transactions):
        if body[end : transaction.start()].strip() or number == 0:
            pieces += [_run(first, number), body[end : transaction.start()]]
            first = number
        end = transaction.end()
    return "".join([*pieces, _run(first, len(transactions)), body[end:]])


def _run(first: int, end: int) -> str:
    return f"<STMTTRN>{first}-{end}</STMTTRN>" if end > first else ""


def _refuse_empty(found: Outline) -> None:
    if found.statements:
        return
    if found.complaint:
        raise Refused(f"The bank put an error into this file instead of a statement: “{found.complaint}”. Try again.")
    if found.investments:
        raise Refused(
            "This is an investment statement: it lists trades and positions, and no lines of a bank account. "
            "Those can't be imported here."
        )
    raise Refused("This OFX file holds no statement. Choose an account and a period at your bank, and try again.")


def _refuse_strays(found: Outline, transactions: int) -> None:
    """A transaction that belongs to no account, or to two, must not be lost or doubled."""
    claimed = sorted(number for outlined in found.statements for run in outlined.runs for number in _numbers(run))
    if claimed != list(range(transactions)):
        raise Refused(
            "This OFX file is damaged: it doesn't say to which account some transactions belong. Download it from "
            "your bank again, or as CSV."
        )


def _statement(outlined: Outlined, transactions: Sequence[re.Match[str]], today: datetime.date) -> FileStatement:
    chosen = [number for run in outlined.runs for number in _numbers(run)]
    reader = TagReader([transactions[number][1] for number in chosen], outlined.currency, today)
    lines: list[FileLine] = []
    problems: list[Finding] = []
    notes: list[Finding] = []
    for place, number in enumerate(chosen):
        try:
            lines.append(FileLine(number + 1, reader.line(place)))
        except NotPosted as remark:
            notes.append(Finding(number + 1, remark.column, remark.text, str(remark)))
        except Unreadable as broken:
            problems.append(Finding(number + 1, broken.column, broken.text[:200], str(broken)))
    currencies = {entry.line.currency for entry in lines} or {outlined.currency}
    return FileStatement(
        lines=tuple(_distinct(lines)),
        problems=tuple(problems),
        notes=tuple(notes),
        account_hint="".join(filter(str.isdigit, outlined.account))[-4:],
        account_name=outlined.account_type.capitalize(),
        accounts=(outlined.account,) if outlined.account else (),
        currency=currencies.pop() if len(currencies) == 1 else "",
        proof=_NO_PROOF,
    )


def _numbers(run: str) -> range:
    first, _, end = run.strip().partition("-")
    return range(int(first), int(end))


def _distinct(lines: Sequence[FileLine]) -> Iterator[FileLine]:
    """Lines with an id of their own: the n-th with one id gets `#n`, for n purchases in one file are n purchases."""
    seen: Counter[str] = Counter()
    for entry in lines:
        name = entry.line.external_id
        seen[name] += 1
        if name and seen[name] > 1:
            yield replace(entry, line=replace(entry.line, external_id=f"{name}#{seen[name]}"))
        else:
            yield entry
