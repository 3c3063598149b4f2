"""What goes back over HTTP: a status, headers and a body."""

from dataclasses import dataclass, field

from plaid_sync.emulator.wire import dumps


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP answer; length and the headers that every answer has are added when it is sent."""

    body: bytes
    content_type: str
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


def json_response(payload: object, status: int = 200) -> Response:
    """The payload as JSON."""
    return Response(dumps(payload), "application/json", status)


def redirect(address: str) -> Response:
    """Send the browser on with a GET."""
    return Response(b"", "text/plain; charset=utf-8", 303, {"Location": address})
