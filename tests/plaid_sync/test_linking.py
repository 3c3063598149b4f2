from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import DatabaseError, connections
from django.utils import timezone

from accounts.models import Account
from plaid_sync import attach
from plaid_sync.duplicates import connected_twin
from plaid_sync.emulator import errors as bank_errors
from plaid_sync.emulator.institutions import INSTITUTIONS
from plaid_sync.linking import LinkSuccess, connect, read_bank
from plaid_sync.mapping import ASK, NEW, SKIP
from plaid_sync.models import LinkedAccount, LinkSession, PlaidItem
from plaid_sync.steps import Step
from plaid_sync.vault import decrypt_token
from plaid_sync.visits import client_user_id, forget_expired, leave
from tests.plaid_sync.visits import OAUTH, PLATYPUS, open_session, report, visit

pytestmark = pytest.mark.django_db
Outcome = LinkSession.Outcome
EXCHANGE, REMOVE = "/item/public_token/exchange", "/item/remove"


def local(name: str, account_type: str = "checking", institution: str = "First Platypus Bank", **rest) -> Account:
    return Account.objects.create(name=name, account_type=account_type, institution=institution, **rest)


def link_all(session: LinkSession) -> list[LinkedAccount]:
    return attach.attach(session, {row.bank.id: row.choice for row in attach.proposals(session, session.item)})


class TestSuccess:
    def test_becomes_a_connection_with_an_encrypted_token(self, bank, user):
        session = visit(bank, user)
        item = session.item
        assert session.outcome == Outcome.EXCHANGED
        assert (item.institution_id, item.institution, item.environment) == (
            PLATYPUS,
            "First Platypus Bank",
            "emulator",
        )
        token = decrypt_token(item)
        assert token.startswith("access-")
        assert token not in item.access_token
        assert [row["name"] for row in session.bank_accounts] == [
            "Everyday Checking",
            "Rainy Day Savings",
            "Platypus Visa",
        ]

    def test_reported_twice_is_exchanged_once(self, bank, user):
        session, success = open_session(user), LinkSuccess.read(report(bank))
        connect(session, success)
        connect(session, success)
        assert session.outcome == Outcome.EXCHANGED
        assert bank.calls[EXCHANGE] == 1
        assert PlaidItem.objects.count() == 1

    @pytest.mark.django_db(transaction=True)
    def test_reported_eight_times_at_once_is_exchanged_once(self, bank, user):
        session, success = open_session(user), LinkSuccess.read(report(bank))

        def submit(_n: int) -> None:
            try:
                connect(LinkSession.objects.get(pk=session.pk), success)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(submit, range(8)))
        assert bank.calls[EXCHANGE] == 1
        assert PlaidItem.objects.count() == 1

    def test_with_a_spent_public_token_says_to_start_again(self, bank, user):
        success = LinkSuccess.read(report(bank))
        connect(open_session(user), success)
        PlaidItem.objects.update(institution_id="another")
        session = open_session(user)
        connect(session, success)
        assert (session.outcome, session.error_code) == (Outcome.FAILED, "INVALID_PUBLIC_TOKEN")
        assert "start again" in session.error_message

    def test_that_cannot_be_stored_is_given_back(self, bank, user, settings):
        settings.PLAID_TOKEN_ENCRYPTION_KEY = "damaged"
        session = visit(bank, user)
        assert session.outcome == Outcome.FAILED
        assert "PLAID_TOKEN_ENCRYPTION_KEY" in session.error_message
        assert (bank.calls[EXCHANGE], bank.calls[REMOVE]) == (1, 1)
        assert not PlaidItem.objects.exists()

    def test_is_kept_when_the_accounts_cannot_be_read_and_they_are_read_later(self, bank, user):
        bank.script.refuse("/accounts/get", bank_errors.institution_down())
        session = visit(bank, user)
        assert (session.outcome, session.error_code, session.bank_accounts) == (
            Outcome.EXCHANGED,
            "INSTITUTION_DOWN",
            [],
        )
        read_bank(session, session.item)
        assert (len(session.bank_accounts), session.error_message) == (3, "")

    def test_that_the_database_refuses_is_given_back(self, bank, user):
        success = LinkSuccess.read(report(bank))
        (item_id,) = bank.world.items
        PlaidItem.objects.create(item_id=item_id, environment="emulator")
        with pytest.raises(DatabaseError):
            connect(open_session(user), success)
        assert (bank.calls[EXCHANGE], bank.calls[REMOVE]) == (1, 1)

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"public_token": "public-sandbox-1"},
            {"public_token": "public-sandbox-1", "metadata": {"accounts": [1]}},
            {"public_token": "access-sandbox-1", "metadata": {}},
            {"public_token": 7, "metadata": {}},
        ],
    )
    def test_has_to_look_like_links_report(self, body):
        with pytest.raises(ValueError, match="not what Plaid Link reports"):
            LinkSuccess.read(body)


