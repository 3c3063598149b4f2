"""Bringing a batch into the books, and taking it back: each whole or not at all, each once."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from accounts import feeds, ledger
from accounts.drafts import Drafts
from accounts.lines import Delivery, StatementLine, Tally
from accounts.models import Account, SyncLog
from accounts.undo import Undone, foresee
from accounts.undo import undo as undo_run
from imports.models import ImportBatch, ImportedLine, ImportFile

State = ImportBatch.State
_COUNTS = ("added", "modified", "removed", "merged", "unchanged", "held")
FAILED = "The books could not be written. Nothing was changed; try it again."


def start(batch: ImportBatch, *, now: datetime) -> bool:
    """Writes down that the batch is being posted; False if it already is or was. The job does the rest."""
    with transaction.atomic():
        Account.objects.select_for_update().get(pk=batch.account_id)
        if not batch.move(
            State.MAPPED, State.REVIEWED, State.FAILED, to=State.POSTING, work_started_at=now, prepared_count=0
        ):
            return False
        batch.run = SyncLog.objects.create(
            account_id=batch.account_id,
            source=feeds.kind(batch.feed),
            trigger=SyncLog.Trigger.IMPORT,
            started_at=now,
        )
        batch.error_message = ""
        batch.save(update_fields=["run", "error_message"])
    return True


def post(batch: ImportBatch, *, now: datetime) -> bool:
    """Posts a batch that was started. False if that was done already: a job may be delivered twice.

    The long part, making rows of the lines, comes before the account is locked and is counted where the page sees
    it. Under the lock it is decided anew what is new, and that is written whole.
    """
    drafts = Drafts(batch.account_id, batch.feed, batch.run_id)
    delivery = _prepared(batch, drafts)
    with transaction.atomic():
        account = Account.objects.select_for_update().get(pk=batch.account_id)
        if not batch.move(State.POSTING, to=State.POSTED, posted_at=now):
            return False
        run = SyncLog.objects.get(pk=batch.run_id or 0)
        tally = ledger.post(account, delivery, run, now=now, drafts=drafts)
        _finish(run, tally, now)
        _drop_content(batch.file)
    return True


def _prepared(batch: ImportBatch, drafts: Drafts) -> Delivery:
    """What the ledger gets of the batch. A batch that is being posted takes no more decisions."""
    lines: list[StatementLine] = []
    anyway: set[str] = set()
    for chunk in batch.lines.to_post().in_chunks():
        taken = [each.as_line() for each in chunk]
        drafts.prepare(line for each, line in zip(chunk, taken, strict=True) if each.is_likely_new)
        anyway.update(each.external_id for each in chunk if each.choice == ImportedLine.Choice.ANYWAY)
        lines += taken
        ImportBatch.objects.filter(pk=batch.pk, state=State.POSTING).update(prepared_count=len(lines))
    return Delivery(batch.feed, lines, kept_apart=frozenset(anyway))


def fail(batch: ImportBatch, *, now: datetime) -> None:
    """Notes that the job could not write. The books are as before; the batch can be posted again."""
    if batch.move(State.POSTING, to=State.FAILED, error_message=FAILED):
        SyncLog.objects.filter(pk=batch.run_id or 0).update(
            status=SyncLog.Status.ERROR, error_message=FAILED, finished_at=now
        )


def undo(batch: ImportBatch, *, now: datetime) -> Undone | None:
    """Takes the batch back; None if it is not in the books (any more). It can be imported again."""
    with transaction.atomic():
        Account.objects.select_for_update().get(pk=batch.account_id)
        if not batch.move(State.POSTED, to=State.UNDONE, undone_at=now):
            return None
        run = SyncLog.objects.filter(pk=batch.run_id or 0).first()
        if run is None:
            return None
        undone = undo_run(run, vouchers=vouchers(batch), now=now)
        run.status, run.error_message = SyncLog.Status.CANCELLED, "This import was undone."
        run.save(update_fields=["status", "error_message"])
    return undone


def foresee_undo(batch: ImportBatch) -> Undone:
    """What an undo would do now. Reads only."""
    return foresee(batch.run, vouchers=vouchers(batch)) if batch.run else Undone()


def import_again(batch: ImportBatch) -> bool:
    """Brings an undone batch back to its review."""
    return batch.move(State.UNDONE, to=State.MAPPED, run=None, posted_at=None, undone_at=None)


def discard(batch: ImportBatch) -> bool:
    """Forgets a batch that is not in the books, and its file with the last one; False if it is too late for that."""
    discardable = [State.UPLOADED, State.MAPPED, State.REVIEWED, State.FAILED, State.UNDONE]
    with transaction.atomic():
        found = ImportBatch.objects.select_for_update().filter(pk=batch.pk, state__in=discardable).first()
        if found is None:
            return False
        found.delete()
        forget_files()
    return True


def forget_files() -> None:
    """Deletes the files that no import refers to any more."""
    ImportFile.objects.filter(batches=None).delete()


def forget_abandoned(now: datetime) -> None:
    """Discards imports that were begun a month ago and never finished."""
    for batch in ImportBatch.objects.abandoned(now).order_by("pk"):
        discard(batch)


def vouchers(batch: ImportBatch) -> dict[str, int]:
    """The lines that another import has brought too, and the run of that import."""
    own = _brought(batch).values("external_id")
    others = ImportedLine.objects.to_post().filter(
        batch__account=batch.account_id,
        batch__feed=batch.feed,
        batch__state=State.POSTED,
        batch__run__isnull=False,
        external_id__in=own,
    )
    others = others.exclude(batch=batch).order_by("batch__posted_at", "batch_id")
    return dict(others.values_list("external_id", "batch__run_id"))


def _brought(batch: ImportBatch) -> QuerySet[ImportedLine]:
    return ImportedLine.objects.to_post().filter(batch=batch).order_by()


def _finish(run: SyncLog, tally: Tally, now: datetime) -> None:
    for name in _COUNTS:
        setattr(run, name, getattr(tally, name))
    run.status, run.finished_at = SyncLog.Status.SUCCESS, now
    run.save(update_fields=[*_COUNTS, "status", "finished_at"])


def _drop_content(file: ImportFile) -> None:
    """The bytes have served once no batch of the file is on its way any more."""
    if not file.batches.open().exists():
        ImportFile.objects.filter(pk=file.pk).update(content=b"")
