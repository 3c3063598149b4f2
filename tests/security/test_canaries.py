"""Secrets are planted, used and made to fail in a hundred ways; then they are looked for wherever they could end."""

import io
import itertools
import json
import logging
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.contrib.admin import site
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ, Task
from django_q.tasks import async_task
from pytest_django import Settings

from accounts import saved_settings
from accounts.models import Account, SyncLog
from accounts.worker import beat
from budgetapp.redaction import RedactingFormatter
from plaid_sync import attach
from plaid_sync.asking import ask_bank
from plaid_sync.emulator.routes import Keys
from plaid_sync.emulator.server import EmulatorServer
from plaid_sync.errors import PlaidError
from plaid_sync.gateway import gateway_from_settings
from plaid_sync.mapping import NEW
from plaid_sync.models import LinkedAccount, LinkSession, PlaidItem
from plaid_sync.pacing import Pace
from plaid_sync.sync import sync
from plaid_sync.tasks import ask_for_sync
from plaid_sync.vault import SECRET_NAMES, decrypt_token, encrypt_secret
from tests.plaid_sync.faults import Answer, FaultServer, answer, then_hang_up
from tests.plaid_sync.visits import report
from tests.security.routes import ROUTES

pytestmark = pytest.mark.django_db

PLAID_SECRET = "5ec7e7cafe0123456789abcdef0ddba11"
SAVED_SECRET = "0dd5a1ad5ec7e7fedcba9876543210beef"
JSON = "application/json"


@dataclass
class Canaries:
    """A household with a linked bank, and every secret that it holds, by name."""

    owner: Client
    links: list[LinkedAccount]
    secrets: dict[str, str]
    log: io.StringIO

    def seen_in(self, *places: object) -> list[str]:
        text = "\n".join(map(str, places))
        return [name for name, secret in self.secrets.items() if secret in text]


@pytest.fixture
def canaries(admin_user: User, settings: Settings, tmp_path: Path, monkeypatch) -> Iterator[Canaries]:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    settings.DATA_DIR = tmp_path / "data"
    settings.DATA_DIR.mkdir()
    settings.PLAID_TOKEN_ENCRYPTION_KEY, settings.HAS_DATABASE_SERVER = "", False
    settings.PLAID_ENV, settings.PLAID_CLIENT_ID, settings.PLAID_SECRET = "emulator", "canary", PLAID_SECRET
    with listening() as log, EmulatorServer(keys=Keys("canary", PLAID_SECRET)) as bank:
        settings.PLAID_EMULATOR_URL = bank.url
        yield planted(admin_user, bank, settings.DATA_DIR, log)


@contextmanager
def listening() -> Iterator[io.StringIO]:
    """What the whole process logs meanwhile, down to DEBUG, as the app writes it."""
    root = logging.getLogger()
    handler, level = logging.StreamHandler(stream := io.StringIO()), root.level
    handler.setFormatter(RedactingFormatter("%(levelname)s %(name)s: %(message)s"))
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield stream
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def planted(user: User, bank: EmulatorServer, folder: Path, log: io.StringIO) -> Canaries:
    owner = Client()
    owner.force_login(user)
    opened = owner.post("/connect/start/", {}, content_type=JSON).json()
    reported = report(bank)
    done = owner.post("/connect/exchange/", {"session": opened["session"], **reported}, content_type=JSON)
    assert done.status_code == 200
    session, item = LinkSession.objects.get(), PlaidItem.objects.get()
    links = attach.attach(session, {offer.id: NEW for offer in attach.offered(session)})
    for link in links:
        sync(link.pk, SyncLog.Trigger.INITIAL, gateway=gateway_from_settings(), pace=Pace())
    left_open = owner.post("/connect/start/", {}, content_type=JSON).json()
    saved = encrypt_secret(SAVED_SECRET, environment="sandbox")
    saved_settings.save(SECRET_NAMES["sandbox"], saved, by=user, now=timezone.now())
    secrets = {
        "access token": decrypt_token(item),
        "public token": reported["public_token"],
        "link token": opened["token"],
        "link token of an open visit": left_open["token"],
        "Plaid's secret": PLAID_SECRET,
        "a saved secret": SAVED_SECRET,
        "encryption key": (folder / "keys/token.key").read_text().strip(),
    }
    return Canaries(owner, links, secrets, log)


def cells() -> Iterator[str]:
    """Every cell of both databases, and what is packed inside of some."""
    for alias in ("default", "investments"):
        with connections[alias].cursor() as cursor:
            for table in connections[alias].introspection.table_names(cursor):
                cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608  a table of ours
                for cell in itertools.chain.from_iterable(cursor.fetchall()):
                    yield cell.decode("latin-1") if isinstance(cell, bytes | memoryview) else str(cell)
    yield from (str(session.get_decoded()) for session in Session.objects.all())
    yield from (str(entry.task) for entry in OrmQ.objects.all())
    yield from (str((task.args, task.kwargs, task.result)) for task in Task.objects.all())


def test_no_secret_is_in_a_cell_of_either_database_or_in_a_job(canaries: Canaries) -> None:
    canaries.owner.post(f"/accounts/{canaries.links[0].account_id}/balances/")
    beat()
    assert ask_for_sync(canaries.links[0].pk, SyncLog.Trigger.MANUAL)
    async_task("plaid_sync.tasks.sync_linked_account", canaries.links[1].pk, SyncLog.Trigger.MANUAL, sync=True)
    assert OrmQ.objects.exists()
    assert Task.objects.exists()
    assert sum(1 for _ in cells()) > 1000
    assert canaries.seen_in(*cells()) == []


