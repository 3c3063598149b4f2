import datetime
import logging
import re
from collections.abc import Iterator

import pytest
from cryptography.fernet import Fernet
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from django_q.models import OrmQ, Task
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import Account, AuditEvent, SavedSetting, WorkerHeartbeat
from accounts.saved_settings import effective, read_anew
from accounts.worker import beat
from plaid_sync import credentials
from plaid_sync.emulator.routes import Keys
from plaid_sync.emulator.server import EmulatorServer
from plaid_sync.models import InvestmentLink, LinkedAccount, PlaidItem, WebhookEvent
from plaid_sync.pacing import sync_interval
from plaid_sync.vault import encrypt_token

pytestmark = pytest.mark.django_db

PASSWORD = "the owner's password"
CLIENT_ID = "5f0c0f6e7d3c4e0e9a530d9a"
SECRET = "a1b2c3d4e5f60718293a4b5c6d7e9f2c"
SANDBOX = {"environment": "sandbox", "client_id": CLIENT_ID, "secret": SECRET, "password": PASSWORD}


@pytest.fixture(autouse=True)
def _an_install_without_plaid(settings: Settings, tmp_path) -> None:
    settings.DATA_DIR = tmp_path
    settings.PLAID_ENV = settings.PLAID_CLIENT_ID = settings.PLAID_SECRET = ""
    settings.PLAID_TOKEN_ENCRYPTION_KEY, settings.HAS_DATABASE_SERVER = "", False
    settings.HOUSEHOLD_TIME_ZONE = ""


@pytest.fixture
def owner(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("olga", password=PASSWORD))
    return client


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[EmulatorServer]:
    """What answers where Plaid's sandbox would, and knows the keys of these tests only."""
    with EmulatorServer(keys=Keys(CLIENT_ID, SECRET)) as server:
        monkeypatch.setitem(credentials._HOSTS, "sandbox", server.url)
        yield server


def shown(client: Client) -> str:
    return " ".join(client.get("/settings/").content.decode().split())


def item(environment: str = "sandbox", institution: str = "First Platypus Bank") -> PlaidItem:
    name = f"item-{institution}"
    token = encrypt_token("access-sandbox-0001", item_id=name)
    return PlaidItem.objects.create(item_id=name, institution=institution, access_token=token, environment=environment)


def linked(of: PlaidItem, **facts) -> LinkedAccount:
    account = Account.objects.create(name="Checking", institution=of.institution, connection_status="connected")
    return LinkedAccount.objects.create(
        account=account, item=of, plaid_account_id="a", feed=f"plaid:{of.pk}", history_status=HISTORY, **facts
    )


HISTORY = LinkedAccount.History.HISTORICAL


