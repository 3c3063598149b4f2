"""Signing in again at a bank: the same login, the same rows, and what becomes of accounts whose ids have changed."""

import datetime
import json

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Account, HeldLine, SyncLog
from investments.models import InvestmentAccount
from plaid_sync import attach
from plaid_sync.brokerage import follow
from plaid_sync.emulator import errors as bank_errors
from plaid_sync.linking import read_bank
from plaid_sync.mapping import NEW
from plaid_sync.models import InvestmentLink, LinkedAccount, LinkSession, PlaidItem
from plaid_sync.notices import connection_notices
from plaid_sync.repair import complete, start_repair
from plaid_sync.steps import Step
from plaid_sync.tasks import ask_for_sync
from plaid_sync.vault import decrypt_link_token, encrypt_token
from tests.plaid_sync.visits import GINGHAM, OAUTH, open_session, repair, sign_in_again, visit, visit_brokerage

pytestmark = pytest.mark.django_db
Outcome = LinkSession.Outcome
ADD = LinkSession.Purpose.ADD_ACCOUNTS
EXCHANGE = "/item/public_token/exchange"


@pytest.fixture
def item(linked_bank) -> PlaidItem:
    return linked_bank.link().item


@pytest.fixture
def broken(linked_bank, item) -> PlaidItem:
    """A login whose bank wants a new sign-in, after a first sync of every account."""
    for role in linked_bank.links:
        linked_bank.sync(role)
    linked_bank.server.bank.reset_login(item.item_id)
    linked_bank.sync()
    item.refresh_from_db()
    return item


def ids(linked_bank) -> dict[str, tuple[str, str]]:
    return {role: (linked_bank.link(role).plaid_account_id, linked_bank.link(role).feed) for role in linked_bank.links}


class TestSigningInAgain:
    def test_frees_all_accounts_under_the_ids_and_feeds_that_they_had(self, linked_bank, broken, user):
        before, exchanges = ids(linked_bank), linked_bank.server.calls[EXCHANGE]
        session = repair(linked_bank.server, user, broken)
        assert session.outcome == Outcome.REPAIRED
        assert ids(linked_bank) == before
        assert linked_bank.server.calls[EXCHANGE] == exchanges
        assert (broken.status, broken.error_code, broken.next_step) == (PlaidItem.Status.ACTIVE, "", "")
        assert connection_notices(timezone.now()) == []
        for role in linked_bank.links:
            assert linked_bank.account(role).connection_status == Account.ConnectionStatus.CONNECTED
            assert linked_bank.link(role).next_sync_at <= timezone.now()
            linked_bank.sync(role)
            assert linked_bank.rows(role) == linked_bank.ledger(role)
        assert PlaidItem.objects.count() == 1

    def test_is_taken_up_once(self, linked_bank, broken, user):
        session = repair(linked_bank.server, user, broken)
        asked = linked_bank.server.calls["/accounts/get"]
        complete(session, broken, link_session_id="again")
        assert linked_bank.server.calls["/accounts/get"] == asked
        assert session.outcome == Outcome.REPAIRED

    def test_lasts_half_an_hour(self, linked_bank, broken, user):
        session = start_repair(user, broken, purpose=LinkSession.Purpose.SIGN_IN)
        left = session.expires_at - timezone.now()
        assert datetime.timedelta(minutes=29) < left <= datetime.timedelta(minutes=30)

    def test_that_the_bank_does_not_honour_is_a_failure_that_can_be_tried_again(self, linked_bank, broken, user):
        session = sign_in_again(linked_bank.server, user, broken)
        linked_bank.server.bank.reset_login(broken.item_id)
        complete(session, broken, link_session_id="visit-2")
        broken.refresh_from_db()
        assert (session.outcome, session.error_code) == (Outcome.FAILED, "ITEM_LOGIN_REQUIRED")
        assert broken.next_step == Step.SIGN_IN
        assert session.request_id

    def test_gives_the_consent_that_an_investment_account_lacks(self, bank, follow_institution, user):
        brokerage = follow_institution(GINGHAM)
        item = brokerage.link().item
        at_the_bank = bank.world.items[item.item_id]
        at_the_bank.products, at_the_bank.consented_products = (), ()
        assert brokerage.sync().log.error_code == "ADDITIONAL_CONSENT_REQUIRED"
        (notice,) = connection_notices(timezone.now())
        assert (notice.sentence, notice.step, notice.item) == (
            "Gingham Brokerage needs your consent for one of your accounts.",
            Step.SIGN_IN,
            item,
        )
        repair(bank, user, item)
        assert brokerage.sync().status == SyncLog.Status.SUCCESS
        assert connection_notices(timezone.now()) == []

    def test_asks_for_no_consent_that_nothing_lacks(self, linked_bank, broken, user):
        repair(linked_bank.server, user, broken)
        assert linked_bank.server.world.items[broken.item_id].consented_products == ()

    def test_renews_a_consent(self, bank, user):
        session = visit(bank, user, OAUTH)
        item = session.item
        bank.bank.expire_consent(item.item_id, days=5)
        PlaidItem.objects.update(consent_expires_at=timezone.now() + datetime.timedelta(days=5))
        repair(bank, user, item)
        assert item.consent_expires_at > timezone.now() + datetime.timedelta(days=300)

    def test_a_consent_that_runs_out_is_a_sign_in_that_is_asked_for(self, linked_bank, item):
        linked_bank.server.bank.expire_consent(item.item_id, days=1)
        linked_bank.server.bank.tick(2)
        assert linked_bank.sync().log.error_code == "ITEM_LOGIN_REQUIRED"

    def test_of_a_login_of_another_environment_is_refused_in_words(self, linked_bank, item, signed_in):
        PlaidItem.objects.update(environment="production")
        answer = signed_in.post(reverse("sign_in_again_start", args=[item.pk]))
        assert answer.status_code == 502
        assert "production environment" in answer.json()["message"]


