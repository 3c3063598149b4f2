"""What is forgotten when its time is over."""

from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import AuditEvent
from budgetapp.session_store import SessionStore

FAILED_SIGN_INS_KEPT = timedelta(days=90)  # anybody on the network can make them, so they must not pile up


def tidy() -> int:
    """Forgets sessions that have ended and old failed sign-ins; returns how many of the latter."""
    SessionStore.clear_expired()
    return forget_failed_sign_ins(timezone.now())


def forget_failed_sign_ins(now: datetime) -> int:
    """Every other event is kept for good."""
    failed = AuditEvent.objects.filter(kind=AuditEvent.Kind.SIGN_IN_FAILED)
    return failed.filter(happened_at__lt=now - FAILED_SIGN_INS_KEPT).delete()[0]
