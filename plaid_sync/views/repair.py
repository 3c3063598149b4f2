"""The pages of a connection that exists: all of them at a glance, signing in again, choosing its accounts."""

from functools import partial

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from plaid_sync.connections import connections
from plaid_sync.credentials import is_configured
from plaid_sync.duplicates import is_replaceable
from plaid_sync.models import LinkSession, PlaidItem
from plaid_sync.notices import expiry_notice
from plaid_sync.repair import start_repair
from plaid_sync.views.link import before_link, link_page, opened


@require_GET
def connections_page(request: HttpRequest) -> HttpResponse:
    page = {"connections": connections(timezone.now()), "is_configured": is_configured(), "nav": "accounts"}
    return render(request, "connect/connections.html", page)


@require_GET
@link_page
def repair_page(request: HttpRequest, item: int, purpose: LinkSession.Purpose) -> HttpResponse:
    """What signing in again or choosing accounts means, before Plaid's window opens."""
    login = get_object_or_404(PlaidItem.objects.active(), pk=item)
    if is_replaceable(login):
        return redirect(f"{reverse('connect')}?item={login.pk}")
    page = {
        "item": login,
        "repaired": login,
        "purpose": purpose,
        "expiry": expiry_notice(login, timezone.now()),
        "nav": "accounts",
    }
    return before_link(request, "connect/repair.html", page)


@require_POST
def repair_start(request: HttpRequest, item: int, purpose: LinkSession.Purpose) -> JsonResponse:
    """Opens Link for the login and hands its link token to the script."""
    login = get_object_or_404(PlaidItem.objects.active(), pk=item)
    return opened(request, partial(start_repair, item=login, purpose=purpose))