class TestABankThatIsConnected:
    def test_is_refused_before_the_exchange(self, bank, user):
        link_all(visit(bank, user))
        session = visit(bank, user)
        assert session.outcome == Outcome.DUPLICATE
        assert session.error_message == "First Platypus Bank Everyday Checking ••0000 is already connected."
        assert bank.calls[EXCHANGE] == 1

    def test_is_refused_after_the_exchange_if_the_browser_kept_it_quiet(self, bank, user):
        first = visit(bank, user)
        link_all(first)
        session = open_session(user)
        quiet = report(bank)
        quiet["metadata"] = {"institution": None, "accounts": []}
        connect(session, LinkSuccess.read(quiet))
        assert (session.outcome, session.item) == (Outcome.DUPLICATE, first.item)
        assert bank.calls[REMOVE] == 1
        assert PlaidItem.objects.active().count() == 1

    def test_does_not_keep_another_bank_out(self, bank, user):
        link_all(visit(bank, user))
        assert visit(bank, user, OAUTH).outcome == Outcome.EXCHANGED

    def test_whose_access_has_ended_may_be_connected_again(self, bank, user):
        link_all(visit(bank, user))
        PlaidItem.objects.update(status=PlaidItem.Status.ERROR, next_step=Step.RELINK)
        assert visit(bank, user).outcome == Outcome.EXCHANGED

    def test_whose_token_is_unreadable_may_be_connected_again_and_is_replaced(self, bank, user):
        old = visit(bank, user)
        accounts = {linked.account_id: linked.feed for linked in link_all(old)}
        PlaidItem.objects.update(access_token="gAAAAA-from-another-machine")
        session = visit(bank, user)
        links = link_all(session)
        assert {linked.account_id for linked in links} == set(accounts)
        assert not {linked.feed for linked in links} & set(accounts.values())
        old.item.refresh_from_db()
        assert (old.item.status, old.item.access_token) == (PlaidItem.Status.REMOVED, "")
        assert set(Account.objects.values_list("connection_status", flat=True)) == {"connected"}

    def test_is_known_by_what_it_listed_after_the_user_who_linked_it_has_gone(self, bank, user):
        session = visit(bank, user)
        links = link_all(session)
        Account.objects.filter(pk=links[0].account_id).update(name="My own words")
        user.delete()
        twin = connected_twin(PLATYPUS, [("Everyday Checking", "0000")])
        assert twin is not None
        assert twin.item == session.item


class TestLeaving:
    def test_with_an_error_is_kept_with_its_references(self, user):
        session = open_session(user)
        leave(
            session,
            error={"error_code": "INVALID_CREDENTIALS", "error_message": "wrong", "display_message": "Wrong password."},
            metadata={"status": "requires_credentials", "request_id": "r1", "link_session_id": "s1"},
        )
        assert session.outcome == Outcome.FAILED
        assert (session.error_code, session.error_message) == ("INVALID_CREDENTIALS", "Wrong password.")
        assert (session.request_id, session.link_session_id) == ("r1", "s1")

    def test_without_an_error_is_no_failure(self, user):
        session = open_session(user)
        leave(session, error=None, metadata={"status": "requires_credentials"})
        assert (session.outcome, session.error_code) == (Outcome.EXITED, "")

    def test_after_the_success_changes_nothing(self, bank, user):
        session = visit(bank, user)
        leave(session, error={"error_code": "LATE"}, metadata={})
        assert (session.outcome, session.error_code) == (Outcome.EXCHANGED, "")

    def test_by_closing_the_window_ends_the_visit_when_its_token_expires(self, user):
        session = open_session(user, link_token="encrypted")
        LinkSession.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        forget_expired()
        session.refresh_from_db()
        assert (session.outcome, session.link_token) == (Outcome.EXITED, "")


