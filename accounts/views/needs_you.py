"""Needs you: what a person has to decide, and what was decided lately."""

import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods
from django.views.decorators.vary import vary_on_headers

from accounts import decisions, set_aside
from accounts.holding import CannotDecide
from accounts.merging import CannotMerge, CannotUnmerge
from accounts.models import HeldLine
from accounts.views.transactions import HtmxRequest, is_id
from accounts.waiting import item, waiting

Reason = HeldLine.Reason
SECTIONS = ("pairs", "set_aside", "unread", "decided")


@require_GET
def needs_you(request: HttpRequest) -> HttpResponse:
    """The list; `?line=` puts one line, decided or not, on top, and `&answered` the focus on its next answer."""
    asked = request.GET.get("line", "")
    chosen = item(int(asked)) if is_id(asked) else None
    before = {name: request.GET.get(name, "") for name in SECTIONS}
    page = {
        "chosen": chosen,
        "is_answered": "answered" in request.GET,
        "waiting": waiting(before, but=chosen.line.pk if chosen else None, now=timezone.now()),
        "is_first_page": not any(before.values()),
        "nav": "needs_you",
    }
    return render(request, "needs_you/index.html", page)


@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request")
def decide(request: HtmxRequest, pk: int) -> HttpResponse:
    """Takes an answer. Within the page (htmx) the line comes back as it stands now, else the page with it on top."""
    if request.method == "GET":
        return redirect(_page_with(pk))
    line = get_object_or_404(HeldLine, pk=pk)
    refusal = ""
    try:
        if not _answer(line, request.POST.get("answer", ""), timezone.now()):
            return HttpResponseBadRequest("No such answer.")
    except (CannotDecide, CannotMerge, CannotUnmerge) as reason:
        refusal = str(reason)
    if request.htmx:
        shown = {"item": item(pk), "refusal": refusal, "is_answer": True}
        return render(request, "needs_you/_answer.html", shown, status=422 if refusal else 200)
    if refusal:
        messages.error(request, refusal)
    return redirect(f"{_page_with(pk)}&answered=1")


def _answer(line: HeldLine, answer: str, now: datetime.datetime) -> bool:
    """Does what the person said; False if that is no answer to this line."""
    match line.reason, answer:
        case Reason.POSSIBLE_DUPLICATE, "same":
            decisions.same_purchase(line, now=now)
        case Reason.POSSIBLE_DUPLICATE, "two":
            decisions.two_purchases(line, now=now)
        case Reason.POSSIBLE_DUPLICATE, "undo":
            decisions.take_back(line, now=now)
        case Reason.WITHDRAWN_BUT_EDITED, "restore":
            set_aside.restore(line, now=now)
        case ((Reason.WITHDRAWN_BUT_EDITED | Reason.MALFORMED | Reason.OTHER_ACCOUNT), "let_go"):
            set_aside.let_go(line, now=now)
        case ((Reason.WITHDRAWN_BUT_EDITED | Reason.MALFORMED | Reason.OTHER_ACCOUNT), "undo"):
            set_aside.take_back(line)
        case _:
            return False
    return True


def _page_with(pk: int) -> str:
    return f"{reverse('needs_you')}?line={pk}"