class TestAccountsWhoseIdsHaveChanged:
    def test_go_on_by_type_ending_and_name_without_a_double(self, linked_bank, broken, user):
        bank = linked_bank.server.bank
        row = linked_bank.account().transactions.live().order_by("pk").last()
        row.notes = "kept"
        row.save()
        count = linked_bank.account().transactions.live().count()
        renewed = bank.renew_account(linked_bank.links["checking"].plaid_account_id)
        before = ids(linked_bank)
        repair(linked_bank.server, user, broken)
        after = ids(linked_bank)
        assert after["checking"][0] == renewed
        assert after["checking"][1] != before["checking"][1]
        assert (after["savings"], after["card"]) == (before["savings"], before["card"])
        linked_bank.links["checking"] = linked_bank.link()
        linked_bank.sync()
        assert linked_bank.rows() == linked_bank.ledger()
        account = linked_bank.account()
        assert account.transactions.live().count() == count
        assert account.transactions.live().get(notes="kept").pk == row.pk

    def test_go_on_by_the_banks_own_lasting_id_whatever_else_has_changed(self, bank, user):
        session = visit(bank, user, OAUTH)
        links = attach.attach(session, {offer.id: NEW for offer in attach.offered(session)})
        checking = next(link for link in links if link.account.name == "Total Checking")
        renewed = bank.bank.renew_account(checking.plaid_account_id, mask="9999", name="Sapphire")
        repair(bank, user, session.item)
        checking.refresh_from_db()
        assert (checking.plaid_account_id, checking.account.mask) == (renewed, "9999")

    def test_that_are_not_unique_are_asked(self, linked_bank, broken, user, signed_in):
        bank = linked_bank.server.bank
        card = linked_bank.account("card")
        new_id = bank.renew_account(linked_bank.links["card"].plaid_account_id, mask="7777", name="Platypus Visa")
        session = repair(linked_bank.server, user, broken)
        assert linked_bank.link("card").next_step == Step.CHOOSE
        assert linked_bank.account("card").connection_status == Account.ConnectionStatus.ERROR
        page = signed_in.get(reverse("connect_accounts", args=[session.pk])).content.decode()
        assert "Link to Platypus Visa" in page
        signed_in.post(reverse("connect_accounts", args=[session.pk]), {"bank-0": str(card.pk)})
        link = LinkedAccount.objects.get(account=card)
        assert (link.plaid_account_id, link.next_step) == (new_id, "")
        card.refresh_from_db()
        assert (card.connection_status, card.mask) == (Account.ConnectionStatus.CONNECTED, "7777")
        assert card.transactions.live().count() == len(bank.rows(new_id))

    def test_that_are_gone_keep_their_history_and_say_so(self, linked_bank, broken, user):
        linked_bank.server.bank.revoke_account(linked_bank.links["card"].plaid_account_id)
        count = linked_bank.account("card").transactions.count()
        repair(linked_bank.server, user, broken)
        account = linked_bank.account("card")
        assert account.connection_status == Account.ConnectionStatus.ERROR
        assert account.last_sync_error.startswith("First Platypus Bank no longer shares this account")
        assert (account.transactions.live().count(), linked_bank.link("card").next_sync_at) == (count, None)
        assert linked_bank.account("checking").connection_status == Account.ConnectionStatus.CONNECTED
        assert [notice.step for notice in connection_notices(timezone.now())] == [Step.CHOOSE]

    def test_forget_the_lines_that_could_not_be_read(self, linked_bank, broken, user):
        link = linked_bank.link()
        HeldLine.objects.create(account=link.account, feed=link.feed, reason=HeldLine.Reason.MALFORMED, detail="x")
        linked_bank.server.bank.renew_account(link.plaid_account_id)
        repair(linked_bank.server, user, broken)
        assert not HeldLine.objects.open().exists()


