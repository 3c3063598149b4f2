"""HTTP: from bytes to an endpoint and back, for loopback callers only."""

import json
import logging
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from plaid_sync.emulator import breakages, errors, operator, quotes
from plaid_sync.emulator.errors import Fault
from plaid_sync.emulator.faults import PlannedFault
from plaid_sync.emulator.fields import Body
from plaid_sync.emulator.ids import request_id
from plaid_sync.emulator.link import site
from plaid_sync.emulator.responses import Response, json_response
from plaid_sync.emulator.routes import ROUTES, answer
from plaid_sync.emulator.spoiling import spoil
from plaid_sync.emulator.wire import loads

if TYPE_CHECKING:
    from plaid_sync.emulator.server import EmulatorServer

logger = logging.getLogger(__name__)

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
LARGEST_BODY = 1_000_000
JSON = "application/json"


class Handler(BaseHTTPRequestHandler):
    """Speaks HTTP/1.1 with one connection; Plaid's paths are POST, the Link pages and the ledger are read by GET."""

    protocol_version = "HTTP/1.1"
    server_version = "SimulatedBank"
    sys_version = ""
    # One write for head and body: two would wait 40 ms for a delayed acknowledgement.
    wbufsize = -1
    timeout = 300
    fault: PlannedFault | None = None  # what was ordered for the present call

    @property
    def emulator(self) -> "EmulatorServer":
        """The server that this connection belongs to."""
        return cast("EmulatorServer", self.server.emulator)  # type: ignore[attr-defined]

    def do_GET(self) -> None:
        """The operator's view; everything of Plaid's is POST."""
        self._answer(b"")

    def do_POST(self) -> None:
        """Plaid's endpoints and the operator's controls."""
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > LARGEST_BODY:
            self.close_connection = True
            self._send(json_response(errors.invalid_body("body is too large").body(request_id()), 413))
            return
        self._answer(self.rfile.read(int(length)))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name is the base class's
        """Nothing is printed per request: paths and answers hold tokens."""

    def _answer(self, body: bytes) -> None:
        path = urlsplit(self.path).path
        identifier = request_id()
        self.fault = None
        try:
            self._refuse_strangers()
            response = self._dispatch(path, body, identifier)
        except Fault as fault:
            response = json_response(fault.body(identifier), fault.status)
        except Exception:  # The last resort of a server: one bad request must not end the others.
            logger.exception("The simulated bank failed at %s", path)
            response = json_response(errors.internal_server_error().body(identifier), 500)
        self._send(response)

    def _dispatch(self, path: str, body: bytes, identifier: str) -> Response:
        emulator = self.emulator
        if path.startswith(site.PREFIX) and path not in ROUTES:
            with emulator.world.lock:
                emulator.world.catch_up()
                response = site.respond(emulator.world, self.command, self.path, body)
                emulator.keep()
            return response
        if path.startswith(operator.PREFIX):
            content = self._json(body) if self.command == "POST" else {}
            return json_response(operator.answer(emulator, self.command, path, content))
        if path.startswith(quotes.PREFIX) and self.command == "GET":
            return json_response(quotes.answer(emulator, self.path))
        if self.command != "POST":
            raise errors.not_found()
        return self._plaid(path, body, identifier)

    def _plaid(self, path: str, body: bytes, identifier: str) -> Response:
        emulator = self.emulator
        with emulator.world.lock:
            emulator.calls[path] += 1
        self.fault = emulator.faults.take(path)
        if self.fault and (refused := breakages.refusal(self.fault.kind, self.fault.argument)):
            return refused
        emulator.script.run_before(path)
        keys = (self.headers.get("PLAID-CLIENT-ID"), self.headers.get("PLAID-SECRET"))
        content = self._json(body)
        with emulator.world.lock:
            payload = answer(emulator.world, emulator.keys, path, keys, content)
            emulator.keep()
        emulator.script.run_after(path)
        payload = {**payload, "request_id": identifier}
        if self.fault:
            payload = spoil(self.fault.kind, self.fault.argument, payload)
        return json_response(payload)

    def _refuse_strangers(self) -> None:
        """A web page elsewhere must not reach the bank under a host name of its own."""
        if urlsplit(f"//{self.headers.get('Host', '')}").hostname not in LOOPBACK_NAMES:
            raise errors.invalid_headers("the Host header must name this machine's loopback address")

    def _json(self, body: bytes) -> Body:
        if self.headers.get_content_type() != JSON:
            raise errors.invalid_headers("Content-Type must be application/json")
        try:
            value = loads(body)
        except (json.JSONDecodeError, UnicodeDecodeError):
            raise errors.invalid_body() from None
        if not isinstance(value, dict):
            raise errors.invalid_body("body must be a JSON object")
        return value

    def _send(self, response: Response) -> None:
        if self.fault and breakages.breaks(self.fault.kind):
            self.close_connection = True
            breakages.send_broken(self.fault.kind, self.fault.argument, response=response, connection=self.connection)
            return
        self.send_response(response.status)
        self.send_header("Content-Type", response.content_type)
        self.send_header("Content-Length", str(len(response.body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(response.body)
