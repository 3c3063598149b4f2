"""Investment accounts: linked from a brokerage or from a bank, left, and deleted, over two databases."""

import json
from decimal import Decimal

import pytest
from django.urls import reverse

from accounts.models import Account
from investments.models import InvestmentAccount
from plaid_sync import attach
from plaid_sync.brokerage import follow, leave
from plaid_sync.disconnect import disconnect as disconnect_bank
from plaid_sync.disconnect import retry_removals
from plaid_sync.linking import LinkSuccess, connect
from plaid_sync.mapping import ASK, NEW, SKIP
from plaid_sync.models import InvestmentLink, LinkedAccount, LinkSession, PlaidItem
from plaid_sync.steps import Step
from plaid_sync.tasks import tidy_connections
from tests.plaid_sync.visits import ARGYLE, GINGHAM, PLATYPUS, TARTAN, open_session, report, visit, visit_brokerage

pytestmark = pytest.mark.django_db
REMOVE, EXCHANGE = "/item/remove", "/item/public_token/exchange"
Status = InvestmentAccount.ConnectionStatus


def by_hand(name: str, **facts) -> InvestmentAccount:
    return InvestmentAccount.objects.create(name=name, **{"institution": "Gingham Brokerage"} | facts)


def follow_all(session: LinkSession, choice: str = NEW) -> list[InvestmentLink]:
    return follow.follow(session, {bank.id: choice for bank in attach.offered(session)})


def proposed(session: LinkSession) -> dict[str, tuple[str, str]]:
    return {row.bank.name: (row.choice, row.reason) for row in follow.proposals(session, session.item)}


class TestBrokerage:
    def test_becomes_accounts_of_the_portfolio_that_share_one_token(self, bank, user):
        session = visit_brokerage(bank, user)
        links = follow_all(session)
        assert {link.state for link in InvestmentLink.objects.all()} == {"active"}
        accounts = InvestmentAccount.objects.order_by("name")
        columns = ("name", "mask", "institution", "account_type", "connection_status")
        assert list(accounts.values_list(*columns)) == [
            ("Gingham Individual", "6011", "Gingham Brokerage", "taxable", "connected"),
            ("Gingham Roth IRA", "6022", "Gingham Brokerage", "roth", "connected"),
        ]
        assert {account.key for account in accounts} == {link.account_key for link in links}
        assert PlaidItem.objects.get().access_token
        assert bank.calls[EXCHANGE] == 1

    def test_choices_that_are_sent_twice_link_once(self, bank, user):
        session = visit_brokerage(bank, user)
        follow_all(session)
        assert follow_all(session) == []
        assert InvestmentAccount.objects.count() == 2

    def test_an_account_kept_by_hand_is_guessed_with_the_reason(self, bank, user):
        mine = by_hand("Retirement", account_type="roth")
        session = visit_brokerage(bank, user)
        assert proposed(session) == {
            "Gingham Individual": (NEW, "Not in your portfolio yet."),
            "Gingham Roth IRA": (str(mine.key), "The only Roth IRA account left at this bank."),
        }

    def test_two_that_would_do_are_asked_and_the_first_is_not_taken(self, bank, user):
        by_hand("One"), by_hand("Two")
        session = visit_brokerage(bank, user)
        assert proposed(session)["Gingham Individual"][0] == ASK

    def test_an_account_kept_by_hand_is_linked_with_all_it_has(self, bank, user):
        mine = by_hand("My stocks", mask="6011")
        session = visit_brokerage(bank, user)
        follow.follow(session, {row.bank.id: row.choice for row in follow.proposals(session, session.item)})
        mine.refresh_from_db()
        assert (mine.name, mine.connection_status) == ("My stocks", "connected")
        assert InvestmentLink.objects.filter(account_key=mine.key).exists()

    def test_an_account_that_is_linked_is_not_offered_again(self, bank, user):
        follow_all(visit_brokerage(bank, user))
        session = visit_brokerage(bank, user, ARGYLE)
        assert [row.accounts for row in follow.proposals(session, session.item)] == [[]]

    def test_that_is_connected_already_is_refused_before_the_exchange(self, bank, user):
        follow_all(visit_brokerage(bank, user))
        session = open_session(user, purpose=LinkSession.Purpose.INVEST)
        connect(session, LinkSuccess.read(report(bank, GINGHAM, ("investments",))))
        assert (session.outcome, bank.calls[EXCHANGE]) == ("duplicate", 1)
        assert session.error_message == "Gingham Brokerage Gingham Individual ••6011 is already connected."

    def test_that_only_a_new_login_can_repair_is_taken_over_by_it(self, bank, user):
        old = visit_brokerage(bank, user)
        follow_all(old)
        PlaidItem.objects.filter(pk=old.item_id).update(status=PlaidItem.Status.ERROR, next_step=Step.RELINK)
        session = visit_brokerage(bank, user)
        choices = {row.bank.id: row.choice for row in follow.proposals(session, session.item)}
        assert NEW not in choices.values()
        follow.follow(session, choices)
        assert set(InvestmentLink.objects.values_list("item_id", flat=True)) == {session.item_id}
        assert InvestmentAccount.objects.count() == 2
        assert PlaidItem.objects.get(pk=old.item_id).status == PlaidItem.Status.REMOVED

    def test_all_of_which_is_left_out_is_given_back(self, bank, user):
        session = visit_brokerage(bank, user)
        choices = {offer.id: SKIP for offer in attach.offered(session)}
        assert (follow.follow(session, choices), attach.attach(session, choices)) == ([], [])
        assert bank.calls[REMOVE] == 1
        assert not InvestmentAccount.objects.exists()


