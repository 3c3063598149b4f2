"""The steps of an import: where a batch stands, and the work that leads to the next one."""

from datetime import datetime
from enum import StrEnum

from django.urls import reverse

from accounts.worker import run_soon
from imports import posting, staging, tasks
from imports.models import ImportBatch

State = ImportBatch.State
AT_ONCE = 2_000  # lines that are compared while the user waits; more is the worker's


class Step(StrEnum):
    UPLOAD = "Upload"
    MAP = "Map"
    REVIEW = "Review"
    CONFIRM = "Confirm"
    DONE = "Done"


_STEPS = {
    State.UPLOADED: Step.MAP,
    State.STAGING: Step.REVIEW,
    State.MAPPED: Step.REVIEW,
    State.REVIEWED: Step.CONFIRM,
}


def step_of(batch: ImportBatch) -> Step:
    return _STEPS.get(State(batch.state), Step.DONE)


def address_of(batch: ImportBatch) -> str:
    """The page of the step at which the batch stands."""
    step = step_of(batch)
    if step == Step.MAP and batch.file.statement_count > 1:
        return reverse("import_accounts", args=[batch.pk])
    return reverse(f"import_{step.name.lower()}", args=[batch.pk])


def begin_comparison(batch: ImportBatch, *, now: datetime) -> None:
    """Compares the batch with the books: a small one here and now, a large one by the worker."""
    if staging.begin(batch, now=now):
        _compare(batch, now)


def begin_posting(batch: ImportBatch, *, now: datetime) -> bool:
    """Posts the batch by the worker, or here and now if there is none. False if it is or was being posted."""
    if not posting.start(batch, now=now):
        return False
    run_soon(tasks.post_batch, batch.pk)
    return True


def resume(batch: ImportBatch, *, now: datetime) -> None:
    """Starts the job of a stalled batch again. What it had done stays; nothing is done twice."""
    stalled = ImportBatch.objects.filter(pk=batch.pk, state=batch.state, work_started_at=batch.work_started_at)
    if not batch.is_stalled(now) or not stalled.update(work_started_at=now):
        return
    if batch.state == State.POSTING:
        run_soon(tasks.post_batch, batch.pk)
    else:
        _compare(batch, now)


def _compare(batch: ImportBatch, now: datetime) -> None:
    if batch.line_count <= AT_ONCE:
        staging.stage(batch, now=now)
    else:
        run_soon(tasks.stage_batch, batch.pk)
