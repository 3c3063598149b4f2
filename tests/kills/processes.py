"""Actions that are started at once, each in a process of its own."""

import multiprocessing
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from typing import Any

from django.db import connections

from tests.forking import let_go

PATIENCE = 120
FORK = multiprocessing.get_context("fork")


def in_processes(*actions: Callable[[], Any]) -> list[Any]:
    """What each action gave. All begin when the last process is there; one that fails fails the test."""
    let_go()
    barrier = FORK.Barrier(len(actions))
    pipes = [FORK.Pipe(duplex=False) for _ in actions]
    children = [
        FORK.Process(target=_act, args=[action, barrier, sender])
        for action, (_receiver, sender) in zip(actions, pipes, strict=True)
    ]
    for child in children:
        child.start()
    for _receiver, sender in pipes:
        sender.close()
    results = [receiver.recv() for receiver, _sender in pipes]
    for child in children:
        child.join(PATIENCE)
    failures = [trace for _result, trace in results if trace]
    assert not failures, "\n".join(failures)
    return [result for result, _trace in results]


def _act(action: Callable[[], Any], barrier: Barrier, sender: Connection) -> None:
    barrier.wait(PATIENCE)
    try:
        sender.send((action(), ""))
    except BaseException:  # noqa: BLE001  told to the test, which fails
        sender.send((None, traceback.format_exc()))
    finally:
        connections.close_all()