class TestBankWithInvestments:
    PRODUCTS = ("transactions", "investments")

    def test_is_offered_on_the_page_of_the_bank(self, bank, user, signed_in):
        session = visit(bank, user, TARTAN, self.PRODUCTS)
        page = signed_in.get(reverse("connect_accounts", args=[session.pk])).content.decode()
        assert "Tartan Automatic Investing" in page
        assert "Add to your investments" in page

    def test_feeds_books_and_portfolio_through_one_token(self, bank, user):
        session = visit(bank, user, TARTAN, self.PRODUCTS)
        (link,) = follow_all(session)
        links = attach.attach(session, {offer.id: NEW for offer in attach.offered(session)})
        assert {linked.item_id for linked in links} == {link.item_id}
        assert PlaidItem.objects.count() == 1

    def test_is_offered_later_when_it_was_left_out(self, bank, user):
        session = visit(bank, user, TARTAN, self.PRODUCTS)
        attach.attach(session, {offer.id: NEW for offer in attach.offered(session)})
        (offer,) = follow.followable()
        assert (offer.institution, [str(each) for each in offer.banks]) == (
            "Tartan Bank",
            ["Tartan Automatic Investing ••5511"],
        )
        follow_all(offer.session)
        assert follow.followable() == []

    def test_without_consent_is_not_offered(self, bank, user, signed_in):
        session = visit(bank, user, TARTAN)
        page = signed_in.get(reverse("connect_accounts", args=[session.pk])).content.decode()
        assert follow.open_accounts(session) == []
        assert "Not synced" in page


class TestStepThatStopped:
    def test_between_the_databases_is_finished_by_the_hourly_job(self, bank, user):
        link, other = follow_all(visit_brokerage(bank, user))
        InvestmentAccount.objects.filter(key=link.account_key).delete()
        InvestmentLink.objects.filter(pk=link.pk).update(state="attaching")
        InvestmentLink.objects.filter(pk=other.pk).update(state="detaching")
        tidy_connections()
        assert InvestmentLink.objects.get().state == "active"
        states = InvestmentAccount.objects.order_by("name").values_list("name", "connection_status")
        assert list(states) == [("Gingham Individual", "connected"), ("Gingham Roth IRA", "disconnected")]


