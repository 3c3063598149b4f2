"""The demo inside an install: when it may begin, what its banks bring, and that nothing of it is left."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from django_q.models import OrmQ

from accounts.models import Account, AuditEvent, SavedSetting, Transaction, WorkerHeartbeat
from accounts.worker import beat
from budgetapp.demo_mode.beginning import begin
from budgetapp.demo_mode.connecting import connect_banks
from budgetapp.demo_mode.ending import end_demo
from investments.models import InvestmentAccount, PriceQuote, Security
from plaid_sync import demo
from plaid_sync.disconnect import disconnect
from plaid_sync.emulator.errors import internal_server_error
from plaid_sync.emulator.server import EmulatorServer
from plaid_sync.models import DemoAccount, LinkedAccount, LinkSession, PlaidItem
from plaid_sync.vault import SECRET_NAMES

pytestmark = pytest.mark.django_db

LEFT_BY_PEOPLE_AND_WORKER = {
    "accounts.AuditEvent",
    "accounts.WorkerHeartbeat",
    "auth.User",
    "sessions.Session",
    "django_q.OrmQ",
    "django_q.Task",
    "plaid_sync.TokenKeyFingerprint",
    "investments.MarketSession",  # New York's calendar
}


@pytest.fixture(autouse=True)
def banks(settings, tmp_path: Path) -> Iterator[EmulatorServer]:
    """The banks as the worker runs them; nothing is configured."""
    settings.DATA_DIR, settings.PLAID_TOKEN_ENCRYPTION_KEY, settings.HAS_DATABASE_SERVER = tmp_path, "", False
    settings.PLAID_WEBHOOK_URL, settings.SITE_URL = "http://nobody.invalid/", "http://testserver"
    with EmulatorServer() as server:
        settings.PLAID_EMULATOR_URL = "http://127.0.0.1:1"
        yield server


@pytest.fixture
def begun(admin_user: User) -> str:
    """A demo that has begun; its name."""
    beat()
    begin(by=admin_user, now=timezone.now())
    return demo.name()


@pytest.fixture
def connected(begun: str, banks: EmulatorServer) -> str:
    """A demo whose banks are connected, and nothing of them read yet."""
    demo.note_bank(banks.url, now=timezone.now())
    connect_banks(begun)
    OrmQ.objects.all().delete()
    WorkerHeartbeat.objects.all().delete()
    return begun


@pytest.fixture
def running(begun: str, banks: EmulatorServer) -> str:
    """A demo whose banks are connected and read."""
    demo.note_bank(banks.url, now=timezone.now())
    WorkerHeartbeat.objects.all().delete()  # what is asked for is done here and now
    connect_banks(begun)
    return begun


def everything() -> dict[str, list[object]]:
    """All rows of all tables, but for those that tell who did what."""
    models = [model for model in apps.get_models() if model._meta.label not in LEFT_BY_PEOPLE_AND_WORKER]
    return {model._meta.label: list(model._default_manager.order_by("pk").values()) for model in models}


class TestBeginning:
    def test_one_click_begins_it(self, admin_client: Client, admin_user: User):
        beat()
        assert 'action="/demo/begin/"' in admin_client.get("/welcome/").content.decode()
        answer = admin_client.post("/demo/begin/", follow=True)
        assert answer.redirect_chain == [("/demo/", 302)]
        assert "Starting the simulated banks." in answer.content.decode()
        assert demo.stage() == "connecting"
        assert AuditEvent.objects.get(kind="setting_changed").user == admin_user

    def test_a_second_click_changes_nothing(self, admin_client: Client, begun: str):
        admin_client.post("/demo/begin/")
        assert demo.name() == begun

    def test_a_member_is_told_who_can(self, signed_in: Client):
        beat()
        assert "Whoever runs this server can switch it on here." in signed_in.get("/welcome/").content.decode()
        assert signed_in.post("/demo/begin/").status_code == 403
        assert not demo.is_on()

    def test_without_a_worker_it_says_how_to_start_one(self, admin_client: Client):
        self.assert_refused(admin_client, "Start it: manage.py worker")

    @pytest.mark.parametrize("kind", ["account", "investments", "connection"])
    def test_books_that_hold_something_are_left_alone(self, admin_client: Client, kind: str):
        beat()
        if kind == "account":
            Account.objects.create(name="Wallet")
        elif kind == "investments":
            InvestmentAccount.objects.create(name="Depot")
        else:
            PlaidItem.objects.create(item_id="item", environment="production", status="removal_pending")
        self.assert_refused(admin_client, "There is something in the books already")

    @pytest.mark.parametrize("name", ["PLAID_CLIENT_ID", SECRET_NAMES["sandbox"], "PLAID_ENV"])
    def test_an_install_that_is_set_up_for_real_banks_is_left_alone(self, admin_client: Client, name: str):
        beat()
        SavedSetting.objects.create(pk=name, value="production", changed_at=timezone.now())
        self.assert_refused(admin_client, "set up for an account at Plaid")

    @pytest.mark.parametrize("name", ["PLAID_ENV", "PLAID_CLIENT_ID", "PLAID_SECRET", "PLAID_PRODUCTION_SECRET"])
    def test_so_is_one_that_its_environment_sets_up(self, admin_client: Client, settings, name: str):
        beat()
        setattr(settings, name, "sandbox")
        self.assert_refused(admin_client, "set up for an account at Plaid")

    def test_beside_a_database_server_there_is_none(self, admin_client: Client, settings):
        beat()
        settings.HAS_DATABASE_SERVER = True
        self.assert_refused(admin_client, "its banks live on one machine")

    def assert_refused(self, client: Client, sentence: str) -> None:
        before = everything()
        assert "/demo/begin/" not in client.get("/welcome/").content.decode()
        answer = client.post("/demo/begin/", follow=True)
        assert answer.redirect_chain == [("/welcome/", 302)]
        assert sentence in answer.content.decode()
        assert everything() == before


class TestConnecting:
    def test_brings_two_banks_and_two_brokerages_and_reads_them(self, admin_client: Client, running: str):
        page = admin_client.get("/demo/").content.decode()
        assert "The demo is ready: 9 accounts at 4 simulated banks." in page
        assert "every 2s" not in page
        assert Account.objects.count() == 5
        assert InvestmentAccount.objects.count() == 4
        assert DemoAccount.objects.count() == 9
        assert Transaction.objects.count() > 2000
        assert PriceQuote.objects.filter(source="simulated").exists()

    def test_every_page_says_that_all_of_it_is_made_up(self, admin_client: Client, connected: str):
        account = Account.objects.first()
        for path in (
            "/accounts/",
            f"/accounts/{account.pk}/",
            "/transactions/",
            "/investments/",
            "/settings/",
            "/import/",
        ):
            page = admin_client.get(path).content.decode()
            assert "These banks are made up." in page, path
            assert 'href="/demo/end/"' in page, path

    def test_done_twice_it_brings_nothing_twice(self, connected: str):
        demo.go_to(demo.Stage.CONNECTING, now=timezone.now())
        connect_banks(connected)
        assert PlaidItem.objects.count() == 4
        assert DemoAccount.objects.count() == 9

    def test_a_job_that_comes_after_the_end_does_nothing(self, begun: str, banks: EmulatorServer):
        demo.note_bank(banks.url, now=timezone.now())
        connect_banks("an earlier one")
        demo.go_to(demo.Stage.ENDING, now=timezone.now())
        connect_banks(begun)
        assert not PlaidItem.objects.exists()
        assert banks.calls == {}

    def test_what_goes_wrong_is_told_and_can_be_tried_again(
        self, admin_client: Client, begun: str, banks: EmulatorServer
    ):
        demo.note_bank(banks.url, now=timezone.now())
        banks.script.refuse("/sandbox/public_token/create", internal_server_error(), call=2)
        connect_banks(begun)
        page = admin_client.get("/demo/").content.decode()
        assert "Plaid has a problem of its own." in page
        assert "Try again" in page
        OrmQ.objects.all().delete()
        admin_client.post("/demo/begin/")
        [queued] = OrmQ.objects.all()
        assert queued.task["func"] == "budgetapp.demo_mode.connecting.connect_banks"
        connect_banks(*queued.task["args"])
        assert demo.stage() == "on"
        assert demo.trouble() == ""
        assert PlaidItem.objects.count() == 4


class TestRealBanks:
    """While the demo is on, nothing real comes beside it."""

    SENTENCE = "end the demo first"

    def test_credentials_are_not_taken(self, admin_client: Client, connected: str):
        form = {
            "environment": "production",
            "client_id": "5f0c0f6e7d3c4e0e9a530d9a",
            "secret": "a1b2c3d4e5f60718293a4b5c6d7e9f2c",
            "password": "password",
        }
        answer = admin_client.post("/settings/plaid/", form)
        assert answer.status_code == 422
        assert self.SENTENCE in answer.content.decode()
        assert demo.stage() == "on"
        assert not SavedSetting.objects.filter(pk__startswith="PLAID_CLIENT").exists()

    def test_nor_is_the_environment_followed_that_chooses_real_ones(
        self, admin_client: Client, connected: str, settings
    ):
        settings.PLAID_ENV, settings.PLAID_CLIENT_ID, settings.PLAID_SECRET = "production", "client", "secret"
        page = admin_client.get("/connect/")
        assert page.status_code == 409
        assert "End the demo first" in page.content.decode()
        assert 'href="/demo/end/"' in page.content.decode()
        assert admin_client.get("/connect/brokerage/").status_code == 409
        answer = admin_client.post("/connect/start/", json.dumps({"account": ""}), content_type="application/json")
        assert answer.status_code == 409
        assert self.SENTENCE in answer.json()["message"]
        assert "These banks are made up." in admin_client.get("/accounts/").content.decode()

    def test_an_account_of_ones_own_is_not_fed_by_a_simulated_bank(self, admin_client: Client, connected: str):
        own = Account.objects.create(name="Everyday Checking", account_type="checking")
        assert admin_client.get(f"/connect/?account={own.pk}").status_code == 409
        body = json.dumps({"account": own.pk})
        assert admin_client.post("/connect/start/", body, content_type="application/json").status_code == 409
        LinkedAccount.objects.all().delete()
        visit = LinkSession.objects.order_by("pk").first()
        page = admin_client.get(f"/connect/{visit.pk}/accounts/")
        assert "Everyday Checking ••0000" in page.content.decode()
        assert f'value="{own.pk}"' not in page.content.decode()

    def test_another_simulated_bank_is_and_goes_with_the_others(self, admin_client: Client, connected: str):
        assert admin_client.get("/connect/").status_code == 200
        answer = admin_client.post("/connect/start/", json.dumps({"account": ""}), content_type="application/json")
        assert answer.status_code == 200


class TestEnding:
    def test_leaves_everything_as_it_was(self, admin_client: Client, admin_user: User, banks: EmulatorServer):
        beat()
        before = everything()
        begin(by=admin_user, now=timezone.now())
        demo.note_bank(banks.url, now=timezone.now())
        WorkerHeartbeat.objects.all().delete()
        connect_banks(demo.name())
        answer = admin_client.post("/demo/end/", follow=True)
        assert answer.redirect_chain == [("/welcome/", 302)]
        assert "The demo has ended; nothing of it is left." in answer.content.decode()
        assert "made up" not in admin_client.get("/accounts/").content.decode()
        assert everything() == before

    def test_leaves_alone_what_people_have_added(self, admin_client: Client, connected: str):
        own = Account.objects.create(name="Wallet", account_type="cash")
        Transaction.objects.create(account=own, date="2026-03-14", amount="12.50", source="manual")
        depot = InvestmentAccount.objects.create(name="Depot")
        security = Security.objects.create(
            name="A share", ticker="OWN", close_price="12", close_price_as_of="2026-03-14"
        )
        depot.holdings.create(security=security, as_of_date="2026-03-14", quantity="1", origin="entered")
        page = admin_client.get("/demo/end/").content.decode()
        assert "5 accounts of simulated banks" in page
        assert "4 investment accounts" in page
        assert "Wallet" not in page
        admin_client.post("/demo/end/")
        assert list(Account.objects.all()) == [own]
        assert own.transactions.count() == 1
        assert list(InvestmentAccount.objects.all()) == [depot]
        assert list(Security.objects.values_list("ticker", "close_price")) == [("OWN", 12)]

    def test_takes_along_what_was_disconnected(self, admin_client: Client, connected: str):
        for account in Account.objects.all():
            disconnect(account)
        admin_client.post("/demo/end/")
        assert not Account.objects.exists()

    def test_needs_no_bank(self, admin_client: Client, connected: str, banks: EmulatorServer):
        calls = banks.calls.total()
        admin_client.post("/demo/end/")
        assert banks.calls.total() == calls
        assert not PlaidItem.objects.exists()

    def test_is_the_workers_while_there_is_one(self, admin_client: Client, connected: str):
        beat()
        OrmQ.objects.all().delete()
        page = admin_client.post("/demo/end/", follow=True).content.decode()
        assert "Removing the demo." in page
        assert Account.objects.exists()
        [queued] = OrmQ.objects.all()
        assert queued.task["func"] == "budgetapp.demo_mode.ending.end_demo"
        end_demo()
        assert not Account.objects.exists()
        answer = admin_client.get("/demo/", headers={"HX-Request": "true"})
        assert answer["HX-Redirect"] == "/welcome/"

    def test_is_not_a_members(self, signed_in: Client, connected: str):
        assert signed_in.get("/demo/end/").status_code == 403
        assert signed_in.post("/demo/end/").status_code == 403
        assert "End the demo" not in signed_in.get("/accounts/").content.decode()
        assert demo.stage() == "on"

    def test_another_demo_can_begin_afterwards(self, admin_client: Client, connected: str):
        admin_client.post("/demo/end/")
        beat()
        assert 'action="/demo/begin/"' in admin_client.get("/welcome/").content.decode()
        admin_client.post("/demo/begin/")
        assert demo.name() not in {"", connected}

    def test_a_late_job_deletes_nothing(self, connected: str):
        end_demo()
        assert Account.objects.count() == 5
