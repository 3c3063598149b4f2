"""Whether a webhook comes from Plaid: all that is checked before a byte of it is believed.

Reference: https://plaid.com/docs/api/webhooks/webhook-verification/
"""

import hashlib
import hmac
import re
import threading
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import jwt
from jwt.types import Options

from plaid_sync.answers import VerificationKey
from plaid_sync.errors import NotConfigured, PlaidError
from plaid_sync.gateway import gateway_from_settings

LARGEST_BODY = 64 * 1024
ALGORITHM = "ES256"
_LONGEST_SIGNATURE = 2048  # Plaid's have about 330 characters
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_OLDEST = timedelta(minutes=5)
_FAST_CLOCK = timedelta(seconds=5)
_ASK_ABOUT_KNOWN = timedelta(days=1)
_ASK_ABOUT_UNKNOWN = timedelta(minutes=10)
_LOOKUPS_PER_MINUTE = 10
_UNKNOWN_KEY = "INVALID_WEBHOOK_VERIFICATION_KEY_ID"
# Only the signature is PyJWT's business: times are judged by the `now` that is passed in.
_SIGNATURE_ONLY: Options = {
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}


class Reason(StrEnum):
    """Why a webhook is refused."""

    UNSIGNED = "it has no signature"
    TOO_LARGE = "it is too large"
    MALFORMED = "its signature is no ES256 token"
    UNKNOWN_KEY = "its key is not Plaid's"
    EXPIRED_KEY = "its key has expired"
    FORGED = "its signature is wrong"
    UNTIMELY = "it was not signed in the last five minutes"
    ALTERED = "its body is not the one that was signed"
    TOO_MANY_KEYS = "too many unknown keys were looked up in the last minute"
    KEY_UNAVAILABLE = "its key could not be fetched from Plaid"

    @property
    def status(self) -> int:
        """The HTTP status of the refusal; 503 asks Plaid to come again."""
        return {Reason.TOO_LARGE: 413, Reason.TOO_MANY_KEYS: 429, Reason.KEY_UNAVAILABLE: 503}.get(self, 400)


class Refused(Exception):
    """The webhook is not to be believed."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class _Checked:
    """What Plaid said about a key id; `key` is None if there is no such key."""

    key: VerificationKey | None
    at: datetime

    def is_good(self, now: datetime) -> bool:
        return now - self.at < (_ASK_ABOUT_KNOWN if self.key else _ASK_ABOUT_UNKNOWN)


class VerificationKeys:
    """Plaid's public keys as this process knows them: each is asked for once a day, and few unknown ones a minute."""

    def __init__(self) -> None:
        self._checked: dict[tuple[str, str], _Checked] = {}
        self._lookups: deque[datetime] = deque(maxlen=_LOOKUPS_PER_MINUTE)
        self._lock = threading.Lock()

    def find(self, key_id: str, *, now: datetime) -> VerificationKey:
        """The key of this id, in use. Raises Refused."""
        try:
            gateway = gateway_from_settings()
            place = (gateway.environment, key_id)
            checked = self._checked.get(place)
            if checked is None or not checked.is_good(now):
                if checked is None or checked.key is None:
                    self._count_lookup(now)
                checked = _Checked(gateway.webhook_verification_key(key_id), now)
        except NotConfigured:
            raise Refused(Reason.KEY_UNAVAILABLE) from None
        except PlaidError as error:
            if error.code != _UNKNOWN_KEY:
                raise Refused(Reason.KEY_UNAVAILABLE) from None
            checked = _Checked(None, now)
        self._keep(place, checked, now)
        if checked.key is None:
            raise Refused(Reason.UNKNOWN_KEY)
        if checked.key.expired_at and checked.key.expired_at <= now:
            raise Refused(Reason.EXPIRED_KEY)
        return checked.key

    def _count_lookup(self, now: datetime) -> None:
        with self._lock:
            if len(self._lookups) == _LOOKUPS_PER_MINUTE and now - self._lookups[0] < timedelta(minutes=1):
                raise Refused(Reason.TOO_MANY_KEYS)
            self._lookups.append(now)

    def _keep(self, place: tuple[str, str], checked: _Checked, now: datetime) -> None:
        with self._lock:
            # A key of Plaid's is remembered for good: strangers can't use up the look-ups that it needs once a day.
            known = {key: kept for key, kept in self._checked.items() if kept.key or kept.is_good(now)}
            self._checked = known | {place: checked}


def verify(body: bytes, signature: str, *, keys: VerificationKeys, now: datetime) -> str:
    """The fingerprint of what Plaid has signed: the same for a replay, another for every signature. Raises Refused."""
    key = keys.find(_key_id(signature), now=now)
    claims = _claims(signature, key)
    if not _is_timely(claims.get("iat"), now):
        raise Refused(Reason.UNTIMELY)
    if not _is_hash_of(body, claims.get("request_body_sha256")):
        raise Refused(Reason.ALTERED)
    # The signature itself is left out: a second valid one can be derived from it without the key.
    return hashlib.sha256(signature.rpartition(".")[0].encode()).hexdigest()


def _key_id(signature: str) -> str:
    if len(signature) > _LONGEST_SIGNATURE:
        raise Refused(Reason.MALFORMED)
    try:
        header = jwt.get_unverified_header(signature)
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        raise Refused(Reason.MALFORMED) from None
    key_id = header.get("kid")
    if header.get("alg") != ALGORITHM or not isinstance(key_id, str) or not _KEY_ID.fullmatch(key_id):
        raise Refused(Reason.MALFORMED)
    return key_id


def _claims(signature: str, key: VerificationKey) -> dict[str, Any]:
    if key.jwk["alg"] != ALGORITHM:
        raise Refused(Reason.KEY_UNAVAILABLE)
    try:
        public = jwt.PyJWK(dict(key.jwk), algorithm=ALGORITHM)
    except (jwt.PyJWTError, ValueError):
        raise Refused(Reason.KEY_UNAVAILABLE) from None
    try:
        return jwt.decode(signature, public, algorithms=[ALGORITHM], options=_SIGNATURE_ONLY)
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        raise Refused(Reason.FORGED) from None


def _is_timely(issued_at: object, now: datetime) -> bool:
    if not isinstance(issued_at, int) or isinstance(issued_at, bool) or not 0 < issued_at < 2**40:
        return False
    moment = datetime.fromtimestamp(issued_at, UTC)
    return now - _OLDEST <= moment <= now + _FAST_CLOCK


def _is_hash_of(body: bytes, claimed: object) -> bool:
    actual = hashlib.sha256(body).hexdigest()
    return isinstance(claimed, str) and hmac.compare_digest(actual.encode(), claimed.encode("utf-8", "replace"))
