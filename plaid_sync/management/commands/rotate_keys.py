"""Changes the key that encrypts tokens and secrets.

Safe to kill at any moment: an old key leaves the ring only after everything was read back with the new one
alone, and a second run goes on from wherever the first one ended.
"""

import fcntl
import os
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts import audit
from accounts.models import AuditEvent
from plaid_sync.errors import KeyProblem, TokenUnreadable
from plaid_sync.keyring import (
    ENVIRONMENT_NAME,
    environment_keys,
    file_keys,
    key_file,
    new_key,
    replace_key_file,
    ring,
)
from plaid_sync.rotation import everything, reencrypt_all, refuse_unreadable, verify
from plaid_sync.visits import forget_expired


class Command(BaseCommand):
    help = (
        "Encrypts the stored bank connections and secrets with a new key; with keys in the environment, with the "
        "first of them. Web and worker may run meanwhile. Interrupted, it can be run again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done, and whether it can be")

    def handle(self, *, dry_run: bool, **_options: Any) -> None:
        try:
            self.stdout.write(_plan() if dry_run else _rotate())
        except (KeyProblem, TokenUnreadable) as error:
            raise CommandError(f"No key was dropped. {error}") from error


def _plan() -> str:
    if not ring():
        return "There is no key yet: the first bank connection makes one."
    refuse_unreadable()
    target = f"the first key of {ENVIRONMENT_NAME}" if environment_keys() else f"a new key in {key_file()}"
    return f"{_pieces(len(everything()))} can be read and would move to {target}. Nothing was changed."


def _rotate() -> str:
    forget_expired()  # their link tokens are of no use, so none of them may stand in the way
    if given := environment_keys():
        count = reencrypt_all()
        verify(given[0])
        _note()
        return f"{_pieces(count)} moved to the first key of {ENVIRONMENT_NAME}. The other keys can be taken out of it."
    if not key_file().exists():
        return "There is no key yet: the first bank connection makes one."
    with only_one_rotation():
        refuse_unreadable()
        new = new_key()
        replace_key_file([new, *file_keys()])
        count = reencrypt_all()
        verify(new)
        replace_key_file([new])
        _note()
    return f"{_pieces(count)} moved to the new key in {key_file()}. Put it into your backups in place of the old one."


def _note() -> None:
    audit.record(AuditEvent.Kind.KEY_CHANGED, now=timezone.now())


def _pieces(count: int) -> str:
    return "1 token or secret" if count == 1 else f"{count} tokens and secrets"


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
