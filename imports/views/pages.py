"""What every page of an import has in common."""

from dataclasses import dataclass

from django.shortcuts import get_object_or_404
from django.urls import reverse

from imports.models import ImportBatch
from imports.reading import Kind
from imports.steps import Step

State = ImportBatch.State
_CHANGEABLE = (State.UPLOADED, State.MAPPED, State.REVIEWED)


@dataclass(frozen=True)
class Stage:
    """One step of the stepper; `address` is empty where there is no way back to it."""

    label: str
    is_past: bool
    address: str


def found(pk: int) -> ImportBatch:
    return get_object_or_404(ImportBatch.objects.select_related("file", "account", "run"), pk=pk)


def is_mappable(batch: ImportBatch) -> bool:
    """Whether the columns of its file can (still) be chosen."""
    return batch.file.kind == Kind.CSV and bool(batch.file.content) and batch.state in _CHANGEABLE


def page_of(batch: ImportBatch | None, step: Step, **more: object) -> dict[str, object]:
    """The context of a step's page: the stepper and the batch."""
    steps = list(Step)
    stages = [Stage(one, number < steps.index(step), _address(batch, one)) for number, one in enumerate(steps)]
    return {"batch": batch, "stages": stages, "step": step, "nav": "imports", **more}


def _address(batch: ImportBatch | None, step: Step) -> str:
    if batch is None:
        return ""
    if step == Step.MAP and is_mappable(batch):
        return reverse("import_map", args=[batch.pk])
    if step == Step.REVIEW and batch.state in (State.MAPPED, State.REVIEWED):
        return reverse("import_review", args=[batch.pk])
    return ""
