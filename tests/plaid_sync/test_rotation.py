"""Changing the key, under everything that can come in between."""

import subprocess
import sys
import tempfile
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connections, transaction
from django.utils import timezone

from accounts.models import SavedSetting
from plaid_sync import attach, keyring
from plaid_sync.disconnect import disconnect
from plaid_sync.errors import KeyProblem, TokenUnreadable
from plaid_sync.management.commands.rotate_keys import only_one_rotation
from plaid_sync.mapping import NEW
from plaid_sync.models import LinkedAccount, LinkSession, PlaidItem
from plaid_sync.rotation import everything
from plaid_sync.tasks import sync_linked_account
from plaid_sync.vault import SECRET_NAMES, decrypt_secret, decrypt_token, encrypt_secret, encrypt_token
from tests.budgetapp.processes import ROOT, clean_environment
from tests.plaid_sync.visits import OAUTH, visit

TOKEN = "access-sandbox-0001"


@pytest.fixture(autouse=True)
def data_dir(settings, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    settings.PLAID_TOKEN_ENCRYPTION_KEY, settings.HAS_DATABASE_SERVER = "", False
    return tmp_path


def connected(item_id: str = "item-1", institution: str = "First Platypus Bank") -> PlaidItem:
    token = encrypt_token(TOKEN, item_id=item_id)
    return PlaidItem.objects.create(item_id=item_id, institution=institution, access_token=token, environment="sandbox")


def saved_secret() -> SavedSetting:
    value = encrypt_secret("secret-of-the-sandbox", environment="sandbox")
    return SavedSetting.objects.create(name=SECRET_NAMES["sandbox"], value=value, changed_at=timezone.now())


def said(*arguments: str, capsys: pytest.CaptureFixture[str]) -> str:
    call_command("rotate_keys", *arguments)
    return capsys.readouterr().out


def test_killed_at_any_line_it_loses_nothing_and_can_be_run_again(toll):
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  a killed process leaves no other trace there
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        done = subprocess.run(
            [sys.executable, "-m", "tests.plaid_sync.rotation_under_fire"],
            cwd=ROOT,
            env=clean_environment(DATA_DIR=f"{folder}/data"),
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
    assert done.returncode == 0, done.stderr[-4000:]
    assert int(done.stdout) > 50
    toll("kills", "rotate keys, every line", int(done.stdout))


@pytest.mark.django_db
def test_moves_the_secrets_of_the_settings_page_too():
    secret, old = saved_secret(), keyring.ring()
    call_command("rotate_keys")
    secret.refresh_from_db()
    assert [key.fingerprint for key in keyring.ring()] != [key.fingerprint for key in old]
    assert decrypt_secret(secret.value, environment="sandbox") == "secret-of-the-sandbox"


@pytest.mark.django_db
def test_a_row_that_was_read_before_the_rotation_still_opens_after_it():
    item, secret = connected(), saved_secret()
    call_command("rotate_keys")
    assert decrypt_token(item) == TOKEN
    assert decrypt_secret(secret.value, environment="sandbox") == "secret-of-the-sandbox"


@pytest.mark.django_db
def test_an_access_that_ends_while_its_row_is_moved_stays_ended():
    connected()
    [piece] = everything()
    PlaidItem.objects.update(access_token="")
    piece.seal_anew()
    assert PlaidItem.objects.get().access_token == ""


@pytest.mark.django_db
def test_a_dry_run_says_what_would_move_and_changes_nothing(capsys, data_dir: Path):
    connected()
    saved_secret()
    rows = list(PlaidItem.objects.values_list("access_token"))
    key = (data_dir / "keys" / "token.key").read_text()
    assert "2 tokens and secrets can be read and would move to a new key" in said("--dry-run", capsys=capsys)
    assert list(PlaidItem.objects.values_list("access_token")) == rows
    assert (data_dir / "keys" / "token.key").read_text() == key


@pytest.mark.django_db
@pytest.mark.parametrize("arguments", [[], ["--dry-run"]])
def test_names_what_can_not_be_read_and_leaves_the_key_alone(data_dir: Path, arguments: list[str]):
    connected()
    lost = connected("item-2", "Tartan Bank")
    key = (data_dir / "keys" / "token.key").read_text()
    foreign = Fernet(Fernet.generate_key()).encrypt(b"{}").decode()
    PlaidItem.objects.filter(pk=lost.pk).update(access_token=foreign)
    with pytest.raises(CommandError, match=r"No key was dropped\. The present keys do not open: Tartan Bank\."):
        call_command("rotate_keys", *arguments)
    assert (data_dir / "keys" / "token.key").read_text() == key


@pytest.mark.django_db
def test_an_expired_visit_to_link_is_no_obstacle(user):
    connected()
    LinkSession.objects.create(user=user, link_token="gAAAAA-broken", expires_at=timezone.now() - timedelta(days=1))
    call_command("rotate_keys")
    assert LinkSession.objects.get().link_token == ""


@pytest.mark.django_db
def test_two_rotations_at_once_are_one_too_many(data_dir: Path):
    connected()
    with only_one_rotation(), pytest.raises(CommandError, match="Another rotation is running"):
        call_command("rotate_keys")


@pytest.mark.django_db(transaction=True)
def test_tokens_are_read_and_written_all_the_while(data_dir: Path):
    items = [connected(f"item-{number}") for number in range(4)]
    stop, failures = threading.Event(), []

    def sync_without_pause() -> None:
        held = list(PlaidItem.objects.order_by("pk"))  # read once, as a long run does
        count = 0
        try:
            while not stop.is_set():
                failures.extend(item for item in [*held, *PlaidItem.objects.all()] if decrypt_token(item) != TOKEN)
                with transaction.atomic():
                    connected(f"new-{count}")
                count += 1
        except (TokenUnreadable, KeyProblem) as error:
            failures.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=sync_without_pause)
    thread.start()
    try:
        for _round in range(5):
            call_command("rotate_keys")
    finally:
        stop.set()
        thread.join()
    assert failures == []
    assert PlaidItem.objects.count() > len(items)
    assert all(decrypt_token(item) == TOKEN for item in PlaidItem.objects.all())


class TestScenarioO:
    """The key is changed, then lost."""

    @pytest.fixture
    def second(self, linked_bank, user) -> LinkedAccount:
        """An account of another bank, linked beside those of the first."""
        session = visit(linked_bank.server, user, OAUTH)
        attach.attach(session, {offer.id: NEW for offer in attach.offered(session)})
        return LinkedAccount.objects.exclude(item=linked_bank.link().item).order_by("pk")[0]

    def test_after_a_change_of_the_key_every_bank_is_synced_as_before(self, linked_bank, second):
        call_command("rotate_keys")
        assert linked_bank.sync().status == "success"
        assert sync_linked_account(second.pk, "manual") == "success"

    def test_a_bank_whose_access_is_lost_asks_for_a_new_connection_and_no_other_does(self, linked_bank, second):
        call_command("rotate_keys")
        foreign = Fernet(Fernet.generate_key()).encrypt(b"{}").decode()
        PlaidItem.objects.filter(pk=second.item_id).update(access_token=foreign)
        before = linked_bank.server.calls.total()
        assert sync_linked_account(second.pk, "manual") == "error"
        assert linked_bank.server.calls.total() == before
        assert linked_bank.sync().status == "success"
        second.refresh_from_db()
        assert second.account.connection_status == "error"
        assert second.step == "relink"
        assert linked_bank.account().connection_status == "connected"

    def test_with_the_key_lost_nobody_is_asked_and_no_new_key_is_made(self, linked_bank, data_dir: Path):
        assert linked_bank.sync().status == "success"
        (data_dir / "keys" / "token.key").unlink()
        rows, calls = linked_bank.rows(), linked_bank.server.calls.total()
        assert linked_bank.sync().status == "error"
        assert linked_bank.server.calls.total() == calls
        assert linked_bank.rows() == rows
        assert not (data_dir / "keys" / "token.key").exists()

    def test_the_key_put_back_heals_everything(self, linked_bank, data_dir: Path):
        path = data_dir / "keys" / "token.key"
        kept = path.read_text()
        path.unlink()
        assert linked_bank.sync().status == "error"
        path.write_text(kept)
        assert linked_bank.sync().status == "success"
        assert linked_bank.account().connection_status == "connected"

    def test_with_the_key_gone_for_good_the_bank_is_disconnected_and_connected_again(
        self, linked_bank, user, data_dir: Path
    ):
        assert linked_bank.sync().status == "success"
        count = linked_bank.account().transactions.live().count()
        (data_dir / "keys" / "token.key").unlink()
        accounts = [linked_bank.account(role) for role in linked_bank.links]
        for account in accounts:
            disconnect(account)
        session = visit(linked_bank.server, user)
        links = attach.attach(
            session, {offer.bank.id: offer.choice for offer in attach.proposals(session, session.item)}
        )
        assert {link.account_id for link in links} == {account.pk for account in accounts}
        checking = LinkedAccount.objects.get(account=accounts[0])
        assert sync_linked_account(checking.pk, "manual") == "success"
        assert accounts[0].transactions.live().count() == count