class TestAnAccountThatIsRefusedUnderItsId:
    def test_is_found_again_without_a_sign_in(self, linked_bank, item):
        linked_bank.sync()
        link, count = linked_bank.link(), linked_bank.account().transactions.live().count()
        renewed = linked_bank.server.bank.renew_account(link.plaid_account_id)
        ask_for_sync(link.pk, SyncLog.Trigger.SCHEDULED)
        assert list(SyncLog.objects.order_by("-pk").values_list("trigger", "status")[:2]) == [
            ("retry", "success"),
            ("scheduled", "error"),
        ]
        linked_bank.links["checking"] = linked_bank.link()
        assert linked_bank.link().plaid_account_id == renewed
        assert linked_bank.rows() == linked_bank.ledger()
        assert linked_bank.account().transactions.live().count() == count
        assert linked_bank.account().last_sync_error == ""
        assert renewed in {stored["id"] for stored in item.sessions.get().bank_accounts}

    def test_stays_as_it_is_if_nothing_like_it_is_listed(self, linked_bank):
        link = linked_bank.link("card")
        linked_bank.server.bank.revoke_account(link.plaid_account_id)
        ask_for_sync(link.pk, SyncLog.Trigger.SCHEDULED)
        assert linked_bank.link("card").step == Step.CHOOSE
        assert linked_bank.account("checking").connection_status == Account.ConnectionStatus.CONNECTED

    def test_is_not_asked_for_again_and_again_while_the_bank_lists_it(self, linked_bank):
        linked_bank.server.script.refuse("/transactions/sync", bank_errors.invalid_account_id())
        ask_for_sync(linked_bank.link().pk, SyncLog.Trigger.SCHEDULED)
        assert linked_bank.server.calls["/transactions/sync"] == 1
        assert linked_bank.link().step == Step.CHOOSE


class TestInvestments:
    def test_go_on_under_another_id_and_say_so_when_they_are_gone(self, bank, user, django_capture_on_commit_callbacks):
        session = visit_brokerage(bank, user)
        follow.follow(session, {offer.id: NEW for offer in attach.offered(session)})
        one, two = InvestmentLink.objects.order_by("pk")
        renewed = bank.bank.renew_account(one.plaid_account_id)
        bank.bank.revoke_account(two.plaid_account_id)
        bank.bank.reset_login(session.item.item_id)
        with django_capture_on_commit_callbacks(execute=True):
            repair(bank, user, session.item)
        one.refresh_from_db()
        two.refresh_from_db()
        assert (one.plaid_account_id, one.next_step, one.connection_status) == (renewed, "", "connected")
        assert (two.next_step, two.next_sync_at, two.connection_status) == (Step.CHOOSE, None, "error")
        assert [notice.step for notice in connection_notices(timezone.now())] == [Step.CHOOSE]
        shown = InvestmentAccount.objects.get(key=two.account_key)
        assert shown.last_sync_error.startswith("Gingham Brokerage no longer shares this account")

    def test_that_are_not_unique_are_asked_and_keep_their_place_in_the_portfolio(self, bank, user):
        session = visit_brokerage(bank, user)
        follow.follow(session, {offer.id: NEW for offer in attach.offered(session)})
        ira = InvestmentLink.objects.get(name="Gingham Roth IRA")
        renewed = bank.bank.renew_account(ira.plaid_account_id, mask="9999", name="Retirement")
        visit = repair(bank, user, session.item)
        ira.refresh_from_db()
        assert ira.next_step == Step.CHOOSE
        follow.follow(visit, {renewed: str(ira.account_key)})
        link = InvestmentLink.objects.get(account_key=ira.account_key)
        assert (link.plaid_account_id, link.next_step, link.item.status) == (renewed, "", "active")
        assert InvestmentAccount.objects.count() == InvestmentLink.objects.count() == 2


