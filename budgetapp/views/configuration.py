"""The Settings page. Everybody signed in sets the household's part; Plaid's is for superusers."""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from accounts import saved_settings
from budgetapp import configuration
from budgetapp.setting_forms import ENVIRONMENTS, REFUSED, HouseholdForm, PasswordForm, PlaidForm
from plaid_sync import demo
from plaid_sync.addresses import oauth_address, redirect_uri, webhook_address
from plaid_sync.credentials import environment, is_configured
from plaid_sync.errors import KeyProblem
from plaid_sync.key_state import key_state
from plaid_sync.trial import try_connection
from plaid_sync.vault import SECRET_NAMES

View = Callable[..., HttpResponse]


def for_superusers(view: View) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, **kwargs: str) -> HttpResponse:
        if not getattr(request.user, "is_superuser", False):
            raise PermissionDenied
        return view(request, **kwargs)

    return guarded


@require_GET
@never_cache
def settings_page(request: HttpRequest) -> HttpResponse:
    suggested = request.GET.get("environment", "")
    initial = {"environment": suggested} if suggested in ENVIRONMENTS and suggested else {}
    return _page(request, PlaidForm(request=request, initial=initial), HouseholdForm())


@sensitive_post_parameters("secret", "password")
@require_POST
@for_superusers
def save_plaid(request: HttpRequest) -> HttpResponse:
    form = PlaidForm(request.POST, request=request)
    if not form.is_valid():
        return _page(request, form, HouseholdForm())
    try:
        changed = form.save(by=_user(request), now=timezone.now())
    except KeyProblem as problem:
        form.add_error(None, str(problem))
        return _page(request, form, HouseholdForm())
    if changed:
        messages.success(request, "Saved. It holds from now on, in the worker too.")
    else:
        messages.info(request, "Nothing was changed.")
    return redirect(reverse("settings") + "#plaid")


@require_POST
@for_superusers
def test_plaid(request: HttpRequest) -> HttpResponse:
    """Asks Plaid now and says what came of it."""
    verdict = try_connection()
    reference = f" Plaid’s reference: {verdict.reference}" if verdict.reference else ""
    tell = messages.success if verdict.is_good else messages.error
    tell(request, verdict.sentence + reference)
    return redirect(reverse("settings") + "#plaid")


@sensitive_post_parameters("password")
@require_POST
@for_superusers
def forget_secret(request: HttpRequest, of: str) -> HttpResponse:
    """Takes back the saved secret of one environment."""
    if of not in SECRET_NAMES:
        raise Http404
    form = PasswordForm(request.POST, request=request)
    if form.is_valid():
        saved_settings.save(SECRET_NAMES[of], "", by=_user(request), now=timezone.now())
        messages.success(request, f"The secret for {of} is forgotten.")
    else:
        messages.error(request, REFUSED)
    return redirect(reverse("settings") + "#plaid")


@require_POST
def save_household(request: HttpRequest) -> HttpResponse:
    form = HouseholdForm(request.POST)
    if not form.is_valid():
        return _page(request, PlaidForm(request=request), form)
    if form.save(by=_user(request), now=timezone.now()):
        messages.success(request, "Saved. It holds from now on, in the worker too.")
    else:
        messages.info(request, "Nothing was changed.")
    return redirect(reverse("settings") + "#household")


def _page(request: HttpRequest, plaid_form: PlaidForm, household_form: HouseholdForm) -> HttpResponse:
    page = {
        "plaid_form": plaid_form,
        "household_form": household_form,
        "environment": environment(),
        "environment_label": ENVIRONMENTS.get(environment(), ""),
        "is_configured": is_configured(),
        "is_demo": demo.is_on(),
        "locked_plaid": configuration.locked_plaid_values(),
        "locked_household": configuration.locked_household_values(),
        "secrets": configuration.secrets(),
        "redirect_uri": redirect_uri() or oauth_address(),
        "redirect_conditions": configuration.redirect_conditions(request),
        "webhook_address": webhook_address(),
        "webhook_conditions": configuration.webhook_conditions(timezone.now()),
        "others": configuration.other_environments(),
        "next_sync_at": configuration.next_sync_at(),
        "keys": key_state(),
        "changes": configuration.latest_changes(),
        "nav": "settings",
    }
    is_refused = bool(plaid_form.errors or household_form.errors)
    return render(request, "settings/index.html", page, status=422 if is_refused else 200)


def _user(request: HttpRequest) -> AbstractBaseUser:
    user = request.user
    if not isinstance(user, AbstractBaseUser):
        raise TypeError("LoginRequiredMiddleware lets nobody else in.")
    return user
