"""The buttons of a connected account: sync, refresh balances, disconnect."""

import pytest
from django.urls import reverse

from accounts.models import Account, SyncLog
from accounts.worker import beat
from plaid_sync.models import LinkedAccount, PlaidItem

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def site(settings) -> None:
    settings.SITE_URL = "http://testserver"


class TestButtons:
    def test_sync_runs_in_the_request_when_no_worker_is_there(self, linked_bank, signed_in):
        account = linked_bank.account()
        page = signed_in.post(reverse("sync_account", args=[account.pk]), follow=True).content.decode()
        assert f"Synced {account}: " in page
        assert linked_bank.rows() == linked_bank.ledger()

    def test_sync_is_limited_to_one_a_minute(self, linked_bank, signed_in):
        url = reverse("sync_account", args=[linked_bank.account().pk])
        signed_in.post(url)
        assert "less than a minute ago" in signed_in.post(url, follow=True).content.decode()
        assert SyncLog.objects.count() == 1

    def test_sync_is_queued_for_the_worker(self, linked_bank, signed_in):
        beat()
        page = signed_in.post(reverse("sync_account", args=[linked_bank.account().pk]), follow=True).content.decode()
        assert "has started" in page
        assert not SyncLog.objects.exists()

    def test_sync_of_an_account_kept_by_hand_says_so(self, bank, signed_in):
        account = Account.objects.create(name="Cash", account_type="cash")
        page = signed_in.post(reverse("sync_account", args=[account.pk]), follow=True).content.decode()
        assert "not connected to a bank" in page

    def test_a_failing_sync_tells_why(self, linked_bank, signed_in):
        linked_bank.server.bank.reset_login(linked_bank.link().item.item_id)
        page = signed_in.post(reverse("sync_account", args=[linked_bank.account().pk]), follow=True).content.decode()
        assert "sign in again" in page

    def test_sync_all_syncs_every_connected_account(self, linked_bank, signed_in):
        page = signed_in.post(reverse("sync_all"), follow=True).content.decode()
        assert "Synced 3 accounts." in page
        assert SyncLog.objects.filter(status="success").count() == 3
        assert "nothing to sync" in signed_in.post(reverse("sync_all"), follow=True).content.decode()

    def test_sync_all_without_a_worker_tells_what_could_not_be_synced(self, linked_bank, signed_in):
        linked_bank.server.bank.reset_login(linked_bank.link().item.item_id)
        page = signed_in.post(reverse("sync_all"), follow=True).content.decode()
        assert "3 of 3 accounts could not be synced" in page
        assert "Synced 3" not in page

    def test_balances_are_asked_for_once_a_minute(self, linked_bank, signed_in):
        url = reverse("refresh_balances", args=[linked_bank.account().pk])
        assert "of this moment" in signed_in.post(url, follow=True).content.decode()
        assert linked_bank.account().balance_current is not None
        assert "fresh already" in signed_in.post(url, follow=True).content.decode()
        assert linked_bank.server.calls["/accounts/balance/get"] == 1

    def test_of_a_server_without_credentials_say_that_syncing_is_off(self, linked_bank, signed_in, settings):
        settings.PLAID_CLIENT_ID = ""
        for name in ("sync_account", "refresh_balances"):
            page = signed_in.post(reverse(name, args=[linked_bank.account().pk]), follow=True).content.decode()
            assert "Bank syncing is off" in page

    @pytest.mark.parametrize("name", ["sync_account", "refresh_balances"])
    def test_change_nothing_on_get(self, linked_bank, signed_in, name: str):
        assert signed_in.get(reverse(name, args=[linked_bank.account().pk])).status_code == 405

    def test_lead_back_to_their_page_but_nowhere_else(self, linked_bank, signed_in):
        url = reverse("sync_account", args=[linked_bank.account().pk])
        back = signed_in.post(url, headers={"referer": "http://testserver/accounts/?q=1"})
        assert back["Location"] == "http://testserver/accounts/?q=1"
        away = signed_in.post(url, headers={"referer": "https://evil.example/"})
        assert away["Location"] == linked_bank.account().get_absolute_url()


class TestDisconnect:
    def test_says_what_happens_and_does_it(self, linked_bank, signed_in):
        url = reverse("disconnect", args=[linked_bank.account().pk])
        page = signed_in.get(url).content.decode()
        assert "Platypus Visa ••3333 and Rainy Day Savings ••1111 stay connected" in page
        assert linked_bank.account().is_linked
        after = signed_in.post(url, follow=True).content.decode()
        assert "Its transactions stay." in after

    def test_of_the_last_account_says_that_the_access_ends(self, linked_bank, signed_in):
        for role in ("card", "savings"):
            signed_in.post(reverse("disconnect", args=[linked_bank.account(role).pk]))
        page = signed_in.get(reverse("disconnect", args=[linked_bank.account().pk])).content.decode()
        assert "last account of this sign-in" in page

    def test_says_when_the_access_cannot_be_ended_from_here(self, linked_bank, signed_in):
        PlaidItem.objects.update(access_token="gAAAAA-lost")
        LinkedAccount.objects.exclude(account=linked_bank.account()).delete()
        page = signed_in.get(reverse("disconnect", args=[linked_bank.account().pk])).content.decode()
        assert "my.plaid.com" in page
