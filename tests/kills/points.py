"""Named moments at which a process is killed, and the killing.

A moment is when a function is entered or left for the n-th time, perhaps only while another function is at work.
It is found by the interpreter's own tracing in the process that is to die, so that the app has no switch for it.
"""

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import CodeType, FrameType, FunctionType
from typing import Any, Literal

from django.db import connections

from tests.forking import let_go

PATIENCE = 120


@dataclass(frozen=True, slots=True)
class Point:
    """One moment: before or after the `nth` call of `function`, counting only calls made `inside` another."""

    name: str
    when: Literal["before", "after"]
    function: object
    inside: object = None
    nth: int = 1

    def __str__(self) -> str:
        return self.name


def is_killed(action: Callable[[], object], point: Point) -> bool:
    """Whether `action`, in a process of its own, was killed at the point; else it came to its end."""
    return killed(lambda: (_watch(point), action()))


def killed(action: Callable[[], object]) -> bool:
    """Whether the process of its own in which `action` ran killed itself; it must not have failed otherwise."""
    let_go()
    child = multiprocessing.get_context("fork").Process(target=action)
    child.start()
    child.join(PATIENCE)
    assert child.exitcode in (0, -signal.SIGKILL), child.exitcode
    return child.exitcode != 0


def is_killed_before_statement(action: Callable[[], object], *, at: int) -> bool:
    """Whether `action`, in a process of its own, was killed before its statement number `at`, counted over both
    databases; else it came to its end."""

    def watched() -> None:
        deaths = _DeathBefore(at)
        for alias in connections:
            connections[alias].execute_wrappers.append(deaths)
        action()

    return killed(watched)


class _DeathBefore:
    """Counts the statements of all databases and ends the process before a chosen one."""

    def __init__(self, at: int) -> None:
        self.left = at

    def __call__(self, execute: Callable[..., object], sql: str, params: Any, many: bool, context: Any) -> object:
        self.left -= 1
        if not self.left:
            die()
        return execute(sql, params, many, context)


def die() -> None:
    """Ends this process as the machine's own end would: nothing of it gets to tidy up."""
    os.kill(os.getpid(), signal.SIGKILL)


def _watch(point: Point) -> None:
    code, inside = _code(point.function), _code(point.inside) if point.inside else None
    event_of_point = "call" if point.when == "before" else "return"
    left = point.nth

    def look(frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal left
        if frame.f_code is code and event == event_of_point and (inside is None or _is_inside(frame, inside)):
            left -= 1
            if not left:
                die()

    sys.setprofile(look)


def _code(function: object) -> CodeType:
    """The code of a function, a method, or what a decorator such as contextmanager wraps."""
    function = getattr(function, "__func__", function)
    function = getattr(function, "__wrapped__", function)
    assert isinstance(function, FunctionType), function
    return function.__code__


def _is_inside(frame: FrameType | None, code: CodeType) -> bool:
    while frame := frame.f_back if frame else None:
        if frame.f_code is code:
            return True
    return False
