"""When Plaid refuses the app itself: one call, one notice, and an end as soon as it is put right."""

import datetime
from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from accounts.models import SyncLog
from plaid_sync.emulator import errors as bank_errors
from plaid_sync.halt import current_halt
from plaid_sync.models import Halt, LinkedAccount, PlaidItem
from plaid_sync.pacing import sync_interval
from plaid_sync.tasks import SKIPPED, sync_due_accounts, sync_linked_account
from tests.plaid_sync.runs import SYNC, calls

pytestmark = pytest.mark.django_db


@pytest.fixture
def halted(linked_bank):
    """A bank whose app was refused at its first sync; all accounts are due."""
    linked_bank.server.script.refuse(SYNC, bank_errors.invalid_api_keys())
    linked_bank.sync()
    LinkedAccount.objects.update(next_sync_at=timezone.now(), is_wanted=True)
    return linked_bank


def test_one_refusal_stops_the_schedule_of_all_accounts(halted):
    assert sync_due_accounts() == 0
    assert sync_linked_account(halted.links["card"].pk, SyncLog.Trigger.SCHEDULED) == SKIPPED
    assert calls(halted) == 1
    assert current_halt().error_code == "INVALID_API_KEYS"
    assert PlaidItem.objects.get().status == PlaidItem.Status.ACTIVE
    assert halted.account().last_sync_error == ""


def test_it_is_said_once_on_every_page(halted, signed_in):
    page = signed_in.get("/transactions/").content.decode()
    assert page.count("Plaid refuses the app") == 1
    assert reverse("settings") not in page.partition("<main")[0].partition('class="banners"')[2]


def test_it_leads_the_admin_to_the_settings(halted, admin_client):
    banners = admin_client.get("/transactions/").content.decode().partition("<main")[0].partition('class="banners"')[2]
    assert reverse("settings") in banners


def test_after_an_interval_one_account_asks_again(halted, settings):
    Halt.objects.update(checked_at=timezone.now() - datetime.timedelta(hours=sync_interval()))
    halted.server.script.refuse(SYNC, bank_errors.invalid_api_keys())
    statuses = [sync_linked_account(link.pk, SyncLog.Trigger.SCHEDULED) for link in halted.links.values()]
    assert statuses == [SyncLog.Status.ERROR, SKIPPED, SKIPPED]


def test_a_sync_by_hand_that_works_ends_it(halted):
    assert halted.sync().status == SyncLog.Status.SUCCESS
    assert current_halt() is None
    assert sync_due_accounts() == 2


def test_other_credentials_end_it_at_once(halted, settings):
    halted.server.stop()
    settings.PLAID_SECRET = "another"
    assert current_halt() is None
    assert sync_due_accounts() == 3


def test_sync_all_asks_once(halted):
    for call in (1, 2, 3):
        halted.server.script.refuse(SYNC, bank_errors.invalid_api_keys(), call=call)
    output = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("sync_all", stdout=output)
    assert ended.value.code == 1
    assert calls(halted) == 2
    assert output.getvalue().count("Plaid refuses the app") == 3