class TestAccounts:
    def test_that_the_books_do_not_have_are_added(self, bank, user):
        links = link_all(visit(bank, user))
        rows = Account.objects.order_by("pk").values_list(
            "name", "account_type", "mask", "currency", "connection_status"
        )
        assert list(rows) == [
            ("Everyday Checking", "checking", "0000", "USD", "connected"),
            ("Rainy Day Savings", "savings", "1111", "USD", "connected"),
            ("Platypus Visa", "credit", "3333", "USD", "connected"),
        ]
        assert {linked.account.institution for linked in links} == {"First Platypus Bank"}
        assert len({linked.feed for linked in links}) == 3
        assert all(linked.feed.startswith("plaid:") for linked in links)

    def test_that_the_books_have_are_linked_with_their_siblings(self, bank, user):
        checking = local("Household", institution="first platypus  bank")
        savings = local("Rainy day savings", "savings")
        link_all(visit(bank, user, account=checking))
        checking.refresh_from_db()
        savings.refresh_from_db()
        assert (checking.name, checking.mask, checking.institution) == ("Household", "0000", "First Platypus Bank")
        assert (savings.mask, savings.connection_status) == ("1111", "connected")
        assert Account.objects.count() == 3

    def test_of_which_two_would_do_are_asked_about(self, bank, user):
        local("One")
        local("Two")
        session = visit(bank, user)
        choices = {row.bank.name: row.choice for row in attach.proposals(session, session.item)}
        assert choices == {"Everyday Checking": ASK, "Rainy Day Savings": NEW, "Platypus Visa": NEW}

    def test_that_are_linked_elsewhere_are_not_offered(self, bank, user):
        link_all(visit(bank, user, OAUTH))
        local("Free")
        session = visit(bank, user)
        offered = {account.name for row in attach.proposals(session, session.item) for account in row.accounts}
        assert offered == {"Free"}

    def test_that_were_linked_meanwhile_are_refused(self, bank, user):
        mine = local("Mine")
        other = visit(bank, user, OAUTH)
        checking = next(row.bank for row in attach.proposals(other, other.item) if row.bank.subtype == "checking")
        attach.attach(other, {checking.id: str(mine.pk)})
        session = visit(bank, user)
        first = attach.offered(session)[0]
        with pytest.raises(attach.ChoiceTaken, match="already connected"):
            attach.attach(session, {first.id: str(mine.pk)})
        assert LinkedAccount.objects.count() == 1

    def test_chosen_twice_with_the_same_choices_are_linked_once(self, bank, user):
        session = visit(bank, user)
        choices = {row.bank.id: NEW for row in attach.proposals(session, session.item)}
        assert len(attach.attach(session, choices)) == 3
        assert attach.attach(session, choices) == []
        assert Account.objects.count() == 3

    def test_that_were_left_out_can_be_added_later(self, bank, user):
        session = visit(bank, user)
        first, *others = attach.proposals(session, session.item)
        attach.attach(session, {first.bank.id: NEW, **{row.bank.id: SKIP for row in others}})
        assert [row.bank for row in attach.connected(session)] == [first.bank]
        assert len(link_all(session)) == 2

    def test_all_left_out_give_the_login_back(self, bank, user):
        session = visit(bank, user)
        attach.attach(session, {})
        session.item.refresh_from_db()
        assert (session.item.status, session.item.access_token) == (PlaidItem.Status.REMOVED, "")
        assert bank.calls[REMOVE] == 1
        with pytest.raises(attach.ChoiceTaken, match="ended"):
            attach.attach(session, {})


def test_plaid_knows_the_household_by_a_name_that_stays_and_says_nothing(settings):
    first = client_user_id()
    assert first == client_user_id()
    assert settings.SECRET_KEY[:8] not in first
    assert len(first) == 32


def test_the_emulators_first_bank_has_what_these_tests_expect():
    assert [plan.mask for plan in INSTITUTIONS[PLATYPUS].plans] == ["0000", "1111", "3333"]
