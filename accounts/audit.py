"""The one place that notes what touched the access to the books."""

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from accounts.models import AuditEvent


def record(
    kind: AuditEvent.Kind, *, now: datetime, by: AbstractBaseUser | AnonymousUser | None = None, about: str = ""
) -> None:
    """Notes one event; call it in the transaction of what it tells of, where there is one."""
    AuditEvent.objects.create(kind=kind, happened_at=now, user_id=by.pk if by else None, about=about)
