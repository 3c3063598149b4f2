"""The books: what a household owns, what happened to it, and where each fact came from."""

from accounts.models.account import Account
from accounts.models.audit_event import AuditEvent
from accounts.models.held_line import HeldLine
from accounts.models.saved_setting import SavedSetting
from accounts.models.source_record import SourceRecord
from accounts.models.sync_log import SyncLog
from accounts.models.transaction import Transaction
from accounts.models.transaction_change import TransactionChange
from accounts.models.worker_heartbeat import WorkerHeartbeat

__all__ = [
    "Account",
    "AuditEvent",
    "HeldLine",
    "SavedSetting",
    "SourceRecord",
    "SyncLog",
    "Transaction",
    "TransactionChange",
    "WorkerHeartbeat",
]