class TestAddingAccounts:
    @pytest.fixture
    def part(self, bank, user) -> LinkSession:
        """A bank that shares only its checking account, linked."""
        linked = bank.bank.link(roles={"checking"})
        session = open_session(user, outcome=Outcome.EXCHANGED)
        session.item = PlaidItem.objects.create(
            item_id=linked.item_id,
            environment="emulator",
            access_token=encrypt_token(linked.access_token, item_id=linked.item_id),
            has_new_accounts=True,
        )
        session.save()
        read_bank(session, session.item)
        attach.attach(session, {offer.id: NEW for offer in attach.offered(session)})
        return session

    def test_leads_to_the_choice_of_what_each_new_one_is(self, bank, user, part, signed_in):
        session = sign_in_again(bank, user, part.item, purpose=ADD)
        body = {"session": session.pk, "metadata": {"link_session_id": "visit-2"}}
        answer = signed_in.post(reverse("connect_exchange"), json.dumps(body), content_type="application/json")
        url = reverse("connect_accounts", args=[session.pk])
        assert answer.json() == {"next": url}
        assert "Add 2 accounts" in signed_in.get(url).content.decode()
        signed_in.post(url, {"bank-0": "new", "bank-1": "new"})
        assert LinkedAccount.objects.filter(item=part.item).count() == 3
        part.item.refresh_from_db()
        assert not part.item.has_new_accounts

    def test_of_which_none_is_ticked_changes_nothing(self, bank, user, part):
        before = LinkedAccount.objects.get()
        repair(bank, user, part.item, purpose=ADD, roles={"checking"})
        after = LinkedAccount.objects.get()
        assert (after.plaid_account_id, after.feed) == (before.plaid_account_id, before.feed)

    def test_can_take_one_away_and_bring_it_back(self, linked_bank, item, user):
        linked_bank.sync("card")
        count = linked_bank.account("card").transactions.live().count()
        repair(linked_bank.server, user, item, purpose=ADD, roles={"checking", "savings"})
        assert linked_bank.link("card").next_step == Step.CHOOSE
        repair(linked_bank.server, user, item, purpose=ADD)
        assert linked_bank.link("card").next_step == ""
        linked_bank.sync("card")
        assert linked_bank.account("card").connection_status == Account.ConnectionStatus.CONNECTED
        assert linked_bank.account("card").transactions.live().count() == count


class TestAnotherVisit:
    def test_to_a_bank_that_wants_a_sign_in_is_led_there_before_the_exchange(
        self, linked_bank, broken, user, signed_in
    ):
        exchanges = linked_bank.server.calls[EXCHANGE]
        session = visit(linked_bank.server, user)
        assert session.outcome == Outcome.DUPLICATE
        assert linked_bank.server.calls[EXCHANGE] == exchanges
        page = signed_in.get(reverse("connect_accounts", args=[session.pk])).content.decode()
        assert reverse("sign_in_again", args=[broken.pk]) in page.partition("<main")[2]
        assert PlaidItem.objects.count() == 1

    def test_is_led_to_the_connection_that_is_there(self, linked_bank, item, signed_in, settings):
        settings.SITE_URL = "http://testserver"
        page = signed_in.get(reverse("connect")).content.decode()
        assert reverse("add_accounts", args=[item.pk]) in page
        answer = signed_in.get(reverse("connect"), {"account": linked_bank.account().pk})
        assert answer["Location"] == reverse("sign_in_again", args=[item.pk])

    def test_in_update_mode_resumes_with_the_same_token(self, bank, user, signed_in, settings):
        settings.PLAID_REDIRECT_URI = "http://127.0.0.1:8000/oauth-callback"
        item = visit(bank, user, OAUTH).item
        started = signed_in.post(reverse("sign_in_again_start", args=[item.pk])).json()
        session = LinkSession.objects.get(pk=started["session"])
        response = signed_in.get("/oauth-callback?oauth_state_id=1234")
        assert response.context["visit"]["token"] == started["token"] == decrypt_link_token(session)
        assert response.context["again"] == reverse("sign_in_again", args=[item.pk])
