"""The HTTP server of the simulated bank, and the handle that tests and the command hold on it."""

import secrets
import sys
import threading
from collections import Counter
from datetime import date
from http.server import ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from plaid_sync.emulator.controls import Controls
from plaid_sync.emulator.courier import Courier
from plaid_sync.emulator.faults import FaultPlan
from plaid_sync.emulator.routes import Keys
from plaid_sync.emulator.script import Script
from plaid_sync.emulator.state import StateFile
from plaid_sync.emulator.web import Handler
from plaid_sync.emulator.world import World

LOOPBACK = "127.0.0.1"
SHUTDOWN_WITHIN = 0.05
DEFAULT_KEYS = Keys("emulator", "emulator")


class EmulatorServer:
    """A simulated bank on loopback: `with EmulatorServer() as server:` serves at `server.url` until the end.

    The same seed and the same `today` make the same world, ids and tokens included; without `today` the clock is the
    machine's. With a state file the world is taken from it, and written to it after every change. `faults` is what is
    to go wrong; with `takes_faults` it can be ordered over HTTP too.
    """

    def __init__(
        self,
        state_file: Path | None = None,
        port: int = 0,
        *,
        today: date | None = None,
        seed: str = "emulator",
        salt: str | None = None,
        keys: Keys = DEFAULT_KEYS,
    ) -> None:
        self._state = StateFile(state_file) if state_file else None
        self.world = (self._state and self._state.read(today)) or World(seed, salt=salt, today=today)
        self.keys = keys
        self.calls: Counter[str] = Counter()
        self.script = Script()
        self.faults = FaultPlan()
        self.takes_faults = False
        self.bank = Controls(self.world)
        self.webhooks = Courier(self.world.outbox, self.world.keys)
        self.keep()
        self._http = _HttpServer(self, port)
        self._thread = threading.Thread(target=self._serve, name="plaid-emulator", daemon=True)

    @classmethod
    def lasting(cls, state_file: Path, port: int) -> Self:
        """A bank whose ids no other one has, kept in the file; raises OSError or StateUnreadable."""
        return cls(state_file, port, salt=secrets.token_hex(16))

    @property
    def url(self) -> str:
        """The address it serves at, without a slash at the end."""
        return f"http://{LOOPBACK}:{self._http.server_address[1]}"

    def keep(self) -> None:
        """Write the world down if it has changed; whoever calls holds its lock."""
        if self._state:
            self._state.write(self.world)

    def start(self) -> None:
        """Answer requests on a thread of its own."""
        self._thread.start()
        self.webhooks.start()

    def stop(self) -> None:
        """End; a response that is held by the script is let go first."""
        self.script.clear()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
        self.webhooks.stop()
        with self.world.lock:
            self.keep()

    def _serve(self) -> None:
        self._http.serve_forever(poll_interval=SHUTDOWN_WITHIN)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, emulator: EmulatorServer, port: int) -> None:
        self.emulator = emulator
        super().__init__((LOOPBACK, port), Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """As ever, but a caller that hangs up is no trouble."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)
