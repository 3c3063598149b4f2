"""Ways in which the investments database can't be used, each for real and until its block ends."""

import shutil
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

_SIDE_FILES = ("", "-wal", "-shm")


@contextmanager
def missing() -> Iterator[None]:
    with _put_aside(_file()):
        yield


@contextmanager
def damaged() -> Iterator[None]:
    path = _file()
    with _put_aside(path):
        path.write_bytes(b"this was a database once " * 400)
        yield


@contextmanager
def locked() -> Iterator[None]:
    """Another program writes; who only reads does not notice."""
    with _held_by_another("BEGIN EXCLUSIVE"):
        yield


@contextmanager
def seized() -> Iterator[None]:
    """Another program lets nobody read, either."""
    with _held_by_another("PRAGMA locking_mode=EXCLUSIVE", "BEGIN EXCLUSIVE"):
        yield


@contextmanager
def out_of_reach() -> Iterator[None]:
    """Nobody answers where the server was."""
    connection = connections["investments"]
    where = connection.settings_dict
    port = where["PORT"]
    with socket.create_server(("127.0.0.1", 0)) as free:
        where["PORT"] = free.getsockname()[1]
    connection.close()
    try:
        yield
    finally:
        connection.close()
        where["PORT"] = port


Fault = Callable[[], AbstractContextManager[None]]
WORDS: dict[Fault, str] = {
    missing: "The investments database has no tables.",
    damaged: "The investments database is damaged.",
    locked: "The investments database is in use by another program.",
    seized: "The investments database is in use by another program.",
    out_of_reach: "The investments database can't be reached.",
}


def each(*faults: Fault) -> list[Any]:
    """The faults as parameters, each where it can happen."""
    marks = {out_of_reach: pytest.mark.postgresql}
    return [pytest.param(fault, marks=marks.get(fault, pytest.mark.sqlite), id=fault.__name__) for fault in faults]


def _file() -> Path:
    return Path(connections["investments"].settings_dict["NAME"])


@contextmanager
def _put_aside(path: Path) -> Iterator[None]:
    """The file is somewhere else until the block ends; what was made in its place meanwhile is dropped."""
    connections["investments"].close()
    kept = path.with_suffix(".kept")
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    shutil.move(path, kept)
    try:
        yield
    finally:
        connections["investments"].close()
        for suffix in _SIDE_FILES:
            Path(f"{path}{suffix}").unlink(missing_ok=True)
        shutil.move(kept, path)


@contextmanager
def _held_by_another(*statements: str) -> Iterator[None]:
    connection = connections["investments"]
    options = connection.settings_dict["OPTIONS"]
    patience, options["timeout"] = options["timeout"], 0.1
    connection.close()
    other = sqlite3.connect(_file(), isolation_level=None)
    for statement in statements:
        other.execute(statement)
    try:
        yield
    finally:
        other.close()
        connection.close()
        options["timeout"] = patience
