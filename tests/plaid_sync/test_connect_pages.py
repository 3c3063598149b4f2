import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Account, SyncLog, WorkerHeartbeat
from plaid_sync.emulator import errors as bank_errors
from plaid_sync.models import LinkedAccount, LinkSession, PlaidItem
from plaid_sync.visits import VISITS_PER_HOUR
from tests.plaid_sync.visits import report, visit, visit_brokerage

pytestmark = pytest.mark.django_db
Outcome = LinkSession.Outcome


@pytest.fixture(autouse=True)
def site(settings) -> None:
    settings.SITE_URL = "http://testserver"
    settings.PLAID_REDIRECT_URI = "http://127.0.0.1:8000/oauth-callback"


@pytest.fixture
def stranger() -> Client:
    client = Client()
    client.force_login(User.objects.create_user("bob", password="a long enough password"))
    return client


def send(client: Client, name: str, body: object):
    return client.post(reverse(name), json.dumps(body), content_type="application/json")


def policy(response) -> dict[str, list[str]]:
    directives = (part.split() for part in response["Content-Security-Policy"].split(";"))
    return {name: values for name, *values in directives}


class TestBeforeLink:
    def test_says_what_is_read_and_where_the_password_goes(self, bank, signed_in):
        page = signed_in.get(reverse("connect")).content.decode()
        assert "What is read" in page
        assert "never sees your bank password" in page
        assert f'src="{bank.url}/link/v2/stable/link-initialize.js"' in page

    def test_lets_in_the_banks_origin_and_nothing_else(self, bank, signed_in):
        response = signed_in.get(reverse("connect"))
        assert policy(response)["script-src"] == ["'self'", bank.url]
        assert policy(response)["frame-src"] == policy(response)["connect-src"] == ["'self'", bank.url]
        assert policy(response)["style-src"] == ["'self'"]
        assert response["Cross-Origin-Opener-Policy"] == "same-origin-allow-popups"

    def test_other_pages_keep_the_strict_policy(self, bank, signed_in):
        response = signed_in.get(reverse("accounts"))
        assert bank.url not in response["Content-Security-Policy"]
        assert response["Cross-Origin-Opener-Policy"] == "same-origin"

    def test_real_banks_are_reached_through_plaids_origins(self, settings, signed_in):
        settings.PLAID_ENV, settings.PLAID_CLIENT_ID, settings.PLAID_SECRET = "production", "id", "secret"
        found = policy(signed_in.get(reverse("connect")))
        assert found["script-src"] == ["'self'", "https://cdn.plaid.com"]
        assert found["connect-src"] == ["'self'", "https://cdn.plaid.com", "https://production.plaid.com"]

    def test_explains_how_to_switch_it_on(self, signed_in):
        page = signed_in.get(reverse("connect")).content.decode()
        assert "Bank syncing is off" in page
        assert "Choose Simulated bank on the Settings page" in page
        assert "http://testserver/oauth-callback" in page

    def test_moves_to_the_host_name_that_the_bank_returns_to(self, bank, signed_in, settings):
        settings.SITE_URL = "http://127.0.0.1:8000"
        response = signed_in.get(reverse("connect"), {"account": "7"}, headers={"host": "localhost:8000"})
        assert response["Location"] == "http://127.0.0.1:8000/connect/?account=7"
        assert signed_in.get(reverse("connect"), headers={"host": "127.0.0.1:8000"}).status_code == 200

    @pytest.mark.parametrize("number", ["", "0", "abc", "99999", "٣", "1" * 30])
    def test_an_account_that_does_not_exist_is_ignored(self, bank, signed_in, number: str):
        assert signed_in.get(reverse("connect"), {"account": number}).status_code == 200


class TestStart:
    def test_hands_out_a_link_token_that_is_stored_encrypted(self, bank, signed_in):
        answer = send(signed_in, "connect_start", {"account": ""}).json()
        session = LinkSession.objects.get(pk=answer["session"])
        assert answer["token"].startswith("link-")
        assert answer["token"] not in session.link_token
        assert session.outcome == Outcome.OPEN

    def test_is_limited_to_ten_an_hour(self, bank, signed_in):
        for _ in range(VISITS_PER_HOUR):
            assert send(signed_in, "connect_start", {}).status_code == 200
        refused = send(signed_in, "connect_start", {})
        assert refused.status_code == 429
        assert "in an hour" in refused.json()["message"]
        LinkSession.objects.update(created_at=timezone.now() - timedelta(hours=1))
        assert send(signed_in, "connect_start", {}).status_code == 200

    def test_says_in_words_what_is_wrong(self, bank, signed_in, settings):
        bank.script.refuse("/link/token/create", bank_errors.institution_down())
        assert "temporarily unavailable" in send(signed_in, "connect_start", {}).json()["message"]
        settings.PLAID_TOKEN_ENCRYPTION_KEY = "damaged"
        refused = send(signed_in, "connect_start", {})
        assert (refused.status_code, "encryption key" in refused.json()["message"]) == (502, True)

    def test_is_refused_without_credentials(self, signed_in):
        assert send(signed_in, "connect_start", {}).status_code == 409

    @pytest.mark.parametrize("name", ["connect_start", "connect_exchange", "connect_exit"])
    def test_the_calls_of_the_script_need_the_csrf_token(self, bank, user, name: str):
        client = Client(enforce_csrf_checks=True)
        client.force_login(user)
        assert send(client, name, {}).status_code == 403
        assert client.get(reverse(name)).status_code == 405


