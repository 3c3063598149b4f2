"""The demo of an install whose books were empty: simulated banks that the worker runs, until somebody ends it.

How it stands are saved settings, which every request reads anyway. What came from its banks is noted in DemoAccount
from the first moment, so that ending it takes away that and nothing else, whatever happened in between.
"""

import uuid
from datetime import datetime
from enum import StrEnum

from django.db.models import Q

from accounts import saved_settings
from accounts.models import Account, SavedSetting
from accounts.saved_settings import read_anew, saved
from plaid_sync.credentials import DEMO_BANK, is_simulated
from plaid_sync.models import DemoAccount

NAME, STAGE, TROUBLE = "DEMO", "DEMO_STAGE", "DEMO_TROUBLE"


class Stage(StrEnum):
    OFF = ""
    CONNECTING = "connecting"  # begun; its banks are started and connected
    ON = "on"
    ENDING = "ending"


class DemoIsOn(Exception):
    """A real bank was to be connected beside the demo; the message says what to do."""

    def __init__(self) -> None:
        super().__init__(
            "The demo is on. Made-up transactions and those of a real bank are never mixed: end the demo first, "
            "then connect your bank."
        )


def name() -> str:
    """What tells this demo from an earlier one; "" while there is none."""
    return saved(NAME)


def is_on() -> bool:
    """Whether there is a demo, on its way in or out too."""
    return bool(name())


def stage() -> Stage:
    return Stage(saved(STAGE)) if is_on() else Stage.OFF


def stage_now() -> Stage:
    """The same, asked of the database: for jobs, which last longer than a request."""
    read_anew()
    return stage()


def trouble() -> str:
    """What keeps the demo from going on, as a sentence; "" if nothing does."""
    return saved(TROUBLE) if is_on() else ""


def begun_at() -> datetime | None:
    """When the demo began; None while there is none."""
    return SavedSetting.objects.filter(pk=NAME).values_list("changed_at", flat=True).first()


def has_bank() -> bool:
    """Whether the worker has started the demo's banks."""
    return bool(saved(DEMO_BANK))


def note_bank(address: str, *, now: datetime) -> None:
    saved_settings.note(DEMO_BANK, address, now=now)


def go_to(reached: Stage, *, now: datetime, trouble: str = "") -> None:
    """Notes how far the demo is, and what keeps it there if anything does."""
    saved_settings.note(STAGE, reached, now=now)
    saved_settings.note(TROUBLE, trouble, now=now)


def forget(*, now: datetime) -> None:
    """The last thing that is left of a demo."""
    for setting in (DEMO_BANK, STAGE, TROUBLE, NAME):
        saved_settings.note(setting, "", now=now)


def may_connect(account: Account | None) -> bool:
    """Whether a bank may be connected, to `account` if given: beside the demo, its banks to its accounts."""
    if not is_on():
        return True
    return is_simulated() and stage() != Stage.ENDING and (account is None or belongs(account))


def feedable() -> Q:
    """The accounts of the books that a bank may be connected to: while the demo is on, only those that it brought."""
    return Q(pk__in=DemoAccount.objects.values("account_id")) if is_on() else Q()


def feedable_investments() -> Q:
    """The same of the accounts of the portfolio."""
    return Q(key__in=investment_keys()) if is_on() else Q()


def investment_keys() -> list[uuid.UUID]:
    """The keys of the accounts of the portfolio that the demo brought."""
    rows = DemoAccount.objects.exclude(account_key=None).order_by("pk")
    return [row.account_key for row in rows if row.account_key]


def belongs(account: Account) -> bool:
    """Whether the demo brought the account."""
    return DemoAccount.objects.filter(account=account).exists()


def remember(account: Account) -> None:
    """Notes a new account of the books, if it is the demo's. Call it in the transaction that makes it."""
    if is_on():
        DemoAccount.objects.create(account=account)


def remember_investments(key: uuid.UUID) -> None:
    """The same of an account of the portfolio, by its key."""
    if is_on():
        DemoAccount.objects.create(account_key=key)
