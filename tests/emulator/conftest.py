"""A simulated bank of a fixed day, and a bare HTTP client for it."""

import json
from collections.abc import Callable, Iterator
from datetime import date

import pytest

from plaid_sync.emulator.server import EmulatorServer
from tests.emulator.asking import Answer, send

TODAY = date(2026, 7, 21)


@pytest.fixture
def server() -> Iterator[EmulatorServer]:
    with EmulatorServer(today=TODAY) as server:
        yield server


@pytest.fixture
def ask(server: EmulatorServer) -> Callable[..., Answer]:
    """Posts fields with the right keys in the headers."""

    def ask(path: str, **fields: object) -> Answer:
        keys = {"PLAID-CLIENT-ID": "emulator", "PLAID-SECRET": "emulator"}
        return send(server.url + path, json.dumps(fields).encode(), keys)

    return ask
