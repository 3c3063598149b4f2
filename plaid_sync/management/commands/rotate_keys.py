import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from plaid_sync.errors import KeyProblem, TokenUnreadable
from plaid_sync.keyring import ENVIRONMENT_NAME, environment_keys, file_keys, key_file, new_key, replace_key_file
from plaid_sync.vault import reencrypt_all


class Command(BaseCommand):
    help = "Encrypts the stored bank connections with a new key. Interrupted, it can be run again."

    def handle(self, **_options: Any) -> None:
        try:
            message = rotate_environment_keys() if environment_keys() else rotate_key_file()
        except (KeyProblem, TokenUnreadable) as error:
            raise CommandError(f"No key was dropped. {error}") from error
        self.stdout.write(message)


def rotate_environment_keys() -> str:
    """Moves everything to the first key of the environment."""
    count = reencrypt_all()
    return f"{count} tokens use the first key of {ENVIRONMENT_NAME}. The other keys can be taken out of it."


def rotate_key_file() -> str:
    """Makes a new key, moves everything to it, and only then drops the old ones."""
    if not key_file().exists():
        return "There is no key yet: the first bank connection makes one."
    with only_one_rotation():
        new = new_key()
        replace_key_file([new, *file_keys()])
        count = reencrypt_all()
        replace_key_file([new])
    return f"{count} tokens use the new key in {key_file()}. Put it into your backups in place of the old one."


@contextmanager
def only_one_rotation() -> Iterator[None]:
    folder = os.open(key_file().parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise CommandError("Another rotation is running.") from error
    finally:
        os.close(folder)
