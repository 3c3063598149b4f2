"""The last steps: the exact numbers before, the progress meanwhile, and what became of it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.views.transactions import HtmxRequest
from imports import staging, steps
from imports.models import ImportBatch
from imports.steps import Step, address_of
from imports.views.pages import found, page_of

State = ImportBatch.State


@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """What the import will do, to the row; POST does it. A second POST finds it done."""
    batch = found(pk)
    now = timezone.now()
    if request.method == "POST":
        steps.begin_posting(batch, now=now)
        return redirect("import_done", pk)
    if batch.state not in (State.MAPPED, State.REVIEWED):
        return redirect(address_of(batch))
    staging.compare(batch, now=now)
    batch.move(State.MAPPED, to=State.REVIEWED)
    page = page_of(batch, Step.CONFIRM, outlook=batch.lines.outlook(), tally=batch.lines.tally())
    return render(request, "imports/confirm.html", page)


@require_GET
@vary_on_headers("HX-Request")
def done(request: HtmxRequest, pk: int) -> HttpResponse:
    """The progress of the post, then its result."""
    batch = found(pk)
    if steps.step_of(batch) != Step.DONE:
        return redirect(address_of(batch))
    page = page_of(
        batch,
        Step.DONE,
        is_stalled=batch.is_stalled(timezone.now()),
        others=_others(batch),
        tally=batch.lines.tally(),
        to_post=batch.lines.to_post().count(),
    )
    return render(request, "imports/_done.html" if request.htmx else "imports/done.html", page)


@require_POST
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Starts a job again that has been silent for too long."""
    batch = found(pk)
    steps.resume(batch, now=timezone.now())
    messages.info(request, "Started again. What was done already is not done twice.")
    return redirect("import_batch", pk)


def _others(batch: ImportBatch) -> list[ImportBatch]:
    """What still waits of the same file."""
    waiting = batch.file.batches.filter(state__in=[State.MAPPED, State.REVIEWED]).exclude(pk=batch.pk)
    return list(waiting.select_related("account", "file").order_by("pk"))
