"""What is said of the connections on every page, and when it is over."""

import datetime

import pytest
from cryptography.fernet import Fernet
from django.urls import reverse
from django.utils import timezone

from plaid_sync.emulator import errors as bank_errors
from plaid_sync.models import LinkedAccount, PlaidItem
from plaid_sync.notices import KEY_IS_GONE, connection_notices
from plaid_sync.steps import Step
from plaid_sync.tasks import tidy_connections
from tests.plaid_sync.runs import SYNC

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


def said() -> list[tuple[str, str]]:
    return [(notice.sentence, notice.step) for notice in connection_notices(timezone.now())]


def test_a_connection_that_works_is_not_spoken_of(linked_bank):
    linked_bank.sync()
    assert said() == []


def test_a_sign_in_is_asked_for_until_it_has_worked(linked_bank):
    item = linked_bank.link().item
    linked_bank.server.bank.reset_login(item.item_id)
    linked_bank.sync()
    assert said() == [("First Platypus Bank asks you to sign in again.", Step.SIGN_IN)]
    linked_bank.server.bank.repair_login(item.item_id)
    linked_bank.sync()
    assert said() == []


def test_a_revoked_access_asks_for_a_new_connection(linked_bank):
    linked_bank.server.script.refuse(SYNC, bank_errors.item_not_found())
    linked_bank.sync()
    ((sentence, step),) = said()
    assert step == Step.RELINK
    assert sentence.startswith("The access to First Platypus Bank has ended.")


def test_an_account_that_the_bank_lost_is_told_beside_its_working_siblings(linked_bank):
    LinkedAccount.objects.filter(pk=linked_bank.links["card"].pk).update(plaid_account_id="closed")
    linked_bank.sync("card")
    linked_bank.sync("checking")
    assert said() == [("First Platypus Bank no longer shares one of your accounts.", Step.CHOOSE)]


def test_what_is_wrong_with_one_account_outlives_the_error_of_its_login(linked_bank):
    LinkedAccount.objects.filter(pk=linked_bank.links["card"].pk).update(plaid_account_id="closed")
    linked_bank.sync("card")
    item = linked_bank.link().item
    linked_bank.server.bank.reset_login(item.item_id)
    linked_bank.sync()
    linked_bank.server.bank.repair_login(item.item_id)
    linked_bank.sync()
    assert said() == [("First Platypus Bank no longer shares one of your accounts.", Step.CHOOSE)]
    assert linked_bank.account("card").connection_status == "error"
    assert linked_bank.link("card").next_sync_at is None


@pytest.mark.parametrize(("days", "count"), [(-1, 1), (1, 1), (13, 1), (15, 0)])
def test_a_consent_that_ends_within_two_weeks_is_told_ahead(linked_bank, days, count):
    PlaidItem.objects.update(consent_expires_at=timezone.now() + days * DAY)
    notices = connection_notices(timezone.now())
    assert len(notices) == count
    assert all(notice.step == Step.SIGN_IN and notice.is_warning_ahead is (days > 0) for notice in notices)


def test_a_bank_that_is_down_for_the_moment_is_told_on_the_account_only(linked_bank, signed_in):
    linked_bank.server.bank.take_down("ins_109508")
    linked_bank.sync()
    assert said() == []
    assert linked_bank.link().step == Step.WAIT
    page = signed_in.get(linked_bank.account().get_absolute_url()).content.decode()
    assert "First Platypus Bank is temporarily unavailable." in page
    assert "it is tried again, later each time" in page


def test_a_product_that_the_bank_lacks_is_switched_off_without_alarm(linked_bank, signed_in):
    linked_bank.server.script.refuse(SYNC, bank_errors.products_not_supported("transactions"))
    linked_bank.sync("card")
    assert said() == []
    assert linked_bank.account("card").connection_status == "connected"
    assert (linked_bank.link("card").next_sync_at, linked_bank.link("card").step) == (None, Step.NOTHING)
    assert "does not offer this" in signed_in.get(linked_bank.account("card").get_absolute_url()).content.decode()


