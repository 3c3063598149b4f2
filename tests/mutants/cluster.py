"""A PostgreSQL server of its own, in a temporary folder, for as long as it is needed."""

import getpass
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class NoPostgreSQL(Exception):
    """It is not installed here."""


@contextmanager
def cluster() -> Iterator[str]:
    """The address of a running server, without a database's name. Raises NoPostgreSQL."""
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="budgetapp-mutants-pg."))
    as_owner = ["runuser", "-u", "postgres", "--"] if getpass.getuser() == "root" else []
    if as_owner:
        shutil.chown(folder, "postgres")
    data, port = folder / "data", _free_port()
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    control = [*as_owner, str(programs / "pg_ctl"), "-D", str(data), "-w"]
    try:
        _run(
            [
                *as_owner,
                str(programs / "initdb"),
                "-D",
                str(data),
                "-U",
                "budgetapp",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C",
            ]
        )
        _run([*control, "-l", str(folder / "log"), "-o", options, "start"])
        yield f"postgres://budgetapp@127.0.0.1:{port}"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], capture_output=True, check=False)
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name))
    if found:
        return found[-1]
    if initdb := shutil.which("initdb"):
        return Path(initdb).parent
    raise NoPostgreSQL


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
