"""What touched the access to the books is noted once, with who and when, and without what nobody needs to know."""

from datetime import UTC, timedelta

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.models import Account, AuditEvent
from budgetapp.housekeeping import tidy
from budgetapp.owner import set_up_link
from plaid_sync.models import InvestmentLink, LinkSession, PlaidItem
from tests.investments.books import make_account
from tests.plaid_sync.conftest import Brokerage, LinkedBank, brokerage, linked_bank  # noqa: F401  fixtures
from tests.plaid_sync.visits import report

pytestmark = pytest.mark.django_db

RIGHT = {"username": "alice", "password": "a long enough password"}


def noted(since: int = 0) -> list[tuple[str, str | None, str]]:
    """Kind, who and about what of the events after that one, oldest first."""
    events = AuditEvent.objects.filter(pk__gt=since).order_by("pk")
    return list(events.values_list("kind", "user__username", "about"))


def newest() -> int:
    return AuditEvent.objects.order_by("pk").values_list("pk", flat=True).last() or 0


def post(client: Client, address: str, body: dict) -> None:
    assert client.post(address, body, content_type="application/json").status_code == 200


def test_signing_in_and_failing_to(client: Client, user: User) -> None:
    client.post("/sign-in/", RIGHT | {"password": "wrong"})
    client.post("/sign-in/", RIGHT | {"username": "nobody"})
    client.post("/sign-in/", RIGHT)
    client.get("/accounts/")
    assert noted() == [("sign_in_failed", None, ""), ("sign_in_failed", None, ""), ("signed_in", "alice", "")]


def test_failed_sign_ins_are_forgotten_after_a_season_and_nothing_else(client: Client, user: User) -> None:
    client.post("/sign-in/", RIGHT | {"password": "wrong"})
    client.post("/sign-in/", RIGHT)
    days = {"sign_in_failed": 91, "signed_in": 4_000}
    for kind, ago in days.items():
        AuditEvent.objects.filter(kind=kind).update(happened_at=timezone.now() - timedelta(days=ago))
    Client().post("/sign-in/", RIGHT | {"password": "wrong"})
    assert tidy() == 1
    assert noted() == [("signed_in", "alice", ""), ("sign_in_failed", None, "")]


def test_sessions_that_have_ended_are_forgotten(signed_in: Client, client: Client, user: User) -> None:
    client.force_login(user)
    Session.objects.filter(session_key=client.session.session_key).update(expire_date=timezone.now())
    tidy()
    assert list(Session.objects.values_list("session_key", flat=True)) == [signed_in.session.session_key]


def test_becoming_the_owner(client: Client) -> None:
    words = {"username": "olga", "password1": "correct horse battery", "password2": "correct horse battery"}
    client.post(set_up_link().removeprefix("http://127.0.0.1:8000"), words)
    assert noted() == [("signed_in", "olga", "")]


def test_opening_link_and_the_access_that_a_bank_grants(signed_in: Client, bank) -> None:
    since = newest()
    post(signed_in, "/connect/start/", {})
    session = LinkSession.objects.get()
    for _ in range(2):
        post(signed_in, "/connect/exchange/", {"session": session.pk, **report(bank)})
    item = PlaidItem.objects.get()
    assert noted(since) == [
        ("link_opened", "alice", f"visit {session.pk}"),
        ("access_granted", "alice", f"connection {item.pk}"),
    ]


def test_disconnecting_and_deleting(signed_in: Client, linked_bank: LinkedBank) -> None:  # noqa: F811
    since, account, other = newest(), linked_bank.account(), linked_bank.account("card")
    for _ in range(2):
        signed_in.post(f"/accounts/{account.pk}/disconnect/")
    for _ in range(2):
        signed_in.post(f"/accounts/{other.pk}/delete/", {"name": "not its name"})
        signed_in.post(f"/accounts/{other.pk}/delete/", {"name": other.name})
    assert not Account.objects.filter(pk=other.pk).exists()
    assert noted(since) == [
        ("disconnected", "alice", f"account {account.pk}"),
        ("deleted", "alice", f"account {other.pk}"),
    ]


def test_disconnecting_and_deleting_investments(signed_in: Client, brokerage: Brokerage) -> None:  # noqa: F811
    since, account, by_hand = newest(), brokerage.account(), make_account("Wallet", connection_status="manual")
    for _ in range(2):
        signed_in.post(f"/investments/accounts/{account.pk}/disconnect/")
        signed_in.post(f"/investments/accounts/{by_hand.pk}/delete/", {"name": "Wallet"})
    assert not InvestmentLink.objects.filter(account_key=account.key).exists()
    assert noted(since) == [
        ("disconnected", "alice", f"investment account {account.pk}"),
        ("deleted", "alice", f"investment account {by_hand.pk}"),
    ]


def test_changing_the_key(linked_bank: LinkedBank) -> None:  # noqa: F811
    since = newest()
    call_command("rotate_keys", "--dry-run", verbosity=0)
    call_command("rotate_keys", verbosity=0)
    assert noted(since) == [("key_changed", None, "")]


def test_changing_a_setting(signed_in: Client) -> None:
    since = newest()
    for _ in range(2):
        signed_in.post("/settings/household/", {"interval": "12"})
    assert noted(since) == [("setting_changed", "alice", "SYNC_INTERVAL_HOURS")]


def test_times_are_utc_and_nothing_in_a_row_tells_who_or_what_it_was(
    signed_in: Client,
    linked_bank: LinkedBank,  # noqa: F811
) -> None:
    signed_in.post(f"/accounts/{linked_bank.account().pk}/disconnect/")
    assert all(event.happened_at.tzinfo == UTC for event in AuditEvent.objects.all())
    rows = str(list(AuditEvent.objects.values_list()))
    for private in ("alice", "Everyday Checking", "127.0.0.1", "Platypus"):
        assert private not in rows


def test_the_admin_shows_them_and_nobody_changes_them(admin_client: Client) -> None:
    event = AuditEvent.objects.get(kind="signed_in")
    address = "/admin/accounts/auditevent/"
    assert "Signed in" in admin_client.get(address).content.decode()
    assert admin_client.get(f"{address}{event.pk}/change/").status_code == 200
    for refused in (f"{address}add/", f"{address}{event.pk}/delete/", f"{address}{event.pk}/change/"):
        assert admin_client.post(refused, {"kind": "deleted"}).status_code == 403
    admin_client.post(address, {"action": "delete_selected", "_selected_action": event.pk})
    assert AuditEvent.objects.filter(pk=event.pk, kind="signed_in").exists()
