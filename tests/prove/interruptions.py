"""What comes between: a process that dies at any statement, and things that happen while a call is under way."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from plaid_sync.transport import Answer, Transport

ROWS_PER_PAGE = 3


class Killed(BaseException):
    """The process is gone. Nothing catches it."""


class _Death:
    """Lets so many statements through; from then on none, so that nobody tidies up either."""

    def __init__(self, statements: int) -> None:
        self.left = statements

    def __call__(self, execute: Callable, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.left -= 1
        if self.left < 0:
            raise Killed
        return execute(sql, params, many, context)


@contextmanager
def dying_after(statements: int) -> Iterator[None]:
    """The process inside ends before its next statement; what it had not committed is lost."""
    try:
        with connection.execute_wrapper(_Death(statements)):
            yield
    except Killed:
        connection.close()


class MeddlingTransport(Transport):
    """The real transport, with small pages, and with something that happens before a call to come.

    A bank may send fewer rows than it is asked for, so that a short history has many pages too.
    """

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0
        self._plans: dict[int, Callable[[], object]] = {}

    def meanwhile(self, call: int, action: Callable[[], object]) -> None:
        """Does this once, before the `call`-th call from now on is sent."""
        self._plans = {self.calls + call: action}

    def forget(self) -> None:
        self._plans.clear()

    def request(self, method: str, url: str, *, body: str, **facts: Any) -> Answer:
        assert not connection.in_atomic_block, "a call inside a database transaction"
        self.calls += 1
        if action := self._plans.pop(self.calls, None):
            action()
        if url.endswith("/transactions/sync"):
            body = json.dumps(json.loads(body) | {"count": ROWS_PER_PAGE})
        return super().request(method, url, body=body, **facts)
