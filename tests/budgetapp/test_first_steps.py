import datetime
import re
import threading
from pathlib import Path

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connections
from django.test import Client
from pytest_django import Settings

from accounts.models import Account
from budgetapp.owner import AlreadyOwned, OwnerForm, announce, set_up_link
from tests.budgetapp.processes import start

PASSWORD = "correct horse battery"
OLGA = {"username": "olga", "password1": PASSWORD, "password2": PASSWORD}


def link() -> str:
    """The path of a fresh set-up link."""
    return set_up_link().removeprefix("http://127.0.0.1:8000")


def heard(code: str, **variables: str) -> str:
    """What `code` writes into the log of its process."""
    process = start(code, **variables)
    _output, log = process.communicate(timeout=60)
    assert process.returncode == 0, log
    return log


class TestOwner:
    def test_is_made_with_the_link_from_the_log_and_signed_in(self, db: None, client: Client):
        response = client.post(link(), OLGA, follow=True)
        assert response.redirect_chain == [("/welcome/", 302)]
        owner = User.objects.get()
        assert owner.is_superuser
        assert owner.is_staff
        assert owner.check_password(PASSWORD)

    def test_the_link_ends_once_anybody_is_there(self, user: User, client: Client):
        for answer in (client.get(link()), client.post(link(), OLGA)):
            assert answer["Location"] == "/sign-in/"
        assert list(User.objects.all()) == [user]

    def test_the_link_ends_after_a_day(self, db: None, client: Client):
        old = link()
        with time_machine.travel(datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=25)):
            assert client.post(old, OLGA).status_code == 410
        assert not User.objects.exists()

    @pytest.mark.parametrize("token", ["owner", "eyJ:1abc:forged", "Im93bmVyIg:1vOq:x" * 3])
    def test_a_forged_link_is_refused(self, db: None, client: Client, token: str):
        assert client.post(f"/set-up/{token}/", OLGA).status_code == 410
        assert not User.objects.exists()

    def test_a_link_of_another_install_is_refused(self, db: None, client: Client, settings: Settings):
        foreign = link()
        settings.SECRET_KEY = "another install" * 5
        assert client.post(foreign, OLGA).status_code == 410

    def test_a_weak_password_is_refused(self, db: None, client: Client):
        response = client.post(link(), OLGA | {"password1": "password", "password2": "password"})
        assert response.status_code == 422
        assert not User.objects.exists()

    def test_the_sign_in_page_says_what_to_do_only_while_nobody_is_there(self, db: None, client: Client):
        assert "Nobody can sign in yet" in client.get("/sign-in/").content.decode()
        User.objects.create_user("alice")
        assert "Nobody can sign in yet" not in client.get("/sign-in/").content.decode()

    def test_the_log_tells_the_link_only_while_nobody_is_there(self, db: None, caplog: pytest.LogCaptureFixture):
        announce()
        [told] = re.findall(r"http://127\.0\.0\.1:8000/set-up/\S+/", caplog.text)
        assert Client().get(told.removeprefix("http://127.0.0.1:8000")).status_code == 200
        caplog.clear()
        User.objects.create_user("alice")
        announce()
        assert caplog.text == ""

    @pytest.mark.django_db(transaction=True)
    def test_of_several_at_once_one_becomes_the_owner(self):
        barrier, made = threading.Barrier(4), []

        def become(name: str) -> None:
            form = OwnerForm(OLGA | {"username": name})
            assert form.is_valid()
            barrier.wait()
            try:
                made.append(form.create())
            except AlreadyOwned:
                pass
            finally:
                connections.close_all()

        threads = [threading.Thread(target=become, args=(f"olga{number}",)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(made) == 1
        assert User.objects.count() == 1

    def test_a_server_that_starts_over_empty_tables_prints_the_link(self, tmp_path: Path):
        facts = {"DATA_DIR": str(tmp_path / "data")}
        serve, migrate = (
            "import budgetapp.wsgi",
            "import django; django.setup(); from django.core import management as m;",
        )
        assert "Run: manage.py migrate" in heard(serve, **facts)
        heard(migrate + "m.call_command('migrate', verbosity=0)", **facts)
        assert re.search(r"becomes the owner: http://127\.0\.0\.1:8000/set-up/\S+/ ", heard(serve, **facts))


class TestWelcome:
    def test_an_install_without_accounts_begins_there(self, signed_in: Client):
        assert signed_in.get("/")["Location"] == "/welcome/"
        assert 'href="/welcome/"' in signed_in.get("/accounts/").content.decode()
        Account.objects.create(name="Wallet")
        assert signed_in.get("/")["Location"] == "/accounts/"

    def test_offers_three_ways(self, admin_client: Client):
        page = admin_client.get("/welcome/").content.decode()
        for way in ("Try the demo", "Connect a bank", "Import a file"):
            assert way in page
        assert 'href="/settings/?environment=production#plaid"' in page
        assert 'href="/import/">Choose a file' in page

    def test_the_settings_then_have_that_environment_chosen(self, admin_client: Client):
        page = " ".join(admin_client.get("/settings/?environment=emulator").content.decode().split())
        assert re.search(r'value="emulator"[^>]*checked', page)

    def test_with_simulated_banks_on_it_leads_to_connect(self, signed_in: Client, bank):
        assert "Connect a simulated bank" in signed_in.get("/welcome/").content.decode()

    def test_with_plaid_on_it_leads_to_connect(self, signed_in: Client, settings: Settings):
        settings.PLAID_ENV = "sandbox"
        settings.PLAID_CLIENT_ID = settings.PLAID_SECRET = "given-by-the-environment"
        page = signed_in.get("/welcome/").content.decode()
        assert "Choose your bank" in page
        assert "starts a separate demo" in page

    def test_who_can_not_switch_it_on_is_told_who_can(self, signed_in: Client):
        page = signed_in.get("/welcome/").content.decode()
        assert "Whoever runs this server" in page
        assert "/demo/begin/" not in page

    def test_tells_whether_the_install_is_fit(self, signed_in: Client):
        page = signed_in.get("/welcome/").content.decode()
        assert "Before it runs by itself" in page
        assert "The worker is not running." in page