class TestPlaid:
    def test_saved_credentials_hold_at_once(self, owner: Client, sandbox: EmulatorServer):
        assert owner.post("/accounts/sync/", follow=True).content.decode().count("Bank syncing is off") > 0
        response = owner.post("/settings/plaid/", SANDBOX)
        assert response["Location"] == "/settings/#plaid"
        assert owner.post("/connect/start/", "{}", content_type="application/json").status_code == 200
        assert sandbox.calls["/link/token/create"] == 1

    def test_the_secret_is_on_no_page_and_in_no_row_or_log(
        self, owner: Client, sandbox: EmulatorServer, caplog: pytest.LogCaptureFixture
    ):
        caplog.set_level(logging.DEBUG)
        pages = [owner.post("/settings/plaid/", SANDBOX, follow=True).content.decode()]
        pages.append(owner.post("/settings/plaid/", SANDBOX | {"password": "wrong"}).content.decode())
        pages.append(owner.post("/settings/plaid/test/", follow=True).content.decode())
        pages += [owner.get(path).content.decode() for path in ("/settings/", "/connect/", "/accounts/", "/admin/")]
        assert all(SECRET not in page for page in pages)
        assert SECRET not in caplog.text
        rows = [*SavedSetting.objects.values_list(), *AuditEvent.objects.values_list()]
        rows += [*OrmQ.objects.values_list(), *Task.objects.values_list()]
        assert SECRET not in str(rows)

    def test_only_the_end_of_a_saved_secret_is_shown_and_since_when(self, owner: Client):
        owner.post("/settings/plaid/", SANDBOX)
        SavedSetting.objects.update(changed_at=timezone.now() - datetime.timedelta(days=3))
        assert re.search(r"Sandbox secret: ends <code>9f2c</code>, set <time[^>]*>3 days ago", shown(owner))

    def test_of_a_short_secret_not_even_the_end_is_shown(self, owner: Client):
        owner.post("/settings/plaid/", SANDBOX | {"secret": "short-one"})
        page = shown(owner)
        assert "Sandbox secret: set" in page
        assert "-one" not in page

    def test_an_empty_secret_keeps_the_saved_one(self, owner: Client):
        owner.post("/settings/plaid/", SANDBOX)
        before = SavedSetting.objects.get(pk="PLAID_SANDBOX_SECRET")
        owner.post("/settings/plaid/", SANDBOX | {"secret": "", "client_id": "another-client-id"})
        assert SavedSetting.objects.get(pk="PLAID_SANDBOX_SECRET").value == before.value
        assert effective("PLAID_CLIENT_ID") == "another-client-id"

    def test_the_form_sent_back_as_it_came_changes_nothing(self, owner: Client):
        owner.post("/settings/plaid/", SANDBOX)
        rows = list(SavedSetting.objects.order_by("pk").values_list())
        page = owner.post("/settings/plaid/", SANDBOX | {"secret": ""}, follow=True).content.decode()
        assert "Nothing was changed" in page
        assert list(SavedSetting.objects.order_by("pk").values_list()) == rows

    @pytest.mark.parametrize("password", ["", "wrong"])
    def test_without_the_password_nothing_is_changed(self, owner: Client, password: str):
        response = owner.post("/settings/plaid/", SANDBOX | {"password": password})
        assert response.status_code == 422
        assert not SavedSetting.objects.exists()
        assert not AuditEvent.objects.filter(kind="setting_changed").exists()

    @pytest.mark.parametrize(
        "change", [{"secret": ""}, {"client_id": ""}, {"secret": "with a space in it"}, {"environment": "development"}]
    )
    def test_what_plaid_would_refuse_is_refused(self, owner: Client, change: dict[str, str]):
        assert owner.post("/settings/plaid/", SANDBOX | change).status_code == 422
        assert not SavedSetting.objects.exists()

    def test_a_secret_needs_the_environment_that_it_belongs_to(self, owner: Client):
        response = owner.post("/settings/plaid/", SANDBOX | {"environment": ""})
        assert "a secret belongs to one of them" in response.content.decode()

    def test_each_environment_keeps_a_secret_of_its_own(self, owner: Client):
        owner.post("/settings/plaid/", SANDBOX)
        production = SANDBOX | {"environment": "production"}
        assert owner.post("/settings/plaid/", production | {"secret": ""}).status_code == 422
        owner.post("/settings/plaid/", production | {"secret": "f" * 26 + "0042"})
        page = shown(owner)
        assert "Sandbox secret: ends <code>9f2c</code>" in page
        assert "Production secret: ends <code>0042</code>" in page
        owner.post("/settings/plaid/", SANDBOX | {"secret": ""})
        assert credentials.credentials() == credentials.Credentials(
            "sandbox", CLIENT_ID, SECRET, "https://sandbox.plaid.com"
        )

    def test_every_change_is_noted_without_its_value(self, owner: Client):
        owner.post("/settings/plaid/", SANDBOX)
        changes = (
            AuditEvent.objects.filter(kind="setting_changed").order_by("about").values_list("about", "user__username")
        )
        assert list(changes) == [(name, "olga") for name in ("PLAID_CLIENT_ID", "PLAID_ENV", "PLAID_SANDBOX_SECRET")]
        assert "Plaid secret for sandbox</span>" in shown(owner)
        assert "changed by olga" in shown(owner)

    def test_what_the_environment_gives_is_locked_and_wins(self, owner: Client, settings: Settings):
        settings.PLAID_ENV, settings.PLAID_CLIENT_ID, settings.PLAID_SECRET = "sandbox", CLIENT_ID, SECRET
        page = shown(owner)
        for variable in ("PLAID_ENV", "PLAID_CLIENT_ID", "PLAID_SECRET"):
            assert f"{variable}</span>" in page
        assert 'name="secret"' not in page
        assert SECRET not in page
        owner.post("/settings/plaid/", {**SANDBOX, "environment": "production", "secret": "another-secret-typed-in"})
        assert not SavedSetting.objects.exists()

    def test_a_secret_can_be_forgotten_with_the_password(self, owner: Client):
        owner.post("/settings/plaid/", SANDBOX)
        owner.post("/settings/plaid/secret/sandbox/forget/", {"password": "wrong"})
        assert SavedSetting.objects.filter(pk="PLAID_SANDBOX_SECRET").exists()
        owner.post("/settings/plaid/secret/sandbox/forget/", {"password": PASSWORD})
        assert not SavedSetting.objects.filter(pk="PLAID_SANDBOX_SECRET").exists()
        assert not credentials.is_configured()
        assert owner.post("/settings/plaid/secret/moon/forget/", {"password": PASSWORD}).status_code == 404

    def test_who_is_no_superuser_sees_the_state_but_changes_nothing(self, signed_in: Client):
        page = shown(signed_in)
        assert "Whoever runs this server decides" in page
        assert 'name="secret"' not in page
        for path in ("/settings/plaid/", "/settings/plaid/test/", "/settings/plaid/secret/sandbox/forget/"):
            assert signed_in.post(path, SANDBOX).status_code == 403
        assert not SavedSetting.objects.exists()

    def test_banks_of_another_environment_are_kept_and_told_about(self, owner: Client):
        owner.post("/settings/plaid/", SANDBOX)
        item("production")
        item("sandbox", "Tartan Bank")
        assert "1 bank of production is kept but not synced while sandbox is on" in shown(owner)

    def test_a_page_costs_a_fixed_number_of_queries(
        self, owner: Client, django_assert_num_queries: DjangoAssertNumQueries
    ):
        owner.post("/settings/plaid/", SANDBOX)
        for number in range(8):
            linked(item("sandbox", f"Bank {number}"))
        with django_assert_num_queries(17):
            owner.get("/settings/")


