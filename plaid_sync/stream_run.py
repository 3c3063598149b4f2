"""What runs of bank accounts and of investment accounts have in common: each works under a lease, and each ends."""

import datetime
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import QuerySet

from accounts.models import SyncLog
from plaid_sync.errors import (
    ConfigurationError,
    KeyLost,
    NotReady,
    OtherEnvironment,
    PlaidError,
    RequestRefused,
)
from plaid_sync.gateway import Gateway
from plaid_sync.lease import Lease, LostLease
from plaid_sync.models import InvestmentRun, Stream
from plaid_sync.pacing import Pace

ALREADY_RUNNING = "already_running"
_ENDS_WITHOUT_A_PERSON = (ConfigurationError, KeyLost, OtherEnvironment, RequestRefused)
_Status = SyncLog.Status
_Stream = TypeVar("_Stream", bound=Stream)
_Log = TypeVar("_Log", SyncLog, InvestmentRun)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended: a SyncLog status, or `already_running` (then it has no log)."""

    status: str
    log: SyncLog | InvestmentRun | None = None
    error: PlaidError | None = None


class StreamRun(ABC, Generic[_Stream, _Log]):
    """One run under the lease. `log` was begun under it and is ended here, whatever happens."""

    def __init__(self, lease: Lease, stream: _Stream, log: _Log, gateway: Gateway, pace: Pace) -> None:
        self.lease = lease
        self.stream = stream
        self.log: _Log = log
        self.gateway = gateway
        self.pace = pace

    def work(self) -> Outcome:
        """Errors of Plaid are recorded, not raised."""
        try:
            return self._work()
        except LostLease:
            self._close(_Status.CANCELLED)
            return Outcome(_Status.CANCELLED, self.log)
        finally:
            if self.log.status == _Status.RUNNING:
                self._close(_Status.INTERRUPTED)

    @abstractmethod
    def _work(self) -> Outcome:
        """Fetches and records. Raises LostLease when another run has the stream."""

    @abstractmethod
    def _close(self, status: str, **facts: Any) -> None:
        """Ends the log now."""

    @abstractmethod
    def _next_regular(self) -> datetime.datetime:
        """When a stream of this kind is due after a run that went well."""

    def _next_attempt(self, error: PlaidError) -> datetime.datetime | None:
        """When to try again after an error. None: only a person can help."""
        if isinstance(error, NotReady):
            return self.pace.while_preparing(self.stream.attempts)
        if error.is_retryable:
            return self.pace.after_failure(self.stream.attempts, error.retry_after)
        return self._next_regular() if isinstance(error, _ENDS_WITHOUT_A_PERSON) else None

    def _mine(self) -> QuerySet[_Stream]:
        """The stream's row, while the lease is held."""
        return type(self.stream)._default_manager.filter(pk=self.stream.pk, lease_token=self.lease.token)
