"""A simulated bank of a fixed day, and a function that asks it for it."""

from collections.abc import Callable, Iterator
from datetime import date

import pytest

from plaid_sync.emulator.server import EmulatorServer
from tests.emulator.asking import Answer, poster
from tests.emulator.receiver import Receiver, receiving

TODAY = date(2026, 7, 21)


@pytest.fixture
def server() -> Iterator[EmulatorServer]:
    with EmulatorServer(today=TODAY) as server:
        yield server


@pytest.fixture
def ask(server: EmulatorServer) -> Callable[..., Answer]:
    return poster(server.url)


@pytest.fixture
def app() -> Iterator[Receiver]:
    """An application that webhooks reach; it keeps what it is told."""
    with receiving() as receiver:
        yield receiver
