"""Run by test_rotation: kills rotations at every line that has to do with writing, and looks at what each left.

A process of its own, so that it can fork before any connection to a database is open.
"""

import os
import shutil
import sys
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402  the app has to be set up first
from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import SavedSetting  # noqa: E402
from plaid_sync import keyring, rotation, vault  # noqa: E402
from plaid_sync.keyring import ring  # noqa: E402
from plaid_sync.management.commands import rotate_keys  # noqa: E402
from plaid_sync.models import LinkSession, PlaidItem  # noqa: E402
from plaid_sync.rotation import everything  # noqa: E402
from plaid_sync.vault import SECRET_NAMES, encrypt_link_token, encrypt_secret, encrypt_token  # noqa: E402
from tests.forking import let_go  # noqa: E402
from tests.kills.points import die  # noqa: E402

WATCHED = {rotate_keys._rotate, rotation.reencrypt_all, rotation.verify, vault.Sealed.seal_anew, vault.encrypting_key}
WATCHED |= {keyring.replace_key_file, keyring._draft, keyring._sync_folder}
CODE = {function.__code__ for function in WATCHED}
SECRETS = ["access-1", "access-2", "link-1", "secret-of-the-sandbox"]


def fill() -> None:
    """Every kind of thing that is stored encrypted."""
    call_command("migrate", verbosity=0)
    user = User.objects.create(username="alice")
    for number in (1, 2):
        token = encrypt_token(f"access-{number}", item_id=f"item-{number}")
        PlaidItem.objects.create(item_id=f"item-{number}", access_token=token, environment="sandbox")
    session = LinkSession.objects.create(user=user, expires_at=timezone.now() + timedelta(hours=4))
    session.link_token = encrypt_link_token("link-1", session=session.pk)
    session.save()
    value = encrypt_secret("secret-of-the-sandbox", environment="sandbox")
    SavedSetting.objects.create(name=SECRET_NAMES["sandbox"], value=value, changed_at=timezone.now())


def in_child(work: Callable[[], None]) -> int:
    """The wait status of a forked process that did `work`."""
    let_go()
    child = os.fork()
    if child == 0:
        work()
        connections.close_all()
        os._exit(0)
    return os.waitpid(child, 0)[1]


def killed_at(number: int) -> None:
    """A rotation that is killed when it comes to its line `number`."""
    lines = 0

    def trace(frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal lines
        if frame.f_code not in CODE:
            return None
        if event == "line":
            lines += 1
            if lines == number:
                die()
        return trace

    sys.settrace(trace)
    call_command("rotate_keys", stdout=open(os.devnull, "w"))  # noqa: PTH123, SIM115  the process ends
    sys.settrace(None)


def opened() -> list[str]:
    return [piece.opened() for piece in everything()]


def rotate_again() -> None:
    before = {key.fingerprint for key in ring()}
    call_command("rotate_keys", stdout=open(os.devnull, "w"))  # noqa: PTH123, SIM115
    after = [key.fingerprint for key in ring()]
    assert len(after) == 1
    assert after[0] not in before
    assert opened() == SECRETS


def main() -> None:
    folder, safe = Path(settings.DATA_DIR), Path(settings.DATA_DIR).with_name("safe")
    fill()
    connections.close_all()
    shutil.copytree(folder, safe)
    killed, number = 0, 0
    while True:
        number += 1
        shutil.rmtree(folder)
        shutil.copytree(safe, folder)
        was_killed = os.WIFSIGNALED(in_child(partial(killed_at, number)))
        assert opened() == SECRETS, f"killed at line {number}"
        assert os.waitstatus_to_exitcode(in_child(rotate_again)) == 0, f"killed at line {number}"
        if not was_killed:
            break
        killed += 1
    sys.stdout.write(f"{killed}\n")


main()
