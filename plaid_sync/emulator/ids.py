"""Identifiers and tokens in Plaid's formats, derived from a salt so that equal worlds have equal ids."""

import hashlib
import secrets
import string
import uuid

ENVIRONMENT = "sandbox"
_ALPHABET = string.ascii_letters + string.digits


def identifier(*parts: object) -> str:
    """37 letters and digits that depend on the parts alone."""
    digest = hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest()
    number = int.from_bytes(digest, "big")
    letters = []
    for _ in range(37):
        number, remainder = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[remainder])
    return "".join(letters)


def token(kind: str, *parts: object) -> str:
    """`<kind>-sandbox-<uuid>`, depending on the parts alone."""
    digest = hashlib.sha256("\x1f".join(map(str, (kind, *parts))).encode()).digest()
    return f"{kind}-{ENVIRONMENT}-{uuid.UUID(bytes=digest[:16], version=4)}"


def request_id() -> str:
    """15 random letters and digits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(15))
