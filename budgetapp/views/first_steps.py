"""The beginning: the owner of a new install, and the ways to fill the books."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import Account
from budgetapp.demo_mode.beginning import what_stands_against
from budgetapp.health.report import CHECKS, examine
from budgetapp.owner import AlreadyOwned, OwnerForm, has_owner, is_valid
from investments.models import InvestmentAccount
from investments.reach import InvestmentsUnavailable, reaching
from plaid_sync import demo
from plaid_sync.credentials import is_configured, is_simulated

SHORT_CHECK = {"database", "investments_database", "key", "worker", "plaid"}


@require_GET
def home(_request: HttpRequest) -> HttpResponse:
    return redirect("accounts" if Account.objects.exists() or _has_investments() else "welcome")


def _has_investments() -> bool:
    try:
        with reaching():
            return InvestmentAccount.objects.exists()
    except InvestmentsUnavailable:
        return True  # the accounts page says what is wrong


@require_GET
def welcome(request: HttpRequest) -> HttpResponse:
    """Three ways to begin, and whether the install is fit for it."""
    checks = [check for check in CHECKS if check.id in SHORT_CHECK]
    page = {
        "is_configured": is_configured(),
        "is_simulated": is_simulated(),
        "is_locked": bool(settings.PLAID_ENV),
        "is_demo": demo.is_on(),
        "obstacle": what_stands_against(timezone.now()),
        "report": examine(timezone.now(), checks),
        "nav": "accounts",
    }
    return render(request, "first_steps/welcome.html", page)


@sensitive_post_parameters("password1", "password2")
@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def set_up(request: HttpRequest, token: str) -> HttpResponse:
    """Makes the owner, for whoever holds the link from the server's log."""
    if has_owner():
        return redirect("sign_in")
    if not is_valid(token):
        return render(request, "first_steps/link_ended.html", status=410)
    form = OwnerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            login(request, form.create())
        except AlreadyOwned:
            return redirect("sign_in")
        messages.success(request, "You are the owner of this install. Nobody else can use the link any more.")
        return redirect("welcome")
    return render(request, "first_steps/set_up.html", {"form": form}, status=422 if form.errors else 200)