class TestExchange:
    def test_leads_to_the_accounts_of_the_bank(self, bank, signed_in):
        session = send(signed_in, "connect_start", {}).json()["session"]
        answer = send(signed_in, "connect_exchange", {"session": session, **report(bank)})
        assert answer.json() == {"next": reverse("connect_accounts", args=[session])}
        assert LinkSession.objects.get(pk=session).link_token == ""
        page = signed_in.get(answer.json()["next"]).content.decode()
        assert "Everyday Checking" in page
        assert "Add 3 accounts" in page

    def test_of_another_users_visit_is_not_found(self, bank, signed_in, stranger):
        session = send(signed_in, "connect_start", {}).json()["session"]
        assert send(stranger, "connect_exchange", {"session": session, **report(bank)}).status_code == 404
        assert send(stranger, "connect_exit", {"session": session}).status_code == 404

    @pytest.mark.parametrize("body", [[], "x", {}, {"session": "1e5"}, {"session": True}, {"session": 10**30}])
    def test_of_nonsense_is_not_found(self, bank, signed_in, body):
        assert send(signed_in, "connect_exchange", body).status_code == 404

    def test_that_lacks_the_public_token_is_refused(self, bank, signed_in):
        session = send(signed_in, "connect_start", {}).json()["session"]
        assert send(signed_in, "connect_exchange", {"session": session}).status_code == 400

    def test_of_a_connected_bank_says_so_and_offers_what_is_left_of_it(self, bank, signed_in, linked_bank):
        signed_in.post(reverse("disconnect", args=[linked_bank.account("savings").pk]))
        session = send(signed_in, "connect_start", {}).json()["session"]
        send(signed_in, "connect_exchange", {"session": session, **report(bank)})
        page = signed_in.get(reverse("connect_accounts", args=[session])).content.decode()
        assert "First Platypus Bank Everyday Checking ••0000 is already connected." in page
        first = LinkSession.objects.order_by("pk").first()
        assert reverse("connect_accounts", args=[first.pk]) in page

    def test_that_failed_shows_plaids_reference(self, bank, signed_in):
        session = send(signed_in, "connect_start", {}).json()["session"]
        send(signed_in, "connect_exchange", {"session": session, **report(bank), "public_token": "public-sandbox-x"})
        page = signed_in.get(reverse("connect_accounts", args=[session])).content.decode()
        assert LinkSession.objects.get(pk=session).request_id in page
        assert "INVALID_PUBLIC_TOKEN" in page


class TestLeaving:
    def test_is_answered_with_a_sentence(self, bank, signed_in):
        session = send(signed_in, "connect_start", {}).json()["session"]
        answer = send(signed_in, "connect_exit", {"session": session, "error": None, "metadata": {"status": ""}})
        assert answer.json() == {"message": "Nothing was connected.", "isError": False, "reference": ""}

    def test_with_an_error_is_answered_with_its_words_and_reference(self, bank, signed_in):
        session = send(signed_in, "connect_start", {}).json()["session"]
        error = {"error_code": "INSTITUTION_DOWN", "error_message": "down", "display_message": "The bank is down."}
        answer = send(
            signed_in, "connect_exit", {"session": session, "error": error, "metadata": {"request_id": "abc"}}
        )
        assert answer.json() == {"message": "The bank is down.", "isError": True, "reference": "abc"}