class TestTrial:
    def test_says_that_plaid_accepts_the_credentials(self, owner: Client, sandbox: EmulatorServer):
        owner.post("/settings/plaid/", SANDBOX)
        page = owner.post("/settings/plaid/test/", follow=True).content.decode()
        assert "Plaid accepts the credentials for sandbox" in page

    def test_says_that_the_secret_is_that_of_another_environment(self, owner: Client, sandbox: EmulatorServer):
        owner.post("/settings/plaid/", SANDBOX | {"secret": "f" * 30})
        page = owner.post("/settings/plaid/test/", follow=True).content.decode()
        assert "does not know this client id and secret in sandbox" in page

    def test_says_that_the_redirect_uri_is_not_registered(
        self, owner: Client, sandbox: EmulatorServer, settings: Settings
    ):
        settings.PLAID_REDIRECT_URI = "http://money.example.org/oauth-callback"  # Plaid wants https
        owner.post("/settings/plaid/", SANDBOX)
        page = owner.post("/settings/plaid/test/", follow=True).content.decode()
        assert "but not the redirect URI. Add http://money.example.org/oauth-callback in Plaid" in page

    def test_says_how_to_start_a_simulated_bank_that_does_not_answer(self, owner: Client, settings: Settings):
        with EmulatorServer() as ended:
            settings.PLAID_EMULATOR_URL = ended.url
        owner.post("/settings/plaid/", {"environment": "emulator", "password": PASSWORD})
        page = owner.post("/settings/plaid/test/", follow=True).content.decode()
        assert "Start it in a terminal: python manage.py plaid_emulator" in page

    def test_without_credentials_nobody_is_asked(self, owner: Client):
        assert "Bank syncing is off" in owner.post("/settings/plaid/test/", follow=True).content.decode()


class TestAddresses:
    def test_are_ready_to_copy_with_what_they_lack(self, owner: Client):
        page = shown(owner)
        assert 'data-copy="http://127.0.0.1:8000/oauth-callback"' in page
        assert 'data-copy="http://127.0.0.1:8000/webhooks/plaid/"' in page
        assert "You have opened BudgetApp at testserver, but SITE_URL says 127.0.0.1:8000." in page
        assert "Plaid calls only https addresses" in page

    def test_of_webhooks_say_when_the_last_one_came(self, owner: Client):
        assert "The last one came" not in shown(owner)
        WebhookEvent.objects.create(
            received_at=timezone.now() - datetime.timedelta(minutes=5, seconds=3), fingerprint="a"
        )
        assert "The last one came 5 minutes ago." in shown(owner)
        WebhookEvent.objects.create(received_at=timezone.now(), fingerprint="b")
        assert "The last one came just now." in shown(owner)

    def test_that_are_https_and_where_the_visitor_is_fulfil_everything(self, owner: Client, settings: Settings):
        settings.SITE_URL, settings.IS_HTTPS, settings.IS_LOCAL = "https://money.example.org", True, False
        settings.ALLOWED_HOSTS = ["money.example.org"]
        owner.defaults["SERVER_NAME"] = "money.example.org"
        owner.post("/settings/plaid/", SANDBOX)
        assert "Not yet:" not in shown(owner)