class TestPages:
    def test_a_brokerage_is_connected_through_its_own_page(self, bank, signed_in, settings):
        settings.SITE_URL = "http://testserver"
        page = signed_in.get(reverse("connect_brokerage")).content.decode()
        assert "purchases, sales, dividends and fees" in page
        assert reverse("connect_brokerage_start") in page
        answer = signed_in.post(reverse("connect_brokerage_start"), "{}", content_type="application/json").json()
        token = bank.world.link_tokens[answer["token"]]
        assert token.products == ("investments",)
        assert token.consented_products == ("transactions", "liabilities")
        assert LinkSession.objects.get().purpose == "invest"

    def test_the_exchange_leads_to_the_choice_and_on(self, bank, user, signed_in):
        session = open_session(user, purpose=LinkSession.Purpose.INVEST)
        body = {"session": session.pk, **report(bank, GINGHAM, ("investments",))}
        answer = signed_in.post(reverse("connect_exchange"), json.dumps(body), content_type="application/json")
        mapping = answer.json()["next"]
        assert "Gingham Roth IRA" in signed_in.get(mapping).content.decode()
        response = signed_in.post(mapping, {"bank-0": NEW, "bank-1": SKIP})
        assert response.status_code == 302
        assert [account.name for account in InvestmentAccount.objects.all()] == ["Gingham Individual"]

    def test_one_account_is_not_chosen_for_two(self, bank, user, signed_in):
        mine = by_hand("Mine")
        session = visit_brokerage(bank, user)
        chosen = {"bank-0": str(mine.key), "bank-1": str(mine.key)}
        response = signed_in.post(reverse("connect_accounts", args=[session.pk]), chosen)
        assert response.status_code == 422
        assert not InvestmentLink.objects.exists()


class TestLeaving:
    def test_keeps_the_account_and_ends_the_login_with_the_last(self, bank, user):
        first, second = follow_all(visit_brokerage(bank, user))
        accounts = {link.pk: InvestmentAccount.objects.get(key=link.account_key) for link in (first, second)}
        leave.disconnect(accounts[first.pk])
        assert bank.calls[REMOVE] == 0
        item = leave.disconnect(accounts[second.pk])
        assert (item.status, bank.calls[REMOVE]) == (PlaidItem.Status.REMOVED, 1)
        assert set(InvestmentAccount.objects.values_list("connection_status", flat=True)) == {Status.DISCONNECTED}
        assert not InvestmentLink.objects.exists()

    def test_the_last_bank_account_leaves_the_login_to_the_investments(self, bank, user):
        session = visit(bank, user, TARTAN, ("transactions", "investments"))
        (link,) = follow_all(session)
        attach.attach(session, {offer.id: NEW for offer in attach.offered(session)})
        assert leave.siblings(link) == ["Tartan Checking ••5500", "Tartan Mortgage ••5522", "Tartan Student ••5533"]
        for account in Account.objects.all():
            disconnect_bank(account)
        assert not LinkedAccount.objects.exists()
        assert bank.calls[REMOVE] == 0
        leave.disconnect(InvestmentAccount.objects.get())
        assert bank.calls[REMOVE] == 1

    def test_a_deleted_account_takes_all_it_has_with_it(self, bank, user):
        first, _second = follow_all(visit_brokerage(bank, user))
        account = InvestmentAccount.objects.get(key=first.account_key)
        account.transactions.create(date="2026-11-20", kind="deposit", amount=Decimal(-5))
        leave.delete(account)
        assert [link.name for link in InvestmentLink.objects.all()] == ["Gingham Roth IRA"]
        assert InvestmentAccount.objects.count() == 1
        assert bank.calls[REMOVE] == 0

    def test_an_account_kept_by_hand_is_deleted_too(self):
        leave.delete(by_hand("Mine"))
        assert not InvestmentAccount.objects.exists()

    def test_what_only_investments_use_is_no_unused_login(self, bank, user):
        follow_all(visit_brokerage(bank, user))
        visit(bank, user, PLATYPUS)
        PlaidItem.objects.update(created_at="2026-01-01T00:00Z")
        retry_removals()
        assert bank.calls[REMOVE] == 1
        assert PlaidItem.objects.active().get().institution == "Gingham Brokerage"
