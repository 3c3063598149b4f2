"""The third step: every row of the file beside the books, and what the user decides about it."""

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRedirect

from accounts.models import Transaction
from accounts.views.transactions import HtmxRequest, is_id
from imports.models import ImportBatch, ImportedLine
from imports.steps import Step, address_of
from imports.views.pages import found, page_of

PAGE = 50
State, Part, Verdict, Choice = ImportBatch.State, ImportedLine.Part, ImportedLine.Verdict, ImportedLine.Choice
_TABS = {
    "new": ("New", Q(part=Part.LINE, verdict=Verdict.NEW)),
    "known": ("Already there", Q(part=Part.LINE, verdict__in=[Verdict.KNOWN, Verdict.SAME])),
    "doubtful": ("Possible duplicates", Q(part=Part.LINE, verdict=Verdict.DOUBTFUL)),
    "problems": ("Errors", Q(part=Part.PROBLEM)),
    "aside": ("Left out", Q(part__in=[Part.PENDING, Part.NOTE])),
}
_REVIEWABLE = (State.STAGING, State.MAPPED, State.REVIEWED)


@dataclass(frozen=True)
class Tab:
    key: str
    label: str
    count: int


@require_GET
@vary_on_headers("HX-Request")
def review(request: HtmxRequest, pk: int) -> HttpResponse:
    batch = found(pk)
    if batch.state not in _REVIEWABLE:
        return redirect(address_of(batch))
    if batch.state == State.STAGING:
        page = page_of(batch, Step.REVIEW, is_stalled=batch.is_stalled(timezone.now()))
        return render(request, "imports/_comparing.html" if request.htmx else "imports/comparing.html", page)
    if request.htmx:  # the comparison that was followed is over
        return HttpResponseClientRedirect(request.path)
    return render(request, "imports/review.html", page_of(batch, Step.REVIEW, **_tab_of(request, batch)))


@require_POST
def choose(request: HtmxRequest, pk: int) -> HttpResponse:
    """Notes what is to become of one line, or of all lines of a tab."""
    batch = found(pk)
    choice = request.POST.get("choice", "")
    lines = _chosen(request, batch)
    if choice not in Choice.values or lines is None:
        return HttpResponseBadRequest("There is no such choice.")
    with transaction.atomic():  # whoever starts the post waits until the choice is noted
        if batch.move(State.MAPPED, State.REVIEWED, to=State.MAPPED):
            lines.exclude(verdict=Verdict.KNOWN).update(choice=choice)
    if request.htmx:
        return render(request, "imports/_rows.html", page_of(batch, Step.REVIEW, **_tab_of(request, batch)))
    show, number, line = (request.POST.get(name, "") for name in ("show", "page", "line"))
    return redirect(
        f"{reverse('import_review', args=[pk])}?show={show if show in _TABS else 'new'}"
        f"&page={number if number.isdecimal() else '1'}{f'&line={line}' if is_id(line) else ''}"
    )


def _chosen(request: HttpRequest, batch: ImportBatch) -> QuerySet[ImportedLine] | None:
    lines = batch.lines.filter(part=Part.LINE)
    line, tab = request.POST.get("line", ""), request.POST.get("all", "")
    if is_id(line):
        return lines.filter(pk=int(line))
    return lines.filter(_TABS[tab][1]) if tab in _TABS else None


def _tab_of(request: HttpRequest, batch: ImportBatch) -> dict[str, object]:
    """One page of one tab, each line with the row of the books that it meets, and which of them was just answered."""
    asked = request.POST if request.method == "POST" else request.GET
    counts = batch.lines.tally()
    key = asked.get("show", "")
    if key not in _TABS:
        key = next((name for name in ("new", "doubtful", "problems", "known", "aside") if counts[name]), "new")
    paginator = Paginator(batch.lines.filter(_TABS[key][1]).order_by("position"), PAGE)
    paginator.count = counts[key]
    lines = paginator.get_page(asked.get("page"))
    met = Transaction.objects.in_bulk({line.candidate_id for line in lines if line.candidate_id})
    return {
        "tabs": [Tab(name, label, counts[name]) for name, (label, _) in _TABS.items()],
        "show": key,
        "lines": lines,
        "rows": [(line, met.get(line.candidate_id or 0)) for line in lines],
        "answered": int(line) if is_id(line := asked.get("line", "")) else None,
        "counts": counts,
        "can_go_on": bool(counts["new"] or counts["known"] or counts["doubtful"]),
    }
