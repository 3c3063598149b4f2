"""The keys that encrypt tokens: those of the environment first, then those of the install's key file.

The first key encrypts, every key decrypts. The key file is made by itself, but only while nothing is
encrypted yet: a new key beside old tokens would make them unreadable, and impossible to revoke.
"""

import hashlib
import logging
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet
from django.conf import settings

from plaid_sync.errors import KeyProblem

logger = logging.getLogger(__name__)

ENVIRONMENT_NAME = "PLAID_TOKEN_ENCRYPTION_KEY"


class Key:
    """One Fernet key. Its text is never shown."""

    def __init__(self, text: str, *, source: str) -> None:
        """Raises KeyProblem, naming `source`, if `text` is no Fernet key."""
        try:
            self.fernet = Fernet(text)
        except ValueError as error:
            raise KeyProblem(
                f"{source} does not hold an encryption key. Restore it from a backup: "
                "another key can't read the stored bank connections."
            ) from error
        self.text = text
        self.fingerprint = hashlib.sha256(b"budgetapp token key\0" + text.encode()).hexdigest()

    def __repr__(self) -> str:
        return f"<Key {self.fingerprint[:8]}>"


def key_file() -> Path:
    return Path(settings.DATA_DIR) / "keys" / "token.key"


def ring() -> list[Key]:
    """All keys, the encrypting one first; empty if there is none yet.

    Raises KeyProblem if a key is damaged, or if keys have to come from the environment and don't.
    """
    given = environment_keys()
    if settings.HAS_DATABASE_SERVER and not given:
        raise KeyProblem(
            f"{ENVIRONMENT_NAME} must be set beside a database server: every machine needs the same key. Make one "
            "with: python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
        )
    known = {key.fingerprint: key for key in [*given, *file_keys()]}
    return list(known.values())


def environment_keys() -> list[Key]:
    texts = [text.strip() for text in settings.PLAID_TOKEN_ENCRYPTION_KEY.split(",")]
    return [Key(text, source=ENVIRONMENT_NAME) for text in texts if text]


def file_keys() -> list[Key]:
    """The keys of the key file, one per line; none if there is no file. An empty file is a KeyProblem."""
    path = key_file()
    try:
        content = path.read_text(encoding="ascii")
        _keep_private(path)
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise KeyProblem(
            f"{path} can't be read. Restore it from a backup, or give this user the right to read it."
        ) from error
    return [Key(text, source=str(path)) for text in content.split() or [""]]


def _keep_private(path: Path) -> None:
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        logger.warning("%s could be read by other users (mode %o); it is private now", path, mode)
        path.chmod(0o600)


def new_key() -> Key:
    return Key(Fernet.generate_key().decode(), source="A new key")


def create_key_file() -> None:
    """Makes the install's key; of several processes that try at once, one makes it for all."""
    path = key_file()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = _draft(path, [new_key()])
    try:
        os.link(draft, path)
    except FileExistsError:
        return  # another process was first: its key is the install's key
    finally:
        draft.unlink()
    _sync_folder(path.parent)
    logger.warning("Made the key that encrypts bank connections: %s. Keep a copy of it in your backups.", path)


def replace_key_file(keys: list[Key]) -> None:
    """Puts `keys` in the place of the key file's in one step, the encrypting one first."""
    path = key_file()
    _draft(path, keys).replace(path)
    _sync_folder(path.parent)


def _draft(path: Path, keys: list[Key]) -> Path:
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.writelines(f"{key.text}\n" for key in keys)
        file.flush()
        os.fsync(file.fileno())
    return draft


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
