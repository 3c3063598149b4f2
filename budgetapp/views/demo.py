"""The demo inside this install: begin, watch, end."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.views.transactions import HtmxRequest
from budgetapp.demo_mode.beginning import CannotBegin, begin
from budgetapp.demo_mode.ending import begin_ending, brought
from budgetapp.demo_mode.progress import progress
from budgetapp.views.configuration import for_superusers
from plaid_sync import demo
from plaid_sync.views.link import user_of


@require_GET
@vary_on_headers("HX-Request")
def demo_page(request: HtmxRequest) -> HttpResponse:
    """How far the demo is; its fragment asks again until all is there, or gone."""
    if not demo.is_on():
        return HttpResponse(headers={"HX-Redirect": reverse("welcome")}) if request.htmx else redirect("welcome")
    page = {"progress": progress(timezone.now()), "nav": "accounts"}
    return render(request, "demo/_progress.html" if request.htmx else "demo/index.html", page)


@require_POST
@for_superusers
def demo_begin(request: HttpRequest) -> HttpResponse:
    """Begins the demo, or has one that stands still go on."""
    try:
        begin(by=user_of(request), now=timezone.now())
    except CannotBegin as obstacle:
        messages.error(request, str(obstacle))
        return redirect("welcome")
    return redirect("demo")


@require_http_methods(["GET", "POST"])
@for_superusers
def demo_end(request: HttpRequest) -> HttpResponse:
    """Says what ending the demo deletes; POST does it."""
    if not demo.is_on():
        return redirect("welcome")
    if request.method == "POST":
        begin_ending(by=user_of(request), now=timezone.now())
        if demo.is_on():
            return redirect("demo")
        messages.success(request, "The demo has ended; nothing of it is left.")
        return redirect("welcome")
    return render(request, "demo/end.html", {"brought": brought(), "nav": "accounts"})