class TestReturnFromABank:
    def test_goes_on_with_the_same_link_token(self, bank, signed_in):
        started = send(signed_in, "connect_start", {}).json()
        response = signed_in.get("/oauth-callback?oauth_state_id=1234")
        visit = response.context["visit"]
        assert visit == {
            "token": started["token"],
            "session": started["session"],
            "receivedRedirectUri": "http://127.0.0.1:8000/oauth-callback?oauth_state_id=1234",
        }
        assert "no-store" in response["Cache-Control"]
        assert bank.url in response["Content-Security-Policy"]

    def test_without_a_state_has_nothing_to_resume(self, bank, signed_in):
        send(signed_in, "connect_start", {})
        assert "Nothing to resume" in signed_in.get("/oauth-callback").content.decode()

    def test_in_another_browser_has_nothing_to_resume(self, bank, signed_in, user):
        token = send(signed_in, "connect_start", {}).json()["token"]
        other = Client()
        other.force_login(user)
        page = other.get("/oauth-callback?oauth_state_id=1234").content.decode()
        assert "Nothing to resume" in page
        assert token not in page

    def test_by_another_user_has_nothing_to_resume(self, bank, signed_in, stranger):
        started = send(signed_in, "connect_start", {}).json()
        stranger_session = stranger.session
        stranger_session["link_session"] = started["session"]
        stranger_session.save()
        assert "Nothing to resume" in stranger.get("/oauth-callback?oauth_state_id=1").content.decode()

    def test_of_somebody_signed_out_asks_to_sign_in(self, bank, client):
        assert client.get("/oauth-callback?oauth_state_id=1").status_code == 302

    def test_after_the_end_has_nothing_to_resume(self, bank, signed_in):
        session = send(signed_in, "connect_start", {}).json()["session"]
        send(signed_in, "connect_exit", {"session": session, "error": None})
        assert "Nothing to resume" in signed_in.get("/oauth-callback?oauth_state_id=1").content.decode()

    @pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "127.0.0.1@evil.example"])
    def test_does_not_believe_a_forged_host(self, bank, signed_in, host: str):
        send(signed_in, "connect_start", {})
        forged = signed_in.get("/oauth-callback?oauth_state_id=1", headers={"x-forwarded-host": host})
        assert forged.context["visit"]["receivedRedirectUri"].startswith("http://127.0.0.1:8000/oauth-callback?")
        assert signed_in.get("/oauth-callback?oauth_state_id=1", headers={"host": host}).status_code == 400


@pytest.fixture
def working_worker() -> None:
    """A worker that was seen just now, so that jobs are queued."""
    WorkerHeartbeat.objects.create(pk=1, beat_at=timezone.now())


