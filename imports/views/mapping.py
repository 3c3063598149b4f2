"""The second step, where it is needed: what the columns mean, or which part of the file is of which account."""

from dataclasses import dataclass

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.lines import StatementLine
from accounts.models import Account
from accounts.views.transactions import HtmxRequest
from imports.forms import StatementsForm
from imports.mapping_form import LayoutForm, MappingForm, titles_of
from imports.models import ImportBatch
from imports.reading import Reading, Refused
from imports.receiving import adopt, assign, reading_of, reread
from imports.steps import Step, address_of, begin_comparison
from imports.views.pages import found, is_mappable, page_of


@dataclass(frozen=True)
class SampleLine:
    """A row of the file as it is written, and what it is read as (None: not yet)."""

    row: int
    cells: tuple[str, ...]
    line: StatementLine | None
    is_pending: bool
    trouble: str


@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request")
def columns(request: HtmxRequest, pk: int) -> HttpResponse:
    """The columns. A POST with `preview` only shows what the answers would mean."""
    batch = found(pk)
    if not is_mappable(batch):
        return redirect(address_of(batch))
    reading = reading_of(batch.file, now=timezone.now())
    form = MappingForm(reading, request.POST or None)
    if request.method == "POST" and form.is_valid():
        answered = _read_with_answers(batch, form)
        if answered and not form.errors and "preview" not in request.POST and _adopted(batch, answered, form):
            return redirect(address_of(batch))
        reading = answered or reading
    return _columns_page(request, batch, reading, form)


@require_POST
def layout(request: HttpRequest, pk: int) -> HttpResponse:
    """How the file is written; its columns are then found anew."""
    batch = found(pk)
    if not is_mappable(batch):
        return redirect(address_of(batch))
    form = LayoutForm(reading_of(batch.file, now=timezone.now()), request.POST)
    try:
        if form.is_valid():
            reread(batch, form.mapping(), now=timezone.now())
        else:
            messages.error(request, "Choose the characters, the separator and the row with the names.")
    except Refused as error:
        messages.error(request, str(error))
    return redirect("import_map", pk)


@require_http_methods(["GET", "POST"])
def statements(request: HttpRequest, pk: int) -> HttpResponse:
    """Which part of a file of several accounts goes where; each becomes an import of its own."""
    batch = found(pk)
    if batch.statement is not None or batch.file.statement_count < 2:
        return redirect(address_of(batch))
    reading = reading_of(batch.file, now=timezone.now())
    form = StatementsForm(reading.statements, request.POST or None)
    if request.method == "POST" and form.is_valid():
        batches = _told_apart(batch, reading, form.choices())
        for each in batches:
            begin_comparison(each, now=timezone.now())
        if len(batches) > 1:
            messages.info(
                request, f"The file became {len(batches)} imports, one per account. Review one after the other."
            )
        return redirect("import_batch", pk)
    page = page_of(batch, Step.MAP, form=form)
    return render(request, "imports/accounts.html", page, status=422 if form.errors else 200)


def _read_with_answers(batch: ImportBatch, form: MappingForm) -> Reading | None:
    """The file read with the form's answers; what it leaves open stands beside the fields."""
    batch.file.mapping = form.mapping().to_json()
    try:
        reading = reading_of(batch.file, now=timezone.now())
    except Refused as error:
        form.add_error(None, str(error))
        return None
    form.ask(reading.questions)
    return reading


def _adopted(batch: ImportBatch, reading: Reading, form: MappingForm) -> bool:
    try:
        adopt(batch, reading)
    except Refused as error:
        form.add_error(None, str(error))
        return False
    begin_comparison(batch, now=timezone.now())
    return True


@transaction.atomic
def _told_apart(batch: ImportBatch, reading: Reading, choices: dict[int, Account]) -> list[ImportBatch]:
    if not ImportBatch.objects.changeable().select_for_update().filter(pk=batch.pk, statement=None):
        return []  # a second click
    batches: list[ImportBatch] = []
    for number, account in choices.items():
        each = ImportBatch(file=batch.file, account=account, created_at=batch.created_at) if batches else batch
        each.account = account
        assign(each, reading, number)
        batches.append(each)
    return batches


def _columns_page(request: HtmxRequest, batch: ImportBatch, reading: Reading, form: MappingForm) -> HttpResponse:
    asked = not form.is_bound
    page = page_of(
        batch,
        Step.MAP,
        form=form,
        layout=LayoutForm(reading),
        questions=reading.questions if asked else (),
        titles=titles_of(reading),
        sample=_sample(reading),
        count=sum(len(statement.lines) for statement in reading.statements),
        problems=[told for statement in reading.statements for told in statement.problems][:3],
        preset=reading.preset,
    )
    template = "imports/_sample.html" if request.htmx else "imports/map.html"
    # A preview answers what was asked, whatever is still open; htmx swaps 422 as well.
    return render(request, template, page, status=422 if form.errors and "preview" not in request.POST else 200)


def _sample(reading: Reading) -> list[SampleLine]:
    wanted = {row.row for row in reading.sample}
    read: dict[int, StatementLine] = {}
    trouble: dict[int, str] = {}
    pending: set[int] = set()
    for statement in reading.statements:
        read |= {entry.row: entry.line for entry in (*statement.lines, *statement.pending) if entry.row in wanted}
        pending |= {entry.row for entry in statement.pending}
        trouble |= {told.row: told.reason for told in (*statement.notes, *statement.problems) if told.row in wanted}
    return [
        SampleLine(row.row, row.cells, read.get(row.row), row.row in pending, trouble.get(row.row, ""))
        for row in reading.sample
    ]
