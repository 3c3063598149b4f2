"""Brings webhooks to the application: signed, one after the other, off the threads that answer requests."""

import http.client
import json
import logging
import threading
import time
from collections import deque
from queue import Queue
from urllib.parse import SplitResult, urlsplit

from plaid_sync.emulator.news import Notice
from plaid_sync.emulator.signing import KeyRing

logger = logging.getLogger(__name__)

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
PATIENCE = 10.0
RETRY_AFTER = (1.0, 4.0, 16.0)  # Plaid goes on for a day
_REMEMBERED = 500
_TOO_FAR = -1
_UNREACHABLE = 0


class Courier:
    """Delivers what is put into `outbox`; an address that isn't this machine's loopback gets nothing.

    Whoever does not answer with 200 is tried again a few times, signed anew. `answers` has the last codes and statuses.
    """

    def __init__(self, outbox: "Queue[Notice | None]", keys: KeyRing) -> None:
        self._outbox = outbox
        self._keys = keys
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, name="plaid-emulator-webhooks", daemon=True)
        self.answers: deque[tuple[str, int]] = deque(maxlen=_REMEMBERED)

    def start(self) -> None:
        """Deliver on a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """End; what is still waiting is not delivered."""
        self._stopped.set()
        self._outbox.put(None)
        self._thread.join()

    def settle(self) -> None:
        """Wait until everything so far is delivered or given up."""
        self._outbox.join()

    def _work(self) -> None:
        while notice := self._outbox.get():
            self._try(notice, 0)

    def _try(self, notice: Notice, attempt: int) -> None:
        if self._stopped.is_set():
            return
        status = self._post(notice)
        self.answers.append((str(notice.payload["webhook_code"]), status))
        if status in (200, _TOO_FAR) or attempt == len(RETRY_AFTER):
            self._outbox.task_done()
            return
        timer = threading.Timer(RETRY_AFTER[attempt], self._try, [notice, attempt + 1])
        timer.daemon = True
        timer.start()

    def _post(self, notice: Notice) -> int:
        """The answer's status; 0 without one."""
        address = _nearby(notice.url)
        if address is None:
            logger.warning("The simulated bank sends webhooks to this machine only, not to %s", notice.url)
            return _TOO_FAR
        body = json.dumps(notice.payload, indent=2).encode()
        headers = {
            "Content-Type": "application/json",
            "Plaid-Verification": self._keys.current.sign(body, at=time.time()),
        }
        path = address._replace(scheme="", netloc="", fragment="").geturl() or "/"
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=PATIENCE)
        try:
            connection.request("POST", path, body, headers)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return _UNREACHABLE
        finally:
            connection.close()


def _nearby(url: str) -> SplitResult | None:
    """The parts of an http address on this machine's loopback; None for any other."""
    try:
        address = urlsplit(url)
        is_near = address.scheme == "http" and address.hostname in LOOPBACK_NAMES and address.port != 0
    except ValueError:
        return None
    return address if is_near else None