class TestMapping:
    def test_adds_the_accounts_and_syncs_them_at_once(self, bank, user, signed_in):
        session = visit(bank, user)
        url = reverse("connect_accounts", args=[session.pk])
        response = signed_in.post(url, {f"bank-{n}": "new" for n in range(3)}, follow=True)
        assert response.redirect_chain == [(reverse("connect_progress", args=[session.pk]), 302)]
        page = response.content.decode()
        assert "3 accounts synced." in page
        assert "hx-trigger" not in page.partition('id="progress"')[2]
        assert Account.objects.filter(connection_status="connected").count() == 3
        assert set(SyncLog.objects.values_list("trigger", "status")) == {("initial", "success")}

    @pytest.mark.usefixtures("working_worker")
    def test_leaves_the_sync_to_the_worker_and_follows_it(self, bank, user, signed_in):
        session = visit(bank, user)
        signed_in.post(reverse("connect_accounts", args=[session.pk]), {f"bank-{n}": "new" for n in range(3)})
        progress = reverse("connect_progress", args=[session.pk])
        assert "Syncing 1 of 3" in signed_in.get(progress).content.decode()
        first, second, _third = (linked.account for linked in LinkedAccount.objects.order_by("pk"))
        now = timezone.now()
        SyncLog.objects.create(account=first, source="plaid", trigger="initial", status="success", started_at=now)
        SyncLog.objects.create(account=second, source="plaid", trigger="initial", pages=4, started_at=now)
        fragment = signed_in.get(progress, headers={"HX-Request": "true"}).content.decode()
        assert "<html" not in fragment
        assert "Syncing 2 of 3</strong> · page 4" in fragment
        assert 'hx-trigger="every 2s"' in fragment

    def test_tells_the_accounts_that_could_not_be_synced(self, bank, user, signed_in):
        session = visit(bank, user)
        bank.script.refuse("/transactions/sync", bank_errors.institution_down())
        chosen = {"bank-0": "new", "bank-1": "new", "bank-2": "skip"}
        page = signed_in.post(reverse("connect_accounts", args=[session.pk]), chosen, follow=True).content.decode()
        assert "1 of 2 accounts synced." in page
        assert "temporarily unavailable" in page

    def test_is_not_followed_for_ever(self, linked_bank, signed_in):
        session = LinkSession.objects.get()
        progress = reverse("connect_progress", args=[session.pk])
        assert 'hx-trigger="every 2s"' in signed_in.get(progress).content.decode()
        LinkSession.objects.update(created_at=timezone.now() - timedelta(hours=2))
        assert 'hx-trigger="every 2s"' not in signed_in.get(progress).content.decode()

    def test_speaks_of_a_brokerage_and_the_portfolio_where_one_is_connected(self, bank, user, signed_in):
        invested = signed_in.get(reverse("connect_accounts", args=[visit_brokerage(bank, user).pk])).content.decode()
        assert "At the brokerage" in invested
        assert "In your portfolio" in invested
        assert "The bank is connected" not in invested
        banked = signed_in.get(reverse("connect_accounts", args=[visit(bank, user).pk])).content.decode()
        assert "At the bank" in banked
        assert "In your books" in banked

    def test_asks_for_what_is_not_unique(self, bank, user, signed_in):
        for name in ("One", "Two"):
            Account.objects.create(name=name, account_type="checking", institution="First Platypus Bank")
        session = visit(bank, user)
        url = reverse("connect_accounts", args=[session.pk])
        assert "Several of your accounts" in signed_in.get(url).content.decode()
        refused = signed_in.post(url, {"bank-0": "", "bank-1": "new", "bank-2": "new"})
        assert refused.status_code == 422
        assert "Please choose what to do" in refused.content.decode()
        assert not LinkedAccount.objects.exists()

    def test_refuses_one_account_for_two_of_the_bank(self, bank, user, signed_in):
        mine = Account.objects.create(name="Mine", account_type="checking")
        session = visit(bank, user)
        chosen = {"bank-0": mine.pk, "bank-1": mine.pk, "bank-2": "skip"}
        refused = signed_in.post(reverse("connect_accounts", args=[session.pk]), chosen)
        assert refused.status_code == 422
        assert "chosen twice" in refused.content.decode()

    def test_refuses_an_account_that_was_not_offered(self, bank, user, signed_in):
        card = Account.objects.create(name="Card", account_type="credit")
        session = visit(bank, user)
        chosen = {"bank-0": card.pk, "bank-1": "new", "bank-2": "new"}
        assert signed_in.post(reverse("connect_accounts", args=[session.pk]), chosen).status_code == 422

    def test_of_everything_left_out_connects_nothing(self, bank, user, signed_in):
        session = visit(bank, user)
        url = reverse("connect_accounts", args=[session.pk])
        page = signed_in.post(url, {f"bank-{n}": "skip" for n in range(3)}, follow=True).content.decode()
        assert "nothing was connected" in page
        assert "This connection has ended" in signed_in.get(url).content.decode()

    def test_can_be_opened_again_for_what_was_left_out(self, bank, user, signed_in):
        session = visit(bank, user)
        url = reverse("connect_accounts", args=[session.pk])
        signed_in.post(url, {"bank-0": "new", "bank-1": "skip", "bank-2": "skip"})
        page = signed_in.get(url).content.decode()
        assert "Add 2 accounts" in page
        assert "Everyday Checking ••0000 at the bank" in page

    def test_of_accounts_that_could_not_be_read_offers_to_ask_again(self, bank, user, signed_in):
        bank.script.refuse("/accounts/get", bank_errors.institution_down())
        url = reverse("connect_accounts", args=[visit(bank, user).pk])
        assert "Ask again" in signed_in.get(url).content.decode()
        assert "Everyday Checking" in signed_in.post(url, follow=True).content.decode()

    def test_waits_for_the_request_that_is_connecting(self, bank, user, signed_in):
        session = visit(bank, user)
        LinkSession.objects.update(outcome=Outcome.EXCHANGING)
        page = signed_in.get(reverse("connect_accounts", args=[session.pk])).content.decode()
        assert 'hx-trigger="every 2s"' in page


def test_every_page_renders_while_a_token_is_unreadable(linked_bank, signed_in):
    PlaidItem.objects.update(access_token="gAAAAA-lost")
    account = linked_bank.account()
    for url in (reverse("accounts"), account.get_absolute_url(), reverse("sync_history"), reverse("connect")):
        assert signed_in.get(url).status_code == 200
    page = signed_in.post(reverse("sync_account", args=[account.pk]), follow=True).content.decode()
    assert "Reconnect this account" in page


def test_the_admin_shows_no_token(linked_bank, user, signed_in):
    user.is_staff = user.is_superuser = True
    user.save()
    send(signed_in, "connect_start", {})
    LinkedAccount.objects.update(cursor="canary-cursor", lease_token="canary-lease")
    secrets = [*PlaidItem.objects.values_list("access_token", flat=True), "canary-cursor", "canary-lease"]
    secrets += LinkSession.objects.exclude(link_token="").values_list("link_token", flat=True)
    assert len(secrets) == 4
    for model in (PlaidItem, LinkSession, LinkedAccount):
        base = f"admin:plaid_sync_{model._meta.model_name}"
        urls = [
            reverse(f"{base}_changelist"),
            *(reverse(f"{base}_change", args=[row.pk]) for row in model.objects.all()),
        ]
        for url in urls:
            page = signed_in.get(url)
            assert page.status_code == 200
            assert not [secret for secret in secrets if secret in page.content.decode()]
        assert signed_in.get(reverse(f"{base}_add")).status_code == 403
