"""Calls that are refused, and answers that break on the wire."""

import contextlib
import gzip
import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from plaid_sync.emulator import errors
from plaid_sync.emulator.ids import request_id
from plaid_sync.emulator.responses import Response, json_response

PATIENCE = 30.0  # the longest that a connection is held
_LARGE = 200_000_000
_BLOCK = 1_000_000
_JSON = "application/json"

Check = Callable[[Any], bool]
Send = Callable[[bytes], None]


# Refused: the call is not looked at


def refusal(kind: str, argument: Any) -> Response | None:
    """What the call is answered with in the place of its endpoint's answer; None if the endpoint is to answer."""
    return _REFUSALS[kind](argument) if kind in _REFUSALS else None


def _error(argument: str) -> Response:
    kind, _, code = argument.rpartition("/")
    fault = errors.Fault(kind or "ITEM_ERROR", code, "a fault that was ordered")
    return json_response(fault.body(request_id()), 400)


def _rate_limit(argument: int | None) -> Response:
    fault = errors.Fault("RATE_LIMIT_EXCEEDED", "RATE_LIMIT", "rate limit exceeded")
    headers = {} if argument is None else {"Retry-After": str(argument)}
    return Response(json_response(fault.body(request_id())).body, _JSON, 429, headers)


def _page(argument: int) -> Response:
    return Response(f"<html><h1>{argument}</h1></html>".encode(), "text/html", argument)


def _endless(_argument: object) -> Response:
    page = {"accounts": [], "added": [], "modified": [], "removed": [], "has_more": True, "next_cursor": request_id()}
    return json_response({**page, "transactions_update_status": "HISTORICAL_UPDATE_COMPLETE", "request_id": "r"})


_REFUSALS: dict[str, Callable[[Any], Response]] = {
    "error": _error,
    "rate_limit": _rate_limit,
    "page": _page,
    "endless_pages": _endless,
}


# Broken: the call is done, and its answer does not arrive whole


def breaks(kind: str) -> bool:
    """Whether the answer itself is sent wrongly."""
    return kind in _BREAKAGES


def send_broken(kind: str, argument: Any, *, response: Response, connection: socket.socket) -> None:
    """Sends the answer in the way of the fault; the connection is of no use afterwards."""
    with contextlib.suppress(OSError):  # the caller may have had enough of it
        for part in _BREAKAGES[kind](response, argument):
            connection.sendall(part)
        if kind in _HELD:
            _await_end(connection)
        elif kind == "reset":  # a socket that does not linger is closed by a reset
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            os.close(connection.detach())


def _await_end(connection: socket.socket) -> None:
    connection.settimeout(PATIENCE)
    while connection.recv(1024):
        pass


def _head(response: Response, *, length: int | None = None, **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {response.status} X", f"Content-Type: {response.content_type}"]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode()


def _whole(response: Response, body: bytes, **headers: str) -> Iterator[bytes]:
    yield _head(response, length=len(body), **headers) + body


def _nothing(_response: Response, _argument: object) -> Iterator[bytes]:
    yield b""


def _half_sent(response: Response, _argument: object) -> Iterator[bytes]:
    yield _head(response, length=len(response.body)) + response.body[: len(response.body) // 2]


def _half_json(response: Response, _argument: object) -> Iterator[bytes]:
    return _whole(response, response.body[: len(response.body) // 2])


def _wrong_type(response: Response, _argument: object) -> Iterator[bytes]:
    return _whole(Response(b"", "text/html", response.status), response.body)


def _body(response: Response, argument: str) -> Iterator[bytes]:
    return _whole(response, argument.encode("utf-8", "surrogateescape"))


def _not_gzip(response: Response, _argument: object) -> Iterator[bytes]:
    return _whole(response, b"not gzip at all", Content_Encoding="gzip")


def _bomb(response: Response, argument: int | None) -> Iterator[bytes]:
    return _whole(response, gzip.compress(b"[" * (argument or _LARGE)), Content_Encoding="gzip")


def _large(response: Response, argument: int | None) -> Iterator[bytes]:
    size = argument or _LARGE
    yield _head(response, length=size)
    for _ in range(size // _BLOCK):
        yield b"[" * _BLOCK


def _endless_body(response: Response, _argument: object) -> Iterator[bytes]:
    yield _head(response)
    while True:
        yield b"[" * _BLOCK


def _drip(response: Response, argument: float | Decimal | None) -> Iterator[bytes]:
    yield _head(response, length=len(response.body))
    for number in range(len(response.body)):
        yield response.body[number : number + 1]
        threading.Event().wait(float(argument or 0.05))


def _drip_of_headers(_response: Response, argument: float | Decimal | None) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nX-Slow: "
    while True:
        yield b"a"
        threading.Event().wait(float(argument or 0.05))


def _not_http(_response: Response, _argument: object) -> Iterator[bytes]:
    yield b"\x16\x03\x01 what?\r\n\r\n"


_BREAKAGES: dict[str, Callable[[Response, Any], Iterator[bytes]]] = {
    "hang_up": _nothing,
    "silence": _nothing,
    "reset": _half_sent,
    "cut": _half_sent,
    "half_json": _half_json,
    "wrong_type": _wrong_type,
    "body": _body,
    "not_gzip": _not_gzip,
    "bomb": _bomb,
    "large": _large,
    "endless_body": _endless_body,
    "drip": _drip,
    "drip_headers": _drip_of_headers,
    "not_http": _not_http,
}
_HELD = ("silence",)


def _is_none(argument: object) -> bool:
    return argument is None


def _is_text(argument: object) -> bool:
    return isinstance(argument, str) and bool(argument)


def _is_status(argument: object) -> bool:
    return isinstance(argument, int) and 300 <= argument <= 599


def _may_be_a_number(argument: object) -> bool:
    return argument is None or (isinstance(argument, int | float | Decimal) and argument > 0)


def _may_be_whole(argument: object) -> bool:
    return argument is None or (isinstance(argument, int) and argument >= 0)


_NONE = (_is_none, "left out")
ARGUMENTS: dict[str, tuple[Check, str]] = {
    "error": (_is_text, 'one of Plaid\'s error codes, or "TYPE/CODE"'),
    "rate_limit": (_may_be_whole, "the seconds of Retry-After, or left out"),
    "page": (_is_status, "an HTTP status from 300 to 599"),
    "endless_pages": _NONE,
    "hang_up": _NONE,
    "silence": _NONE,
    "reset": _NONE,
    "cut": _NONE,
    "half_json": _NONE,
    "wrong_type": _NONE,
    "body": (lambda argument: isinstance(argument, str), "the text of the body"),
    "not_gzip": _NONE,
    "bomb": (_may_be_whole, "the bytes that it unpacks to, or left out"),
    "large": (_may_be_whole, "the bytes of the body, or left out"),
    "endless_body": _NONE,
    "drip": (_may_be_a_number, "the seconds between two bytes, or left out"),
    "drip_headers": (_may_be_a_number, "the seconds between two bytes, or left out"),
    "not_http": _NONE,
}
