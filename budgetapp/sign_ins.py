"""Signing in: how often it may be tried, and how long it lasts.

Five wrong passwords for one name from one address, and neither is let in for a quarter of an hour, whatever the
password. The answer is always the same, so nobody learns which names exist. It is counted in the database: web
processes and machines share it, and the admin's own page is held to it too.
"""

import ipaddress
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import AbstractBaseUser, User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.views.decorators.debug import sensitive_variables

from accounts import audit
from accounts.models import AuditEvent
from budgetapp.table_lock import keep_others_waiting

ATTEMPTS = 5
PERIOD = timedelta(minutes=15)
LONGEST_SESSION = timedelta(days=30)
SEEN_EVERY = timedelta(hours=1)  # how exact SESSION_COOKIE_AGE, the longest pause, is kept; each time costs a write
_STARTED, _SEEN = "signed_in_at", "seen_at"


class ThrottledBackend(ModelBackend):
    """Django's own accounts and passwords, tried a few times only."""

    @sensitive_variables("password")
    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        if username is None or password is None:
            return None
        attempt = _attempt(username, _address(request), timezone.now())
        if attempt is None:
            raise PermissionDenied
        user = super().authenticate(request, username, password, **kwargs)
        if user is not None:
            attempt.delete()
        return user


class SignInForm(AuthenticationForm):
    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": (
            "Please enter a correct username and password; capital letters count. "
            "After five wrong attempts, wait a quarter of an hour."
        ),
    }


def _attempt(username: str, address: str, now: datetime) -> AuditEvent | None:
    """The attempt, which counts as failed until its password was right; None if there were too many."""
    fingerprint = salted_hmac("budgetapp.sign_ins", f"{username}\n{address}").hexdigest()[:32]
    with transaction.atomic():
        keep_others_waiting(AuditEvent)  # or many attempts at once would all find room
        failed = AuditEvent.objects.filter(kind=AuditEvent.Kind.SIGN_IN_FAILED, fingerprint=fingerprint)
        if failed.filter(happened_at__gt=now - PERIOD).count() >= ATTEMPTS:
            return None
        return AuditEvent.objects.create(kind=AuditEvent.Kind.SIGN_IN_FAILED, happened_at=now, fingerprint=fingerprint)


def _address(request: HttpRequest | None) -> str:
    """Where the request came from; of IPv6 the network, in which one machine has as many addresses as it likes."""
    if request is None:
        return ""
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.TRUST_PROXY else ""
    address = forwarded.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", "")
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return str(address)
    return str(ipaddress.ip_network((parsed, 64), strict=False)) if parsed.version == 6 else address


def note_sign_in(request: HttpRequest, user: AbstractBaseUser, **_kwargs: Any) -> None:
    """Receiver of user_logged_in."""
    now = timezone.now()
    request.session[_STARTED] = request.session[_SEEN] = now.timestamp()
    audit.record(AuditEvent.Kind.SIGNED_IN, now=now, by=user)


class SessionLimits:
    """Middleware: a session ends after a pause of SESSION_COOKIE_AGE, and after a month in any case."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if SESSION_KEY in request.session:
            _keep_or_end(request, timezone.now())
        return self.get_response(request)


def _keep_or_end(request: HttpRequest, now: datetime) -> None:
    session = request.session
    if now.timestamp() - session.get(_STARTED, 0) > LONGEST_SESSION.total_seconds():
        session.flush()
    elif now.timestamp() - session.get(_SEEN, 0) > SEEN_EVERY.total_seconds():
        session[_SEEN] = now.timestamp()  # saved, so its time runs anew
