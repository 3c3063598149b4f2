"""HTTP for the Plaid client: whole answers only, within a total time and a size.

urllib3's read timeout begins anew with every byte, so a slow drip holds a call for ever; and an error
page is read whole, however long. Here a watchdog shuts the socket when the time is up.
"""

import contextlib
import os
import socket
import threading
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, SSLError

MAX_BYTES = 32 * 1024 * 1024  # a page of 500 rows is below 1 MB
_CONNECT_SECONDS = 5.0
_CHUNK = 65536


class CallFailed(HTTPError):
    """No whole answer: the time was up, the body too large, or the encryption broke."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole HTTP answer, as the Plaid client reads one."""

    status: int
    reason: str | None
    data: bytes
    headers: Mapping[str, str]

    def getheaders(self) -> Mapping[str, str]:
        return self.headers


class Transport:
    """Takes the place of the Plaid client's urllib3 pool manager."""

    def __init__(self) -> None:
        # Only a connection that was never made is tried again: a POST that was sent may have been done.
        retries = urllib3.Retry(total=2, connect=2, read=0, status=0, redirect=0, backoff_factor=0.2)
        self._pools = urllib3.PoolManager(num_pools=2, maxsize=4, retries=retries)
        self._pools.pool_classes_by_scheme = {"http": _WatchedPool, "https": _WatchedSecurePool}

    def request(
        self,
        method: str,
        url: str,
        *,
        body: str,
        headers: Mapping[str, str],
        timeout: urllib3.Timeout,
        preload_content: bool,  # noqa: ARG002  the client passes it; answers are always read whole
    ) -> Answer:
        """The answer, once it is complete. `timeout.total` bounds the call from first to last byte.

        Raises CallFailed and other urllib3 errors; never follows a redirect (it would carry the secret along).
        """
        seconds = float(timeout.total)  # type: ignore[arg-type]  # the gateway gives every call a number
        limit = urllib3.Timeout(connect=min(_CONNECT_SECONDS, seconds), read=seconds)
        with _deadline(seconds):
            response = self._pools.request(
                method, url, body=body, headers=headers, timeout=limit, preload_content=False, redirect=False
            )
            try:
                data = _whole(response)
            except BaseException:
                response.close()
                raise
            response.release_conn()
        return Answer(response.status, response.reason, data, response.headers)


def _whole(response: urllib3.BaseHTTPResponse) -> bytes:
    data = bytearray()
    for chunk in response.stream(_CHUNK):
        data += chunk
        if len(data) > MAX_BYTES:
            raise CallFailed("the answer is too large")
    return bytes(data)


@contextlib.contextmanager
def _deadline(seconds: float) -> Iterator[None]:
    """Shuts the sockets of the calls inside when the time is up; then raises CallFailed."""
    call = _Call()
    watchdog = threading.Timer(seconds, call.expire)
    watchdog.daemon = True
    watchdog.start()
    token = _call.set(call)
    try:
        yield
    except SSLError as error:  # the Plaid client stumbles over a bare one
        raise CallFailed("the encrypted connection broke") from error
    except (HTTPError, OSError):
        if call.is_expired:
            raise CallFailed("the time is up") from None
        raise
    finally:
        _call.reset(token)
        watchdog.cancel()
        call.end()
    if call.is_expired:  # a body without a length seems to end well when its socket is shut
        raise CallFailed("the time is up")


class _Call:
    """One call, and a duplicate of the socket that it waits on: TLS and http.client pass the first one on."""

    def __init__(self) -> None:
        self.is_expired = False
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()

    def watch(self, watched: socket.socket) -> None:
        with self._lock:
            self._release()
            self._socket = socket.socket(fileno=os.dup(watched.fileno()))
            if self.is_expired:
                _shut(self._socket)

    def expire(self) -> None:
        with self._lock:
            self.is_expired = True
            if self._socket is not None:
                _shut(self._socket)

    def end(self) -> None:
        with self._lock:
            self._release()

    def _release(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _shut(watched: socket.socket) -> None:
    with contextlib.suppress(OSError):  # the other side may have hung up already
        watched.shutdown(socket.SHUT_RDWR)


_call: ContextVar[_Call | None] = ContextVar("call", default=None)


class _Watched(HTTPConnection):
    """Shows its socket to the call in progress."""

    def _new_conn(self) -> socket.socket:
        made = super()._new_conn()
        _show(made)
        return made

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is not None:  # a connection that was kept alive
            _show(self.sock)
        super().request(*args, **kwargs)


def _show(used: socket.socket) -> None:
    call = _call.get()
    if call is not None:
        call.watch(used)


class _WatchedSecure(_Watched, HTTPSConnection):
    pass


class _WatchedPool(HTTPConnectionPool):
    ConnectionCls = _Watched


class _WatchedSecurePool(HTTPSConnectionPool):
    ConnectionCls = _WatchedSecure
