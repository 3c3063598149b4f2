"""An upload on its way from bytes to a batch: nothing is stored before it could be read."""

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from accounts import household
from accounts.models import Account
from imports.models import ColumnProfile, ImportBatch, ImportFile
from imports.reading import FileStatement, Mapping, Reading, Refused, read

State = ImportBatch.State
# What may differ from download to download, or belongs to the account, is found out anew for each file.
_NOT_REMEMBERED = {"encoding", "delimiter", "header_row", "skip_rows", "is_debt"}
_NAMING = ("date", "transaction_date", "description", "amount", "debit", "credit")
# Never the state, which other requests and jobs move, nor the content, which a post drops.
_NOTED = ("kind", "preset", "fingerprint", "mapping", "statement_count")
_ASSIGNED = ("account", "statement", "feed", "line_count", "staged_count", "proof", "proof_detail", "warning")


class WrongAccount(Refused):
    """The file says that it belongs to another account; the user may insist."""


@dataclass(frozen=True, slots=True)
class Upload:
    """What a person handed over. `mapping` answers for the columns; `insists`: the account is right whatever
    number the file states."""

    name: str
    content: bytes
    account: Account
    user: AbstractBaseUser | None = None
    mapping: Mapping | None = None
    is_archive: bool = False
    insists: bool = False


def receive(upload: Upload, *, now: datetime) -> ImportBatch:
    """Stores an upload that can be imported, with a batch for its account. Raises Refused otherwise."""
    reading = understand(upload, now=now)
    if not reading.questions:
        _refuse_nothing(reading)
    if len(reading.statements) == 1:
        _refuse_other_account(reading.statements[0], upload)
        _refuse_other_currency(reading.statements[0], upload.account)
    with transaction.atomic():
        file = ImportFile(
            user_id=upload.user.pk if upload.user else None,
            name=upload.name.encode(errors="replace").decode()[-200:],  # a path may hold what no text does
            sha256=hashlib.sha256(upload.content).hexdigest(),
            content=upload.content,
            is_archive=upload.is_archive,
            uploaded_at=now,
        )
        _note(file, reading)
        file.save()
        batch = ImportBatch.objects.create(file=file, account=upload.account, created_at=now)
        if len(reading.statements) == 1:
            assign(batch, reading, 0)
    return batch


def understand(upload: Upload, *, now: datetime) -> Reading:
    """What the file says under the given columns, else under those that were remembered for its header.

    Two banks may write the same header and mean other signs and days by it, so an account takes over from another
    one which column is which, and no more.
    """
    today, is_debt = household.today(now), upload.account.is_liability
    mapping = replace(upload.mapping or Mapping(), is_debt=is_debt)
    reading = read(upload.content, mapping=mapping, today=today)
    known = _remembered(reading.fingerprint, upload.account) if upload.mapping is None else None
    return read(upload.content, mapping=replace(known, is_debt=is_debt), today=today) if known else reading


def _remembered(fingerprint: str, account: Account) -> Mapping | None:
    if not fingerprint:
        return None
    profiles = ColumnProfile.objects.filter(fingerprint=fingerprint)
    if own := profiles.filter(account=account).first():
        return own.columns
    other = profiles.order_by("-updated_at").first()
    known = other.columns if other else None
    return known and replace(
        known, date_order=None, decimal_mark=None, money_out=None, debit_sign=None, credit_sign=None
    )


def reading_of(file: ImportFile, *, now: datetime) -> Reading:
    """The stored file, read with what is known of its columns."""
    return read(bytes(file.content), mapping=file.columns, today=household.today(now))


def adopt(batch: ImportBatch, reading: Reading) -> None:
    """Takes over the answers of the mapping screen, and remembers them for the next file with this header.

    Raises Refused where the file, read like this, can't be imported into the account, and where the import has
    gone on meanwhile.
    """
    _refuse_nothing(reading)
    if len(reading.statements) == 1:
        _refuse_other_currency(reading.statements[0], batch.account)
    with transaction.atomic():
        if not ImportBatch.objects.changeable().select_for_update().filter(pk=batch.pk):
            raise Refused("This import has gone on meanwhile. Open it from the list of imports.")
        _note(batch.file, reading)
        batch.file.save(update_fields=_NOTED)
        remember(reading, batch.account)
        if len(reading.statements) == 1:
            assign(batch, reading, 0)


