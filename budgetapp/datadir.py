"""The private folder of an install, and the secret key that is made there once."""

import os
import secrets
from pathlib import Path


def private_folder(path: Path) -> Path:
    """`path`, created for its owner only (0700) where it was missing."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def secret_key(folder: Path) -> str:
    """The install's secret key; the first of several processes that ask at once makes it for all."""
    path = private_folder(folder) / "secret.key"
    if not path.exists():
        _publish(path, secrets.token_urlsafe(64))
    key = path.read_text(encoding="ascii").strip()
    if len(key) < 50:
        raise ValueError(
            f"{path} does not hold a secret key. Restore it from a backup, or delete it to sign everyone out."
        )
    return key


def _publish(path: Path, content: str) -> None:
    """Writes `path` in one step; keeps what another process has put there first."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(content + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        pass  # another process was first: its key is the install's key
    finally:
        draft.unlink()
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
