"""A server that misbehaves on the wire, in ways that no bank's simulation should."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

Answer = Callable[[socket.socket], None]


class FaultServer:
    """Answers the n-th request with the n-th answer; the last one goes on for ever."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.requests: list[bytes] = []
        self.is_stopping = False
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def stop(self) -> None:
        self.is_stopping = True
        self._listener.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while not self.is_stopping:
                connection, _address = self._listener.accept()
                threading.Thread(target=self._answer, args=[connection], daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            while (request := _read_request(connection)) and not self.is_stopping:
                self.requests.append(request)
                answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
                answer(connection)


def _read_request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            return b""
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")]
    while len(body) < int(lengths[0]):
        body += connection.recv(65536)
    return head + body


def answer(
    body: bytes, *, status: int = 200, kind: str = "application/json", length: int | None = None, **headers: str
) -> Answer:
    """A well-formed HTTP answer; `length` may lie."""
    said = len(body) if length is None else length
    lines = [f"HTTP/1.1 {status} X", f"Content-Type: {kind}", f"Content-Length: {said}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    raw = "\r\n".join([*lines, "", ""]).encode() + body
    return lambda connection: connection.sendall(raw)


def then_hang_up(first: Answer) -> Answer:
    def act(connection: socket.socket) -> None:
        first(connection)
        connection.shutdown(socket.SHUT_RDWR)

    return act


def say(raw: bytes) -> Answer:
    """These bytes, then the end."""
    return then_hang_up(lambda connection: connection.sendall(raw))


def silence(connection: socket.socket) -> None:
    time.sleep(20)


def drip(start: bytes, drop: bytes) -> Answer:
    """`start`, then `drop` every 50 ms until the other side has had enough."""

    def act(connection: socket.socket) -> None:
        connection.sendall(start)
        while True:
            connection.sendall(drop)
            time.sleep(0.05)

    return act


def flood(connection: socket.socket) -> None:
    """A body without end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
    while True:
        connection.sendall(b"[" * 1_000_000)


@contextlib.contextmanager
def serving(*answers: Answer) -> Iterator[FaultServer]:
    server = FaultServer(*answers)
    try:
        yield server
    finally:
        server.stop()
