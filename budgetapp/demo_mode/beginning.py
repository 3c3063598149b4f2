"""Whether the demo can begin here, and its beginning."""

import uuid
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from accounts import saved_settings
from accounts.models import Account, SavedSetting
from accounts.saved_settings import read_anew
from accounts.worker import is_late
from budgetapp.demo_mode.connecting import ask_to_connect
from budgetapp.table_lock import keep_others_waiting
from investments.models import InvestmentAccount
from investments.reach import InvestmentsUnavailable, reaching
from plaid_sync import demo
from plaid_sync.credentials import EMULATOR, is_real_account_given
from plaid_sync.models import PlaidItem


class CannotBegin(Exception):
    """There can be no demo here now; the message says why."""


def begin(*, by: AbstractBaseUser, now: datetime) -> None:
    """Switches the simulated banks on; the worker starts and connects them. Raises CannotBegin."""
    with transaction.atomic():
        keep_others_waiting(SavedSetting)
        read_anew()
        if demo.is_on():
            _go_on()
            return
        if obstacle := what_stands_against(now):
            raise CannotBegin(obstacle)
        saved_settings.save(demo.NAME, uuid.uuid4().hex, by=by, now=now)
        saved_settings.note("PLAID_ENV", EMULATOR, now=now)
        demo.go_to(demo.Stage.CONNECTING, now=now)


def _go_on() -> None:
    """After a second click, or when the first was not enough."""
    if demo.stage() == demo.Stage.CONNECTING and demo.has_bank():
        ask_to_connect(demo.name())


def what_stands_against(now: datetime) -> str:
    """Why the demo can't begin here now, as a sentence; "" if it can."""
    if is_real_account_given():
        return "This install is set up for an account at Plaid, beside which there is no demo."
    if settings.HAS_DATABASE_SERVER:
        return "Beside a database server there is no demo: its banks live on one machine."
    if _has_books():
        return "There is something in the books already, and a demo is never mixed with it."
    if is_late(now):
        return "The demo’s banks are run by the background worker, which is not running. Start it: manage.py worker"
    return ""


def _has_books() -> bool:
    if Account.objects.exists() or PlaidItem.objects.exclude(status=PlaidItem.Status.REMOVED).exists():
        return True
    try:
        with reaching():
            return InvestmentAccount.objects.exists()
    except InvestmentsUnavailable:
        return True  # nobody knows
