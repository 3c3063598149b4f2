"""Passwords can't be guessed by trying, and trying tells nothing."""

import re
import threading
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connections
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import AuditEvent, SavedSetting

pytestmark = pytest.mark.django_db

RIGHT = "a long enough password"
PAGES = ["/sign-in/", "/admin/login/"]


def try_to_sign_in(name: str, password: str, page: str = "/sign-in/", client: Client | None = None, **headers: str):
    return (client or Client()).post(page, {"username": name, "password": password}, **headers)


def fail(times: int, name: str = "alice", **headers: str) -> None:
    for _ in range(times):
        assert try_to_sign_in(name, "wrong", **headers).status_code == 200


def is_let_in(name: str = "alice", **headers: str) -> bool:
    return try_to_sign_in(name, RIGHT, **headers).status_code == 302


@pytest.mark.parametrize("page", PAGES)
def test_after_five_wrong_passwords_the_right_one_is_refused_too(page: str) -> None:
    User.objects.create_superuser("root", password=RIGHT)
    for _ in range(5):
        try_to_sign_in("root", "wrong", page)
    for other in PAGES:
        browser = Client()
        assert try_to_sign_in("root", RIGHT, other, browser).status_code == 200
        assert "_auth_user_id" not in browser.session


def test_four_wrong_passwords_lock_nobody_out(user: User) -> None:
    fail(4)
    assert is_let_in()


def test_a_quarter_of_an_hour_later_it_may_be_tried_again(user: User) -> None:
    fail(5)
    with time_machine.travel(timezone.now() + timedelta(minutes=14)):
        assert not is_let_in()
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert is_let_in()


def test_refused_attempts_do_not_make_the_wait_longer(user: User) -> None:
    fail(5)
    with time_machine.travel(timezone.now() + timedelta(minutes=10)):
        fail(5)
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert is_let_in()
    assert AuditEvent.objects.filter(kind="sign_in_failed").count() == 5


def test_another_address_and_another_name_are_not_held_up(user: User) -> None:
    User.objects.create_user("bob", password=RIGHT)
    fail(5)
    assert is_let_in("bob")
    assert is_let_in(REMOTE_ADDR="192.0.2.7")


def test_addresses_of_one_ipv6_network_count_as_one(user: User) -> None:
    for number in range(5):
        fail(1, REMOTE_ADDR=f"2001:db8:1:2::{number}")
    assert not is_let_in(REMOTE_ADDR="2001:db8:1:2:ffff::9")
    assert is_let_in(REMOTE_ADDR="2001:db8:1:3::9")


def test_a_forwarded_address_counts_only_behind_a_trusted_proxy_and_only_the_proxys_own(
    user: User, settings: Settings
) -> None:
    for number in range(5):
        fail(1, HTTP_X_FORWARDED_FOR=f"192.0.2.{number}")
    assert not is_let_in(HTTP_X_FORWARDED_FOR="192.0.2.99")
    settings.TRUST_PROXY = True
    for number in range(5):
        fail(1, HTTP_X_FORWARDED_FOR=f"198.51.100.{number}, 203.0.113.5")
    assert not is_let_in(HTTP_X_FORWARDED_FOR="198.51.100.77, 203.0.113.5")
    assert is_let_in(HTTP_X_FORWARDED_FOR="203.0.113.5, 198.51.100.77")


def told(name: str, password: str, page: str) -> str:
    """The answer without what differs anyway: the token of the form and the name that was typed."""
    text = try_to_sign_in(name, password, page).content.decode()
    return re.sub(r'csrfmiddlewaretoken" value="\w+"', "", text).replace(name, "")


@pytest.mark.parametrize("page", PAGES)
def test_the_answer_tells_neither_whether_the_name_exists_nor_whether_the_password_was_right(page: str) -> None:
    User.objects.create_superuser("alice", password=RIGHT)
    User.objects.create_superuser("carol", password=RIGHT, is_active=False)
    first = told("alice", "wrong", page)
    assert told("nobody", "wrong", page) == first
    assert told("carol", RIGHT, page) == first
    for name in ("alice", "nobody"):
        fail(5, name)
        assert told(name, RIGHT, page) == first


def test_neither_the_name_nor_the_address_is_kept(user: User) -> None:
    fail(1, REMOTE_ADDR="192.0.2.7")
    row = str(AuditEvent.objects.values_list().get())
    assert "alice" not in row
    assert "192.0.2.7" not in row


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_five_are_tried() -> None:
    User.objects.create_user("alice", password=RIGHT)
    barrier = threading.Barrier(12)

    def guess() -> None:
        barrier.wait()
        try_to_sign_in("alice", "wrong")
        connections.close_all()

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert AuditEvent.objects.filter(kind="sign_in_failed").count() == 5
    assert not is_let_in()


def test_the_password_that_settings_ask_for_can_not_be_guessed_either(client: Client) -> None:
    client.force_login(User.objects.create_superuser("root", password=RIGHT))
    wanted = {"environment": "emulator", "password": RIGHT}
    for _ in range(4):
        client.post("/settings/plaid/", wanted | {"password": "wrong"})
    client.post("/settings/plaid/secret/sandbox/forget/", {"password": "wrong"})
    assert "is not your password" in client.post("/settings/plaid/", wanted).content.decode()
    assert not SavedSetting.objects.exists()
    assert not is_let_in("root")
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert client.post("/settings/plaid/", wanted).status_code == 302
