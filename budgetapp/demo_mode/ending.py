"""Ending the demo: everything that its banks brought goes, and nothing else."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from accounts import saved_settings
from accounts.models import Account, Transaction
from accounts.worker import run_soon
from imports.posting import forget_files
from investments.models import InvestmentAccount
from investments.reach import InvestmentsUnavailable, reaching
from investments.simulated_quotes import forget_simulated_prices
from plaid_sync import demo
from plaid_sync.brokerage import leave
from plaid_sync.credentials import EMULATOR
from plaid_sync.disconnect import disconnect
from plaid_sync.models import DemoAccount, LinkSession, PlaidItem, WebhookEvent


def begin_ending(*, by: AbstractBaseUser, now: datetime) -> None:
    """Switches the banks off and hands the rest to the worker; without one it is done here and now."""
    with transaction.atomic():
        if not demo.is_on():
            return
        demo.go_to(demo.Stage.ENDING, now=now)
        saved_settings.save("PLAID_ENV", "", by=by, now=now)
    run_soon(end_demo)


def end_demo() -> None:
    """Deletes what the demo brought. Stopped in between, it goes on when it is called again."""
    if demo.stage_now() != demo.Stage.ENDING:
        return
    try:
        _delete_investments()
    except InvestmentsUnavailable as error:
        demo.go_to(demo.Stage.ENDING, now=timezone.now(), trouble=str(error))
        return
    for account in Account.objects.filter(pk__in=DemoAccount.objects.values("account_id")).order_by("pk"):
        disconnect(account)
        with transaction.atomic():
            # The lock that imports and syncs take, as wherever an account is deleted.
            Account.objects.select_for_update().get(pk=account.pk).delete()
            forget_files()
    with transaction.atomic():
        _forget_connections()
        DemoAccount.objects.all().delete()
        demo.forget(now=timezone.now())


def _delete_investments() -> None:
    for key in demo.investment_keys():
        leave.delete_of(key)
    with reaching():
        forget_simulated_prices()


def _forget_connections() -> None:
    """The logins at the demo's banks and the visits that made them; what is of an earlier day stays."""
    since = demo.begun_at()
    items = PlaidItem.objects.filter(environment=EMULATOR, created_at__gte=since)
    LinkSession.objects.filter(created_at__gte=since).delete()
    WebhookEvent.objects.filter(item_id__in=list(items.values_list("item_id", flat=True))).delete()
    items.delete()


@dataclass(frozen=True, slots=True)
class Brought:
    """What the demo has brought so far."""

    accounts: list[Account]
    transactions: int
    investments: list[InvestmentAccount]


def brought() -> Brought:
    """What ending the demo deletes; investments are left out while their database can't be asked."""
    accounts = Account.objects.filter(pk__in=DemoAccount.objects.values("account_id")).in_reading_order()
    keys = demo.investment_keys()
    try:
        with reaching():
            invested = list(InvestmentAccount.objects.filter(key__in=keys).in_reading_order())
    except InvestmentsUnavailable:
        invested = []
    return Brought(list(accounts), Transaction.objects.filter(account__in=accounts).count(), invested)
