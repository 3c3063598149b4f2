"""Everybody's own password; what another person may sign in with is set in the admin."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import audit
from accounts.models import AuditEvent
from budgetapp.setting_forms import OWN_CHANGE, OwnPasswordForm


@sensitive_post_parameters("old_password", "new_password1", "new_password2")
@never_cache
@require_http_methods(["GET", "POST"])
def change_password(request: HttpRequest) -> HttpResponse:
    """Changes one's own password; every other session of that person ends with it."""
    form = OwnPasswordForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            user = form.save()
            audit.record(AuditEvent.Kind.SETTING_CHANGED, now=timezone.now(), by=user, about=OWN_CHANGE)
        update_session_auth_hash(request, user)
        messages.success(request, "Your password is changed. Everywhere else you are signed out.")
        return redirect("settings")
    page = {"form": form, "nav": "settings"}
    return render(request, "settings/password.html", page, status=422 if form.errors else 200)
