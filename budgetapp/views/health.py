"""Whether all is well: for people, and without details for machines that watch over the process."""

from functools import cache

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connections
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from budgetapp.health import examine
from budgetapp.health.databases import missing_migrations


@require_GET
@never_cache
def system_health(request: HttpRequest) -> HttpResponse:
    return render(request, "settings/health.html", {"report": examine(timezone.now()), "nav": "settings"})


@login_not_required
@require_GET
@never_cache
def alive(_request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
@require_GET
@never_cache
def ready(_request: HttpRequest) -> HttpResponse:
    """Both databases answer and are migrated."""
    try:
        is_ready = all(_answers(alias) and _is_migrated(alias) for alias in connections)
    except (DatabaseError, NotMigrated):
        is_ready = False
    return HttpResponse(
        "ready\n" if is_ready else "not ready\n", status=200 if is_ready else 503, content_type="text/plain"
    )


class NotMigrated(Exception):
    """Raised so that only the good answer is remembered."""


def _answers(alias: str) -> bool:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT 1")
    return True


@cache
def _is_migrated(alias: str) -> bool:
    """Looked up until it is so, then remembered: this process's code does not change."""
    if missing_migrations(alias):
        raise NotMigrated
    return True