def reread(batch: ImportBatch, layout: Mapping, *, now: datetime) -> None:
    """Notes how the file is written; its columns are then found anew. Raises Refused if it can't be read like that."""
    mapping = replace(layout, is_debt=batch.account.is_liability)
    _note(batch.file, read(bytes(batch.file.content), mapping=mapping, today=household.today(now)))
    batch.file.save(update_fields=_NOTED)


def remember(reading: Reading, account: Account) -> None:
    """Keeps the columns for the account's next file with this header."""
    if reading.fingerprint and reading.mapping:
        known = {name: value for name, value in reading.mapping.to_json().items() if name not in _NOT_REMEMBERED}
        ColumnProfile.objects.update_or_create(
            fingerprint=reading.fingerprint, account=account, defaults={"mapping": known}
        )


def assign(batch: ImportBatch, reading: Reading, number: int) -> None:
    """Makes the batch the `number`-th statement of its file."""
    statement = reading.statements[number]
    batch.statement = number
    batch.feed = feed_of(batch.file, reading)
    batch.line_count = len(statement.lines) + len(statement.pending) + len(statement.problems) + len(statement.notes)
    batch.staged_count = 0
    batch.proof = statement.proof.verdict.value
    batch.proof_detail = statement.proof.detail[:300]
    batch.warning = _warning(statement, batch.account)[:300]
    batch.save(update_fields=None if batch.pk is None else _ASSIGNED)


def feed_of(file: ImportFile, reading: Reading) -> str:
    """The namespace of the file's ids.

    Lines of a table are named by what they say, so files count as one feed only if their header is the same and the
    same columns were taken for date, text and amount: else a line would get a second name and come in twice.
    """
    if reading.mapping is None:
        return f"archive:{reading.kind}" if file.is_archive else reading.kind.value
    columns = reading.mapping.to_json()
    naming = [reading.fingerprint, *(columns.get(name) for name in _NAMING)]
    profile = hashlib.sha256(json.dumps(naming).casefold().encode()).hexdigest()[:12]
    return f"{'archive' if file.is_archive else reading.kind.value}:{profile}"


def is_of(statement: FileStatement, account: Account) -> bool | None:
    """Whether the last digits in the file are the account's; None where one of them is silent."""
    ours, theirs = account.mask.strip(), statement.account_hint.strip()
    if not (ours and theirs):
        return None
    return ours.endswith(theirs) or theirs.endswith(ours)


def _note(file: ImportFile, reading: Reading) -> None:
    file.kind = reading.kind.value
    file.preset = reading.preset or ""
    file.fingerprint = reading.fingerprint
    file.mapping = reading.mapping.to_json() if reading.mapping else {}
    file.statement_count = len(reading.statements)


def _refuse_nothing(reading: Reading) -> None:
    if not any(statement.lines or statement.problems for statement in reading.statements):
        is_pending = any(statement.pending for statement in reading.statements)
        raise Refused(
            "All transactions in this file are still pending. Export it again once they have posted."
            if is_pending
            else "There are no transactions in this file. Choose a longer period when you export it."
        )


def _refuse_other_account(statement: FileStatement, upload: Upload) -> None:
    if is_of(statement, upload.account) is False and not upload.insists:
        raise WrongAccount(
            f"This file is of an account that ends in {statement.account_hint}; {upload.account.name} ends in "
            f"{upload.account.mask}. Choose the other account, or say below that it is the same one."
        )


def _refuse_other_currency(statement: FileStatement, account: Account) -> None:
    if statement.currency and statement.currency != account.currency:
        raise Refused(
            f"This file is in {statement.currency}, but {account.name} is kept in {account.currency}. "
            f"Choose an account in {statement.currency}."
        )


def _warning(statement: FileStatement, account: Account) -> str:
    foreign = {entry.line.currency for entry in statement.lines} - {"", account.currency}
    if len(statement.accounts) > 1:
        return (
            f"The rows name {len(statement.accounts)} accounts or cards: {', '.join(statement.accounts)}. "
            "Skip those that don’t belong here."
        )
    if is_of(statement, account) is False:
        return f"The file is of an account that ends in {statement.account_hint}; this one ends in {account.mask}."
    if statement.proof.is_owed and not account.is_liability:
        return (
            f"The file’s balance grows with money out, as a debt does, but {account.name} is no credit card or loan. "
            "Check which amounts are money out."
        )
    if foreign:
        return f"Some rows are in {', '.join(sorted(foreign))}; the account is kept in {account.currency}."
    return ""