class TestHousehold:
    def test_the_interval_holds_at_once_and_brings_waiting_accounts_forward(self, signed_in: Client):
        now = timezone.now()
        account = linked(item(), next_sync_at=now + datetime.timedelta(hours=20))
        signed_in.post("/settings/household/", {"interval": "1", "time_zone": "UTC"})
        account.refresh_from_db()
        assert sync_interval() == 1
        assert account.next_sync_at <= timezone.now() + datetime.timedelta(hours=1)

    def test_the_time_zone_decides_how_times_are_shown(self, signed_in: Client):
        signed_in.post("/settings/household/", {"interval": "4", "time_zone": "Asia/Tokyo"})
        WorkerHeartbeat.objects.create(pk=1, beat_at=datetime.datetime(2026, 11, 20, 23, 30, tzinfo=datetime.UTC))
        assert 'title="21 Nov 2026, 08:30"' in shown(signed_in)

    @pytest.mark.parametrize("wrong", [{"time_zone": "Mars/Base"}, {"interval": "3"}, {"interval": ""}])
    def test_another_value_is_refused(self, signed_in: Client, wrong: dict[str, str]):
        answer = signed_in.post("/settings/household/", {"interval": "4", "time_zone": "UTC"} | wrong)
        assert answer.status_code == 422
        assert not SavedSetting.objects.exists()

    def test_what_the_environment_gives_is_locked(self, signed_in: Client, settings: Settings):
        settings.SYNC_INTERVAL_HOURS, settings.HOUSEHOLD_TIME_ZONE = "8", "Europe/Vienna"
        page = shown(signed_in)
        assert "Every 8 hours <span" in page
        assert "Europe/Vienna <span" in page
        assert 'name="interval"' not in page
        assert 'name="time_zone"' not in page

    def test_the_next_sync_and_the_worker_are_told(self, owner: Client):
        assert "Not running" in shown(owner)
        owner.post("/settings/plaid/", SANDBOX)
        due_at = datetime.datetime(2030, 5, 1, 12, 15, tzinfo=datetime.UTC)
        linked(item(), next_sync_at=due_at)
        beat()
        page = shown(owner)
        assert "1 May 2030, 12:15" in page
        assert "Not running" not in page


class TestKeys:
    """Scenario O: the key is changed, then lost."""

    def test_a_lost_key_leaves_every_page_readable_and_names_the_banks(self, owner: Client, tmp_path, settings):
        settings.SITE_URL = "http://testserver"
        first = linked(item())
        (tmp_path / "keys" / "token.key").unlink()
        page = shown(owner)
        assert "The banks’ accesses can’t be read" in page
        assert "First Platypus Bank · Checking" in page
        assert f'href="/accounts/{first.account_id}/disconnect/"' in page
        for path in ("/accounts/", f"/accounts/{first.account_id}/", "/connect/", "/sync-history/"):
            assert owner.get(path).status_code == 200
        assert not (tmp_path / "keys" / "token.key").exists()

    def test_a_lost_brokerage_is_named_with_the_accounts_that_are_followed(self, owner: Client, tmp_path):
        brokerage, unused = item(institution="Gingham Brokerage"), item(institution="Tartan Bank")
        key = "5f0c0f6e-7d3c-4e0e-9a53-0d9a3c1f2b3a"
        InvestmentLink.objects.create(item=brokerage, plaid_account_id="a", name="IRA", mask="6022", account_key=key)
        (tmp_path / "keys" / "token.key").unlink()
        page = shown(owner)
        assert "Gingham Brokerage · IRA ••6022" in page
        assert f"{unused} · no account uses it" in page

    def test_with_a_lost_key_nothing_new_is_encrypted(self, owner: Client, tmp_path):
        item()
        (tmp_path / "keys" / "token.key").unlink()
        answer = owner.post("/settings/plaid/", SANDBOX)
        assert answer.status_code == 422
        assert "The key of the stored bank connections is gone" in answer.content.decode()
        assert not SavedSetting.objects.exists()
        assert not (tmp_path / "keys" / "token.key").exists()

    def test_only_the_bank_whose_access_is_lost_asks_for_a_new_connection(self, owner: Client):
        lost, kept = linked(item()), linked(item(institution="Tartan Bank"))
        foreign = Fernet(Fernet.generate_key()).encrypt(b"{}").decode()
        PlaidItem.objects.filter(pk=lost.item_id).update(access_token=foreign)
        page = shown(owner)
        assert f'href="/connect/?account={lost.account_id}"' in page
        assert f'href="/connect/?account={kept.account_id}"' not in page
        assert "First Platypus Bank · Checking" in page
        assert "Tartan Bank" not in page

    def test_a_secret_under_a_lost_key_is_told_and_can_be_forgotten_and_entered_again(self, owner: Client, tmp_path):
        owner.post("/settings/plaid/", SANDBOX)
        (tmp_path / "keys" / "token.key").unlink()
        assert "can’t be read with the present key" in shown(owner)
        owner.post("/settings/plaid/secret/sandbox/forget/", {"password": PASSWORD})
        owner.post("/settings/plaid/", SANDBOX)
        read_anew()
        assert credentials.is_configured()
