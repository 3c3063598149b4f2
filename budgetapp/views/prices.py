"""Prices of what is held: how asking for them went, and asking now."""

from datetime import datetime, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers
from django_q.tasks import async_task

from accounts.worker import is_late
from investments.market_hours import market_day
from investments.models import PriceRun
from investments.price_report import lacking
from investments.sources import quote_source
from investments.views.pages import HtmxRequest, investments_page

RUNS_SHOWN = 20
_AWAITED = timedelta(minutes=1)


@require_GET
@vary_on_headers("HX-Request")
@investments_page
def prices(request: HtmxRequest) -> HttpResponse:
    now = timezone.now()
    runs = list(PriceRun.objects.newest_first()[:RUNS_SHOWN])
    source = quote_source()
    page = {
        "runs": runs,
        "last": runs[0] if runs else None,
        "lacking": lacking(runs, market_day(now)),
        "source": source.price_source.label if source else "",
        "is_followed": _is_awaited(request.GET.get("asked", ""), runs, now),
        "nav": "investments",
    }
    return render(request, "prices/_state.html" if request.htmx else "prices/index.html", page)


@require_POST
def refresh_prices(request: HttpRequest) -> HttpResponse:
    """Hands the worker a run over everything; pages never ask a source themselves."""
    now = timezone.now()
    if quote_source() is None:
        messages.warning(request, "Prices are switched off.")
        return redirect("prices")
    if is_late(now):
        messages.warning(request, "The background worker is not running, so no price can be asked for.")
        return redirect("prices")
    async_task("investments.tasks.refresh_all_prices")
    return redirect(f"{reverse('prices')}?asked={int(now.timestamp())}")


def _is_awaited(asked: str, runs: list[PriceRun], now: datetime) -> bool:
    """Whether a run works, or was asked for within the last minute and hasn't begun."""
    if runs and runs[0].status == PriceRun.Status.RUNNING:
        return True
    moment = int(asked) if asked.isdecimal() and len(asked) < 12 else 0
    began = int(runs[0].started_at.timestamp()) if runs else 0
    return began < moment and now.timestamp() - moment < _AWAITED.total_seconds()