def everything_shown(owner: Client) -> Iterator[str]:
    """Status, headers and body of every page, the admin's included. The return from a bank needs the link token."""
    account = Account.objects.order_by("pk").first()
    ids = {
        "account": account.pk,
        "transaction": account.transactions.first().pk,
        "run": SyncLog.objects.first().pk,
        "visit": LinkSession.objects.order_by("pk").first().pk,
        "item": PlaidItem.objects.get().pk,
    }
    for name, route in ROUTES.items():
        if route.is_page and (not route.of or route.of in ids) and name != "oauth_callback":
            yield shown(owner.get(reverse(name, args=[ids[route.of]] if route.of else [])))
    for model in site._registry:
        yield shown(owner.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")))
        for row in model.objects.all()[:5]:
            address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[row.pk])
            yield shown(owner.get(address))


def shown(response) -> str:
    assert response.status_code in {200, 302}
    return f"{response.headers}\n{response.content.decode()}"


def test_no_page_shows_a_secret(canaries: Canaries) -> None:
    pages = list(everything_shown(canaries.owner))
    assert len(pages) > 80
    assert canaries.seen_in(*pages) == []


def test_only_the_page_that_goes_on_with_link_holds_its_token(canaries: Canaries) -> None:
    resumed = canaries.owner.get("/oauth-callback?oauth_state_id=1")
    assert canaries.seen_in(shown(resumed)) == ["link token of an open visit"]
    assert "no-store" in resumed["Cache-Control"]


def test_the_key_is_in_its_file_and_the_secrets_are_in_none(canaries: Canaries, settings: Settings) -> None:
    paths = [*settings.DATA_DIR.rglob("*"), *Path(tempfile.gettempdir()).rglob("*")]
    holding = {path.name: canaries.seen_in(path.read_bytes().decode("latin-1")) for path in paths if path.is_file()}
    assert {name: secrets for name, secrets in holding.items() if secrets} == {"token.key": ["encryption key"]}


# Failures that throw back what was sent


def mirror(wrap: Callable[[str], bytes], status: int, kind: str = JSON) -> Callable[[bytes], Answer]:
    """An answer that repeats the request with its headers and its body."""
    return lambda request: answer(wrap(request.decode("latin-1")), status=status, kind=kind)


def as_error(**facts: str) -> Callable[[str], bytes]:
    known = {"error_type": "API_ERROR", "error_code": "INTERNAL_SERVER_ERROR", "request_id": "r-1"}
    return lambda sent: json.dumps(known | facts | {"error_message": sent, "display_message": sent}).encode()


MIRRORS = [
    *(mirror(as_error(), status) for status in (400, 401, 403, 404, 429, 500, 503)),
    *(mirror(str.encode, status, "text/html") for status in (200, 302, 400, 407, 429, 500, 502, 504)),
    *(mirror(lambda sent: json.dumps({"echo": sent}).encode(), status) for status in (200, 201, 400, 500)),
    mirror(lambda sent: json.dumps({"echo": sent}).encode()[:-2], 200),
    mirror(as_error(error_code="ITEM_LOGIN_REQUIRED", error_type="ITEM_ERROR"), 400),
    mirror(as_error(error_code="INVALID_API_KEYS", error_type="INVALID_INPUT"), 400),
    mirror(as_error(error_code="NOBODY_KNOWS"), 400),
    lambda request: then_hang_up(answer(request, length=10**6)),
    lambda request: then_hang_up(lambda connection: connection.sendall(b"HTTP/1.1 nonsense\r\n" + request)),
]


class Mirror(FaultServer):
    """Throws each request back, in another way each time."""

    def __init__(self) -> None:
        super().__init__(self._throw_back)
        self._ways = itertools.cycle(MIRRORS)

    def _throw_back(self, connection: socket.socket) -> None:
        next(self._ways)(self.requests[-1])(connection)


def test_a_hundred_failures_that_repeat_what_was_sent_leave_no_secret_anywhere(
    canaries: Canaries, settings: Settings
) -> None:
    mirror_server = Mirror()
    settings.PLAID_EMULATOR_URL = mirror_server.url
    item, told = PlaidItem.objects.get(), []
    for number in range(60):
        logging.getLogger("urllib3").setLevel(logging.DEBUG)  # Plaid's client makes it quiet each time it is set up
        link = canaries.links[number % len(canaries.links)]
        sync(link.pk, SyncLog.Trigger.MANUAL, gateway=gateway_from_settings(), pace=Pace())
        told.append(shown(canaries.owner.post(f"/accounts/{link.account_id}/balances/", follow=True)))
        with pytest.raises(PlaidError):
            ask_bank(item)
    mirror_server.stop()
    assert len(mirror_server.requests) >= 100
    assert canaries.seen_in(*map(bytes.decode, mirror_server.requests)) == ["access token", "Plaid's secret"]
    assert "plaid_sync" in canaries.log.getvalue()
    assert canaries.seen_in(canaries.log.getvalue()) == []
    assert canaries.seen_in(*told, *everything_shown(canaries.owner)) == []
    assert canaries.seen_in(*cells()) == []
