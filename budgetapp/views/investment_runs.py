"""Sync history of the investments: every run, newest first."""

import uuid

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from plaid_sync.models import InvestmentRun

PAGE = 50


@require_GET
def investment_runs(request: HttpRequest) -> HttpResponse:
    runs = InvestmentRun.objects.order_by("-started_at", "-id")
    if chosen := _key(request.GET.get("account", "")):
        runs = runs.filter(account_key=chosen)
    shown = Paginator(runs, PAGE).get_page(request.GET.get("page"))
    page = {
        "runs": shown,
        "chosen": runs.first() if chosen else None,
        "is_filtered": chosen is not None,
        "nav": "history",
    }
    return render(request, "sync_history/investments.html", page)


def _key(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
