"""How long a session lasts, and what ends it."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

pytestmark = pytest.mark.django_db

PASSWORD = "a long enough password"


def sign_in(name: str = "alice") -> Client:
    client = Client()
    assert client.post("/sign-in/", {"username": name, "password": PASSWORD}).status_code == 302
    return client


def is_signed_in(client: Client) -> bool:
    return client.get("/accounts/").status_code == 200


def test_signing_in_gives_a_new_session_so_that_nobody_can_prepare_one(user: User) -> None:
    client = Client()
    session = client.session
    session["prepared"] = True
    session.save()
    client.cookies["budgetapp-session"] = prepared = session.session_key
    client.post("/sign-in/", {"username": "alice", "password": PASSWORD})
    assert client.session.session_key != prepared
    assert not client.session.exists(prepared)


def test_a_week_without_a_request_ends_it(user: User) -> None:
    client = sign_in()
    with time_machine.travel(timezone.now() + timedelta(days=6, hours=23)):
        assert is_signed_in(client)
    with time_machine.travel(timezone.now() + timedelta(days=15)):
        assert not is_signed_in(client)


def test_whoever_comes_every_other_day_stays_signed_in_for_a_month_and_no_longer(user: User) -> None:
    client, start = sign_in(), timezone.now()
    for day in range(2, 30, 2):
        with time_machine.travel(start + timedelta(days=day)):
            assert is_signed_in(client), day
    with time_machine.travel(start + timedelta(days=30, minutes=1)):
        assert not is_signed_in(client)


def test_a_session_is_written_once_an_hour_and_not_with_every_request(user: User) -> None:
    client, start = sign_in(), timezone.now()
    with time_machine.travel(start + timedelta(minutes=50)):
        assert "budgetapp-session" not in client.get("/accounts/").cookies
    with time_machine.travel(start + timedelta(minutes=70)):
        assert "budgetapp-session" in client.get("/accounts/").cookies


@pytest.mark.parametrize(
    "key", [r'"1234567\000"', r'"\351\351\351"', "x" * 10_000, '"\'\\073 DROP TABLE accounts_account\\073 --"']
)
def test_a_key_that_the_app_never_gave_is_nobodys(user: User, key: str) -> None:
    client, sent = Client(), {"cookie": f"budgetapp-session={key}"}
    assert client.get("/accounts/", headers=sent).status_code == 302
    form = {"username": "alice", "password": PASSWORD}
    assert client.post("/sign-in/", form, headers=sent).status_code == 302
    assert is_signed_in(client)


def test_signing_out_ends_it_on_the_server_too(user: User) -> None:
    client = sign_in()
    copied = Client()
    copied.cookies["budgetapp-session"] = client.cookies["budgetapp-session"].value
    assert is_signed_in(copied)
    client.post("/sign-out/")
    assert not is_signed_in(copied)


def test_a_new_password_signs_out_everywhere_else() -> None:
    User.objects.create_superuser("root", password=PASSWORD)
    here, elsewhere = sign_in("root"), sign_in("root")
    new = "another long enough password"
    form = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert here.post("/admin/password_change/", form)["Location"] == "/admin/password_change/done/"
    assert is_signed_in(here)
    assert not is_signed_in(elsewhere)


def test_who_is_locked_out_in_the_admin_is_signed_out_at_once(user: User) -> None:
    client = sign_in()
    User.objects.update(is_active=False)
    assert not is_signed_in(client)


def test_scripts_can_not_read_the_session_and_other_sites_can_not_send_it(user: User) -> None:
    cookie = sign_in().cookies["budgetapp-session"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