def test_a_failed_run_names_the_step_until_a_later_one_has_worked(linked_bank, signed_in):
    item = linked_bank.link().item
    linked_bank.server.bank.reset_login(item.item_id)
    run = linked_bank.sync().log
    page = signed_in.get(run.get_absolute_url()).content.decode()
    assert "new ones arrive once you have signed in" in page
    assert page.count("Sign in again") >= 2  # the banner's and the run's
    linked_bank.server.bank.repair_login(item.item_id)
    linked_bank.sync()
    page = signed_in.get(run.get_absolute_url()).content.decode()
    assert "the account has been synced since" in page
    assert "Sign in again" not in page


def test_an_ending_consent_is_told_on_the_accounts_and_once_a_page(linked_bank, signed_in):
    linked_bank.sync()
    item = linked_bank.link().item
    PlaidItem.objects.update(consent_expires_at=timezone.now() + 6 * DAY)
    for address in ("/transactions/", linked_bank.account().get_absolute_url(), "/connections/"):
        page = signed_in.get(address).content.decode()
        assert page.count("Your consent at First Platypus Bank ends on") == 1
        assert reverse("sign_in_again", args=[item.pk]) in page
    assert "Expires soon" in signed_in.get("/accounts/").content.decode()


def test_a_lost_account_is_told_on_the_pages_of_its_siblings_too(linked_bank, signed_in):
    LinkedAccount.objects.filter(pk=linked_bank.links["card"].pk).update(plaid_account_id="closed")
    linked_bank.sync("card")
    words = "no longer shares one of your accounts"
    assert words in signed_in.get(linked_bank.account().get_absolute_url()).content.decode()
    page = signed_in.get(linked_bank.account("card").get_absolute_url()).content.decode()
    assert words not in page
    assert "no longer knows this account" in page


def frame(client):
    """What the frame around every page says of the accounts."""
    page = client.get(reverse("transactions"), follow=True).content.decode()
    return " ".join(page.split())


def test_the_frame_counts_investment_accounts_too(brokerage, signed_in):
    page = frame(signed_in)
    assert "<span>2 accounts linked</span>" in page
    assert "The background worker is not running." in page


def test_the_frame_says_how_many_accounts_of_either_kind_need_a_person(linked_bank, brokerage, signed_in):
    brokerage.server.bank.reset_login(brokerage.link().item.item_id)
    brokerage.sync()
    assert "<span>2 of 5 linked accounts need attention</span>" in frame(signed_in)


class TestAKeyThatIsGone:
    @pytest.fixture
    def key(self, linked_bank, tmp_path):
        """Where the key of the linked bank was, and can be put back."""
        key = tmp_path / "keys" / "token.key"
        key.rename(key.with_suffix(".away"))
        return key

    def test_is_told_at_once_and_for_all_banks_in_one_sentence(self, key):
        assert said() == [(KEY_IS_GONE, Step.CONFIGURE)]

    def test_puts_no_bank_in_error_and_all_goes_on_when_it_is_back(self, linked_bank, key):
        outcome = linked_bank.sync()
        item = linked_bank.link().item
        assert (outcome.log.error_code, outcome.error.step) == ("KEY_LOST", Step.CONFIGURE)
        assert (item.status, item.next_step) == (PlaidItem.Status.ACTIVE, "")
        assert linked_bank.link().next_sync_at > timezone.now()
        assert len(said()) == 1
        key.with_suffix(".away").rename(key)
        linked_bank.sync()
        assert said() == []
        assert linked_bank.rows() == linked_bank.ledger()

    def test_of_one_bank_only_is_that_banks_error_until_it_is_back(self, linked_bank):
        access = linked_bank.link().item.access_token
        PlaidItem.objects.update(access_token=Fernet(Fernet.generate_key()).encrypt(b"{}").decode())
        linked_bank.sync()
        tidy_connections()
        assert [step for _, step in said()] == [Step.RELINK]
        PlaidItem.objects.update(access_token=access)
        tidy_connections()
        assert said() == []
        assert linked_bank.link().next_sync_at <= timezone.now()


def test_a_bank_of_an_environment_that_is_not_in_force_asks_for_nothing(linked_bank):
    linked_bank.server.bank.reset_login(linked_bank.link().item.item_id)
    linked_bank.sync()
    PlaidItem.objects.update(environment="production")
    assert said() == []
