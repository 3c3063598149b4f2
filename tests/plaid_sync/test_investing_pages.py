"""The buttons of connected investment accounts, and what they say."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import WorkerHeartbeat
from investments.models import InvestmentAccount
from plaid_sync.emulator import errors as bank_errors
from plaid_sync.models import InvestmentLink, InvestmentRun, PlaidItem
from plaid_sync.steps import Step

pytestmark = pytest.mark.django_db


def press(client, name, *arguments) -> str:
    """The page that the button leads to."""
    response = client.post(reverse(name, args=arguments), follow=True)
    assert response.status_code == 200
    return response.content.decode()


def test_one_account_is_synced_here_and_now_without_a_worker(brokerage, signed_in):
    account = brokerage.account()
    page = press(signed_in, "sync_investment_account", account.pk)
    assert "Synced Gingham Individual ••6011: " in page
    assert InvestmentRun.objects.get().trigger == "manual"


def test_a_second_click_is_told_to_wait(brokerage, signed_in):
    account = brokerage.account()
    press(signed_in, "sync_investment_account", account.pk)
    assert "Try again in a minute." in press(signed_in, "sync_investment_account", account.pk)
    assert InvestmentRun.objects.count() == 1


def test_the_worker_does_it_where_there_is_one(brokerage, signed_in):
    WorkerHeartbeat.objects.create(pk=1, beat_at=timezone.now())
    assert "The sync of 2 accounts has started." in press(signed_in, "sync_investments")
    assert not InvestmentRun.objects.exists()


def test_all_are_synced_and_each_says_how_it_went(brokerage, signed_in):
    brokerage.server.script.refuse("/investments/holdings/get", bank_errors.institution_down(), call=2)
    page = press(signed_in, "sync_investments")
    assert "Synced Gingham Individual ••6011" in page
    assert "is temporarily unavailable" in page


def test_an_account_kept_by_hand_has_nothing_to_sync(bank, signed_in):
    account = InvestmentAccount.objects.create(name="Mine")
    assert "Mine is not connected" in press(signed_in, "sync_investment_account", account.pk)


def test_without_credentials_it_says_so(brokerage, signed_in, settings):
    settings.PLAID_CLIENT_ID = ""
    assert "Bank syncing is off" in press(signed_in, "sync_investments")


def test_a_brokerage_beyond_repair_is_connected_again_as_one(brokerage, signed_in):
    PlaidItem.objects.update(status="error", next_step=Step.RELINK, error_message="The access has ended.")
    InvestmentAccount.objects.update(connection_status="error")
    page = signed_in.get(brokerage.account().get_absolute_url()).content.decode()
    assert page.count("Connect again") == 2  # in the banner of every page, and on the account
    address = f"{reverse('connect')}?item={brokerage.link().item_id}"
    assert page.count(f'href="{address}"') == 2
    assert signed_in.get(address).url == reverse("connect_brokerage")
    assert page.count('<span class="visually-hidden">: Gingham Brokerage</span>') == 2


def test_disconnecting_says_what_happens_and_does_it(brokerage, signed_in):
    account = brokerage.account()
    address = reverse("disconnect_investment_account", args=[account.pk])
    assert "Gingham Roth IRA ••6022 stays connected" in signed_in.get(address).content.decode()
    page = press(signed_in, "disconnect_investment_account", account.pk)
    assert "Its holdings and history stay." in page
    assert brokerage.account().connection_status == "disconnected"
    assert "is not connected" in press(signed_in, "disconnect_investment_account", account.pk)


def test_the_last_account_ends_the_access_and_says_so(brokerage, signed_in):
    press(signed_in, "disconnect_investment_account", brokerage.account("6022").pk)
    address = reverse("disconnect_investment_account", args=[brokerage.account().pk])
    assert "It is the last account of this sign-in" in signed_in.get(address).content.decode()


def test_a_connected_account_is_deleted_with_its_connection_and_its_runs(brokerage, signed_in):
    brokerage.sync()
    account = brokerage.account()
    address = reverse("investment_account_delete", args=[account.pk])
    assert "Its connection to Gingham Brokerage." in signed_in.get(address).content.decode()
    signed_in.post(address, {"name": account.name})
    assert [link.mask for link in InvestmentLink.objects.all()] == ["6022"]
    assert not InvestmentRun.objects.exists()
    assert not InvestmentAccount.objects.filter(pk=account.pk).exists()


class TestRuns:
    def test_are_listed_with_what_they_brought_and_what_failed(self, brokerage, signed_in):
        brokerage.sync()
        brokerage.server.script.refuse("/investments/holdings/get", bank_errors.institution_down())
        brokerage.sync("6022")
        page = signed_in.get(reverse("investment_runs")).content.decode()
        assert f"{len(brokerage.book().holdings())} held" in page
        assert "INSTITUTION_DOWN" in page
        assert page.index("Gingham Roth IRA ••6022") < page.index("Gingham Individual ••6011")

    def test_of_one_account(self, brokerage, signed_in):
        for mask in brokerage.links:
            brokerage.sync(mask)
        address = f"{reverse('investment_runs')}?account={brokerage.account().key}"
        page = signed_in.get(address).content.decode()
        assert "Gingham Individual ••6011" in page
        assert "Gingham Roth IRA" not in page

    def test_cost_the_same_queries_however_many_they_are(self, brokerage, signed_in, django_assert_max_num_queries):
        facts = {"account_key": brokerage.account().key, "name": "Mine", "trigger": "manual", "status": "success"}
        started = timezone.now() - timedelta(hours=1)
        InvestmentRun.objects.bulk_create([InvestmentRun(**facts, started_at=started) for _ in range(120)])
        with django_assert_max_num_queries(10):
            page = signed_in.get(f"{reverse('investment_runs')}?page=2").content.decode()
        assert "Newer" in page
        assert "Older" in page
