"""A table of transactions read, whoever wrote it."""

import datetime
from dataclasses import replace

from imports.reading.balance import prove
from imports.reading.columns import fingerprint, trimmed
from imports.reading.guessing import suggested
from imports.reading.layout import Layout, laid_out
from imports.reading.mapping import DecimalMark, Mapping
from imports.reading.records import Sorted, sort_out
from imports.reading.row_reader import RowReader
from imports.reading.settling import settled
from imports.reading.statements import BalanceProof, FileStatement, Kind, Reading, SampleRow, Verdict
from imports.reading.summary import checked
from imports.reading.tables import read_rows, refuse_too_many

_SAMPLE = 12


def read_csv(text: str, mapping: Mapping | None, today: datetime.date) -> Reading:
    """The reading of decoded text. Raises Refused where it is no table."""
    rows, delimiter = read_rows(text, mapping.delimiter if mapping else "")
    layout = laid_out(rows, mapping, today)
    refuse_too_many(len(layout.rows))
    preset = layout.preset if mapping is None or _names_nothing(mapping) else None
    meaning = _meaning(layout, mapping, today)
    meaning, questions = settled(meaning, layout, today)
    reading = Reading(
        kind=Kind.CSV,
        questions=questions,
        mapping=meaning,
        preset=preset.key if preset else None,
        fingerprint=fingerprint(layout.header),
        delimiter=delimiter,
        header_row=layout.header_row,
        header=layout.header,
        sample=tuple(SampleRow(row.number, trimmed(row.cells)) for row in layout.rows[:_SAMPLE]),
    )
    if questions:
        return reading
    found = sort_out(layout.rows, RowReader(meaning, layout.columns, today), delimiter)
    statement = _statement(found)
    proof = checked(statement.proof, layout.above, statement, meaning.decimal_mark or DecimalMark.POINT)
    return replace(reading, statements=(replace(statement, proof=proof),))


def _meaning(layout: Layout, mapping: Mapping | None, today: datetime.date) -> Mapping:
    if mapping and not _names_nothing(mapping):
        return mapping
    found = layout.columns.only_present(layout.preset.mapping) if layout.preset else suggested(layout, today)
    if mapping is None:
        return found
    # Only the file's form and account were stated; what the columns mean is found as for any file.
    return replace(
        found,
        encoding=mapping.encoding,
        delimiter=mapping.delimiter,
        header_row=mapping.header_row,
        skip_rows=mapping.skip_rows,
        is_debt=mapping.is_debt,
    )


def _names_nothing(mapping: Mapping) -> bool:
    """Whether the mapping only says how the file is written and whose it is."""
    columns = (mapping.date, mapping.amount, mapping.debit, mapping.credit)
    return not mapping.description and all(column is None for column in columns)


def _statement(found: Sorted) -> FileStatement:
    currencies = {entry.line.currency for entry in found.lines}
    accounts = tuple(found.accounts)
    if len(accounts) > 1 or len(currencies) > 1:
        proof = BalanceProof(Verdict.NOT_AVAILABLE, "The rows belong to several accounts, so no balance can be proved.")
    else:
        proof = prove(found.lines)
    return FileStatement(
        lines=tuple(found.lines),
        pending=tuple(found.pending),
        problems=tuple(found.problems),
        notes=tuple(found.notes),
        account_hint=_last_digits(accounts[0]) if len(accounts) == 1 else "",
        accounts=accounts,
        currency=currencies.pop() if len(currencies) == 1 else "",
        proof=proof,
    )


def _last_digits(account: str) -> str:
    return "".join(filter(str.isdigit, account))[-4:]
