"""A batch beside the books: its lines laid down row by row, each with what a post would make of it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from itertools import count

from django.db import transaction

from accounts import preview
from accounts.lines import Delivery, StatementLine, identified
from accounts.lookup import chunks
from imports.models import ImportBatch, ImportedLine
from imports.reading import FileLine, FileStatement, Finding
from imports.receiving import reading_of

State, Part, Choice = ImportBatch.State, ImportedLine.Part, ImportedLine.Choice
_LONGEST_ID = 128
_COMPARED = ("verdict", "candidate_id", "reason")


def begin(batch: ImportBatch, *, now: datetime) -> bool:
    """Puts the batch into the state in which it is compared, without lines.

    False if it is past that, or if its columns or its part of the file are not known yet.
    """
    comparable = (State.UPLOADED, State.MAPPED, State.REVIEWED)
    if batch.statement is None:
        return False
    with transaction.atomic():
        if not batch.move(*comparable, to=State.STAGING, work_started_at=now, staged_count=0):
            return False
        ImportedLine.objects.filter(batch=batch).delete()
    return True


def stage(batch: ImportBatch, *, now: datetime) -> None:
    """Lays down all lines of the batch's statement. What another job has laid down already stays as it is."""
    if batch.state != State.STAGING or batch.statement is None:
        return
    statement = reading_of(batch.file, now=now).statements[batch.statement]
    done = 0
    for chunk in chunks(_rows(batch, statement, now)):
        ImportedLine.objects.bulk_create(chunk, ignore_conflicts=True)
        done += len(chunk)
        ImportBatch.objects.filter(pk=batch.pk).update(staged_count=done)
    batch.move(State.STAGING, to=State.MAPPED, checked_at=now)


def compare(batch: ImportBatch, *, now: datetime) -> None:
    """Asks the books again what they say to the lines that are to be posted, with the user's choices."""
    lines = list(batch.lines.to_post())
    findings = preview.preview(batch.account, _delivery(batch, lines), now=now)
    changed = []
    for line, finding in zip(lines, findings, strict=True):
        before = [getattr(line, name) for name in _COMPARED]
        if line.choice != Choice.ANYWAY:
            _judge(line, finding)
        if [getattr(line, name) for name in _COMPARED] != before:
            changed.append(line)
    with transaction.atomic():
        unmoved = ImportBatch.objects.changeable().filter(pk=batch.pk, work_started_at=batch.work_started_at)
        if not unmoved.select_for_update():
            return  # its lines were read anew meanwhile, or are being posted
        for chunk in chunks(changed):
            ImportedLine.objects.bulk_create(
                chunk, update_conflicts=True, unique_fields=["batch", "position"], update_fields=_COMPARED
            )
        unmoved.update(checked_at=now)


def _delivery(batch: ImportBatch, lines: Sequence[ImportedLine]) -> Delivery:
    anyway = frozenset(line.external_id for line in lines if line.choice == Choice.ANYWAY)
    return Delivery(batch.feed, [line.as_line() for line in lines], kept_apart=anyway)


def _rows(batch: ImportBatch, statement: FileStatement, now: datetime) -> Iterator[ImportedLine]:
    place = count()
    for entry, finding in _compared(batch, statement, now):
        line = _row(batch, entry, place, Part.LINE)
        line.external_id = finding.line.external_id
        _judge(line, finding)
        yield line
    for entry in statement.pending:
        yield _row(batch, entry, place, Part.PENDING)
    for part, findings in ((Part.PROBLEM, statement.problems), (Part.NOTE, statement.notes)):
        for told in findings:
            yield _told(batch, told, place, part)


def _compared(
    batch: ImportBatch, statement: FileStatement, now: datetime
) -> Iterator[tuple[FileLine, preview.Finding]]:
    entries = list(statement.posted(batch.account.currency))
    lines = list(_named_once(identified(entry.line for entry in entries)))
    yield from zip(entries, preview.preview(batch.account, Delivery(batch.feed, lines), now=now), strict=True)


def _named_once(lines: Iterable[StatementLine]) -> Iterator[StatementLine]:
    """A bank may use one id for several purchases of a file; they stay several."""
    seen: Counter[str] = Counter()
    for line in lines:
        name = line.external_id
        if len(name) > _LONGEST_ID - 8:
            name = sha256(name.encode()).hexdigest()
        seen[name] += 1
        yield replace(line, external_id=name if seen[name] == 1 else f"{name}#{seen[name]}")


def _row(batch: ImportBatch, entry: FileLine, place: Iterator[int], part: ImportedLine.Part) -> ImportedLine:
    line = entry.line
    return ImportedLine(
        batch=batch,
        position=next(place),
        row=entry.row,
        part=part,
        external_id="",
        date=line.date,
        authorized_date=line.authorized_date,
        amount=line.amount,
        currency=line.currency or batch.account.currency,
        description=line.description,
        merchant=line.merchant,
    )


def _told(batch: ImportBatch, told: Finding, place: Iterator[int], part: ImportedLine.Part) -> ImportedLine:
    return ImportedLine(
        batch=batch,
        position=next(place),
        row=told.row,
        part=part,
        column=told.column[:200],
        cell=told.cell[:300],
        reason=told.reason[:300],
    )


def _judge(line: ImportedLine, finding: preview.Finding) -> None:
    line.verdict = finding.verdict.value
    line.candidate_id = finding.row.id if finding.row else None
    line.reason = finding.reason[:300]
