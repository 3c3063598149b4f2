import multiprocessing
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.utils import timezone

from plaid_sync import keyring
from plaid_sync.errors import KeyProblem, TokenUnreadable
from plaid_sync.models import LinkSession, PlaidItem, TokenKeyFingerprint
from plaid_sync.vault import decrypt_link_token, decrypt_token, encrypt_link_token, encrypt_token

TOKEN = "access-emulator-00000000-1111-2222-3333-444444444444"


@pytest.fixture(autouse=True)
def data_dir(settings, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    settings.PLAID_TOKEN_ENCRYPTION_KEY = ""
    settings.HAS_DATABASE_SERVER = False
    return tmp_path


def key() -> str:
    return Fernet.generate_key().decode()


def connected(item_id: str = "item-1", token: str = TOKEN) -> PlaidItem:
    return PlaidItem.objects.create(
        item_id=item_id, access_token=encrypt_token(token, item_id=item_id), environment="emulator"
    )


def opened_session(user: User, *, lasts: timedelta = timedelta(hours=4)) -> LinkSession:
    session = LinkSession.objects.create(user=user, expires_at=timezone.now() + lasts)
    session.link_token = encrypt_link_token("link-emulator-1", session=session.pk)
    session.save()
    return session


def make_key_file(start: multiprocessing.Barrier, seen: multiprocessing.Queue) -> None:
    start.wait()
    keyring.create_key_file()
    seen.put(keyring.ring()[0].text)


@pytest.mark.django_db
class TestTokens:
    def test_are_read_back_and_never_stored_in_the_clear(self):
        item = connected()
        assert TOKEN not in item.access_token
        assert decrypt_token(item) == TOKEN

    def test_a_link_token_belongs_to_its_session(self, user):
        first, second = opened_session(user), opened_session(user)
        assert decrypt_link_token(first) == "link-emulator-1"
        second.link_token = first.link_token
        second.save()
        with pytest.raises(TokenUnreadable):
            decrypt_link_token(second)

    def test_swapped_between_two_banks_are_refused(self):
        first, second = connected("item-1"), connected("item-2")
        first.access_token, second.access_token = second.access_token, first.access_token
        for item in (first, second):
            item.save()
        for item in (first, second):
            with pytest.raises(TokenUnreadable, match="another connection"):
                decrypt_token(item)

    def test_a_link_token_is_not_taken_for_an_access_token(self, user):
        session = opened_session(user)
        item = PlaidItem(item_id=str(session.pk), access_token=session.link_token)
        with pytest.raises(TokenUnreadable):
            decrypt_token(item)

    @pytest.mark.parametrize("length", [0, 1, 20, 60])
    def test_cut_short_are_refused(self, length: int):
        item = connected()
        item.access_token = item.access_token[:length]
        item.save()
        with pytest.raises(TokenUnreadable):
            decrypt_token(item)

    def test_with_one_flipped_bit_are_refused(self):
        item = connected()
        stored = item.access_token.rstrip("=").encode()[:-1]  # the last digit has bits that mean nothing
        for n in range(200):
            place = n * 37 % len(stored)
            flipped = bytearray(stored)
            flipped[place] ^= 1 << n % 7
            item.access_token = flipped.decode("latin-1") + item.access_token[len(stored) :]
            item.save()
            with pytest.raises(TokenUnreadable):
                decrypt_token(item)

    def test_an_emptied_token_is_unreadable(self):
        with pytest.raises(TokenUnreadable):
            decrypt_token(PlaidItem(item_id="item-1", access_token=""))


@pytest.mark.django_db
class TestKeys:
    def test_the_first_token_makes_a_private_key_file(self, data_dir: Path):
        connected()
        path = data_dir / "keys" / "token.key"
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700
        assert list(path.parent.iterdir()) == [path]

    def test_four_processes_at_once_agree_on_one_key(self, settings, tmp_path: Path):
        context = multiprocessing.get_context("fork")
        for n in range(30):
            settings.DATA_DIR = tmp_path / str(n)
            start, seen = context.Barrier(4), context.Queue()
            processes = [context.Process(target=make_key_file, args=(start, seen)) for _ in range(4)]
            for process in processes:
                process.start()
            keys = {seen.get(timeout=30) for _ in processes}
            for process in processes:
                process.join(timeout=30)
            assert len(keys) == 1
            assert [path.name for path in (tmp_path / str(n) / "keys").iterdir()] == ["token.key"]

    def test_the_first_of_the_environment_encrypts_and_all_decrypt(self, settings):
        old, new = key(), key()
        settings.PLAID_TOKEN_ENCRYPTION_KEY = old
        before = connected("item-1")
        settings.PLAID_TOKEN_ENCRYPTION_KEY = f"{new}, {old}"
        after = connected("item-2")
        assert decrypt_token(before) == TOKEN
        settings.PLAID_TOKEN_ENCRYPTION_KEY = new
        assert decrypt_token(after) == TOKEN
        with pytest.raises(TokenUnreadable):
            decrypt_token(before)

    def test_of_the_environment_leave_the_folder_alone(self, settings, data_dir: Path):
        settings.PLAID_TOKEN_ENCRYPTION_KEY = key()
        connected()
        assert not (data_dir / "keys").exists()

    def test_of_the_file_still_decrypt_beside_those_of_the_environment(self, settings):
        item = connected()
        settings.PLAID_TOKEN_ENCRYPTION_KEY = key()
        assert decrypt_token(item) == TOKEN
        assert decrypt_token(connected("item-2")) == TOKEN

    def test_a_lost_file_is_not_replaced_while_something_is_encrypted(self, data_dir: Path):
        item = connected()
        (data_dir / "keys" / "token.key").unlink()
        with pytest.raises(KeyProblem, match="gone"):
            encrypt_token(TOKEN, item_id="item-2")
        with pytest.raises(TokenUnreadable):
            decrypt_token(item)
        assert not (data_dir / "keys" / "token.key").exists()

    def test_a_lost_file_is_replaced_once_nothing_depends_on_it(self, data_dir: Path):
        connected()
        (data_dir / "keys" / "token.key").unlink()
        PlaidItem.objects.update(access_token="")
        assert decrypt_token(connected("item-2")) == TOKEN

    def test_an_expired_link_token_does_not_hold_back_a_new_key(self, user, data_dir: Path):
        opened_session(user, lasts=timedelta(seconds=-1))
        (data_dir / "keys" / "token.key").unlink()
        assert decrypt_token(connected()) == TOKEN

    @pytest.mark.parametrize("content", ["", "\n", "garbage", "A" * 43, "é"])
    def test_a_damaged_file_is_an_error_and_stays_as_it_is(self, data_dir: Path, content: str):
        path = data_dir / "keys" / "token.key"
        path.parent.mkdir()
        path.write_text(content)
        with pytest.raises(KeyProblem, match=r"token\.key"):
            encrypt_token(TOKEN, item_id="item-1")
        assert path.read_text() == content

    def test_a_file_that_others_may_read_is_made_private(self, data_dir: Path):
        item = connected()
        path = data_dir / "keys" / "token.key"
        path.chmod(0o644)
        assert decrypt_token(item) == TOKEN
        assert path.stat().st_mode & 0o777 == 0o600

    def test_damaged_in_the_environment_are_named_but_not_shown(self, settings):
        settings.PLAID_TOKEN_ENCRYPTION_KEY = "not-a-key-at-all"
        with pytest.raises(KeyProblem, match="PLAID_TOKEN_ENCRYPTION_KEY") as caught:
            encrypt_token(TOKEN, item_id="item-1")
        assert "not-a-key-at-all" not in str(caught.value)

    def test_have_to_come_from_the_environment_beside_a_database_server(self, settings, data_dir: Path):
        settings.HAS_DATABASE_SERVER = True
        with pytest.raises(KeyProblem, match="must be set"):
            encrypt_token(TOKEN, item_id="item-1")
        assert not (data_dir / "keys").exists()

    def test_a_holder_of_another_key_stops_instead_of_writing(self, settings):
        settings.PLAID_TOKEN_ENCRYPTION_KEY = key()
        connected()
        settings.PLAID_TOKEN_ENCRYPTION_KEY = key()
        with pytest.raises(KeyProblem, match="another key"):
            encrypt_token(TOKEN, item_id="item-2")
        assert TokenKeyFingerprint.objects.count() == 1

    def test_are_not_shown(self):
        connected()
        shown = f"{keyring.ring()!r} {keyring.ring()[0]!s}"
        assert keyring.ring()[0].text not in shown


@pytest.mark.django_db
class TestRotation:
    def test_of_the_file_keeps_every_token_and_drops_the_old_key(self, user):
        item, session = connected(), opened_session(user)
        old = keyring.ring()
        call_command("rotate_keys")
        item.refresh_from_db()
        session.refresh_from_db()
        assert decrypt_token(item) == TOKEN
        assert decrypt_link_token(session) == "link-emulator-1"
        assert [key.text for key in keyring.ring()] != [key.text for key in old]
        assert len(keyring.ring()) == 1

    def test_stops_before_it_drops_a_key_that_is_still_needed(self):
        readable, broken = connected("item-1"), connected("item-2")
        PlaidItem.objects.filter(pk=broken.pk).update(access_token="gAAAAA-broken")
        with pytest.raises(CommandError, match="No key was dropped"):
            call_command("rotate_keys")
        readable.refresh_from_db()
        assert decrypt_token(readable) == TOKEN

    def test_that_was_interrupted_can_be_run_again(self):
        item = connected()
        keyring.replace_key_file([keyring.new_key(), *keyring.file_keys()])
        call_command("rotate_keys")
        item.refresh_from_db()
        assert decrypt_token(item) == TOKEN
        assert len(keyring.ring()) == 1

    def test_of_the_environment_moves_everything_to_the_first_key(self, settings):
        old, new = key(), key()
        settings.PLAID_TOKEN_ENCRYPTION_KEY = old
        item = connected()
        settings.PLAID_TOKEN_ENCRYPTION_KEY = f"{new},{old}"
        call_command("rotate_keys")
        settings.PLAID_TOKEN_ENCRYPTION_KEY = new
        item.refresh_from_db()
        assert decrypt_token(item) == TOKEN

    def test_without_a_key_has_nothing_to_do(self, data_dir: Path):
        call_command("rotate_keys")
        assert list(data_dir.iterdir()) == []
