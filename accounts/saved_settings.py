"""What the household set on the Settings page.

It is read once per request and per job: a change works at once in web and worker, for one query. Who asks
looks at the variable of the environment first; where that is given it wins.
"""

import threading
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from accounts import audit
from accounts.models import AuditEvent, SavedSetting


class _Snapshot(threading.local):
    values: dict[str, str] | None = None


_snapshot = _Snapshot()


def effective(name: str) -> str:
    """The setting `name`: the environment's value, else the saved one; "" if it is set nowhere."""
    return str(getattr(settings, name) or saved(name))


def saved(name: str) -> str:
    """The saved value of `name`; "" if there is none."""
    if _snapshot.values is None:
        _snapshot.values = dict(SavedSetting.objects.values_list("name", "value"))
    return _snapshot.values.get(name, "")


def read_anew(**_kwargs: object) -> None:
    """Receiver of the beginning of requests and jobs: the next question asks the database."""
    _snapshot.values = None


def save(name: str, value: str, *, by: AbstractBaseUser, now: datetime) -> None:
    """Sets `name`, or takes it back if `value` is "", and notes who did."""
    with transaction.atomic():
        note(name, value, now=now)
        audit.record(AuditEvent.Kind.SETTING_CHANGED, now=now, by=by, about=name)


def note(name: str, value: str, *, now: datetime) -> None:
    """The same for what no person sets."""
    if value:
        SavedSetting.objects.update_or_create(pk=name, defaults={"value": value, "changed_at": now})
    else:
        SavedSetting.objects.filter(pk=name).delete()
    read_anew()
