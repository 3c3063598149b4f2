"""Signatures under webhooks, as Plaid makes them: a JWS with ES256 over the time and the body's hash.

The only file of the simulated bank that needs more than the standard library.
"""

import base64
import hashlib
import json
import time
import uuid
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

_ALGORITHM = "ES256"
_WIDTH = 32  # bytes of a coordinate and of each half of a signature on P-256


@dataclass(slots=True)
class SigningKey:
    """One key pair; `expired_at` is when it was retired, None while it signs."""

    kid: str = field(default_factory=lambda: str(uuid.uuid4()))
    created_at: int = field(default_factory=lambda: int(time.time()))
    expired_at: int | None = None
    _private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def public(self) -> dict[str, object]:
        """The public half as the JWK that /webhook_verification_key/get answers with."""
        numbers = self._private.public_key().public_numbers()
        return {
            "alg": _ALGORITHM,
            "crv": "P-256",
            "kid": self.kid,
            "kty": "EC",
            "use": "sig",
            "x": _encoded(numbers.x.to_bytes(_WIDTH, "big")),
            "y": _encoded(numbers.y.to_bytes(_WIDTH, "big")),
            "created_at": self.created_at,
            "expired_at": self.expired_at,
        }

    def sign(self, body: bytes, *, at: float) -> str:
        """The JWS for this body, issued at this moment."""
        header = {"alg": _ALGORITHM, "kid": self.kid, "typ": "JWT"}
        claims = {"iat": int(at), "request_body_sha256": hashlib.sha256(body).hexdigest()}
        signed = ".".join(_encoded(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))
        first, second = decode_dss_signature(self._private.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{signed}.{_encoded(first.to_bytes(_WIDTH, 'big') + second.to_bytes(_WIDTH, 'big'))}"


class KeyRing:
    """The keys of one run of the bank: the last one signs, the others are retired and still told of."""

    def __init__(self) -> None:
        self._keys = [SigningKey()]

    @property
    def current(self) -> SigningKey:
        """The key that signs."""
        return self._keys[-1]

    def rotate(self) -> None:
        """Retire the key and sign with a new one."""
        self.current.expired_at = int(time.time())
        self._keys.append(SigningKey())

    def find(self, kid: str) -> SigningKey | None:
        """The key of this id."""
        return next((key for key in self._keys if key.kid == kid), None)


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
