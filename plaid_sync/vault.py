"""Tokens at rest: encrypted, and bound to the row that they belong to.

What is encrypted is JSON that names its purpose and its owner, so that a ciphertext that was moved
to another row is refused instead of opening another bank.
"""

import json
from collections.abc import Sequence

from cryptography.fernet import InvalidToken, MultiFernet
from django.db import transaction
from django.utils import timezone

from plaid_sync.errors import KeyProblem, TokenUnreadable
from plaid_sync.keyring import Key, create_key_file, key_file, ring
from plaid_sync.models import LinkSession, PlaidItem, TokenKeyFingerprint

_VERSION = 1
_ACCESS = "access"
_LINK = "link"
_THE_FINGERPRINT = 1  # one row: its primary key settles which of several machines was first


def encrypt_token(token: str, *, item_id: str) -> str:
    """The access token of the item `item_id`, encrypted. Call it in the transaction that stores the result.

    Raises KeyProblem when no key may be used.
    """
    return _encrypt(token, purpose=_ACCESS, owner=item_id)


def decrypt_token(item: PlaidItem) -> str:
    """The item's access token. Raises TokenUnreadable: this bank has to be connected again."""
    return _decrypt(item.access_token, purpose=_ACCESS, owner=item.item_id)


def encrypt_link_token(token: str, *, session: int) -> str:
    """The link token of the LinkSession with this id; else as `encrypt_token`."""
    return _encrypt(token, purpose=_LINK, owner=str(session))


def decrypt_link_token(session: LinkSession) -> str:
    """The session's link token. Raises TokenUnreadable: start again."""
    return _decrypt(session.link_token, purpose=_LINK, owner=str(session.pk))


def reencrypt_all() -> int:
    """Encrypts every readable stored token with the first key of the ring; returns how many there are.

    Raises TokenUnreadable, with nothing changed, if one can't be read: no key may be dropped then.
    """
    with transaction.atomic():
        _encrypting_key()
        items = list(PlaidItem.objects.exclude(access_token="").select_for_update().order_by("pk"))
        for item in items:
            item.access_token = encrypt_token(decrypt_token(item), item_id=item.item_id)
            item.save(update_fields=["access_token"])
        sessions = list(LinkSession.objects.exclude(link_token="").select_for_update().order_by("pk"))
        for session in sessions:
            session.link_token = encrypt_link_token(decrypt_link_token(session), session=session.pk)
            session.save(update_fields=["link_token"])
    return len(items) + len(sessions)


def is_anything_encrypted() -> bool:
    """Whether a token is stored that a new key could not read."""
    return (
        PlaidItem.objects.exclude(access_token="").exists()
        or LinkSession.objects.exclude(link_token="").filter(expires_at__gt=timezone.now()).exists()
    )


def _context(purpose: str, owner: str) -> dict[str, object]:
    return {"v": _VERSION, "purpose": purpose, "owner": owner}


def _encrypt(token: str, *, purpose: str, owner: str) -> str:
    content = json.dumps({**_context(purpose, owner), "token": token})
    with transaction.atomic():
        return _encrypting_key().fernet.encrypt(content.encode()).decode()


def _encrypting_key() -> Key:
    """The first key, once it is sure that this process holds the key of what is stored."""
    stored, _ = TokenKeyFingerprint.objects.select_for_update().get_or_create(
        pk=_THE_FINGERPRINT, defaults={"fingerprint": ""}
    )
    keys = _existing_or_new_keys()  # read under the row's lock, so that a rotation can't pass in between
    if stored.fingerprint == keys[0].fingerprint:
        return keys[0]
    if stored.fingerprint not in {key.fingerprint for key in keys} and is_anything_encrypted():
        raise KeyProblem(
            "The stored bank connections were encrypted with another key than this one. "
            "Restore that key, or disconnect the connected accounts first."
        )
    stored.fingerprint = keys[0].fingerprint
    stored.save(update_fields=["fingerprint"])
    return keys[0]


def _existing_or_new_keys() -> Sequence[Key]:
    keys = ring()
    if keys:
        return keys
    if is_anything_encrypted():
        raise KeyProblem(
            f"The key of the stored bank connections is gone: {key_file()} is missing. Restore it from a backup, "
            "or disconnect the connected accounts first; a new key can't read what the old one encrypted."
        )
    create_key_file()
    return ring()


def _decrypt(encrypted: str, *, purpose: str, owner: str) -> str:
    """Refuses what can't be read, and what was encrypted for another purpose or owner."""
    unreadable = TokenUnreadable("This bank's access can't be read with the present key. Reconnect this account.")
    try:
        keys = ring()
        if not keys or not encrypted:
            raise unreadable
        content = json.loads(MultiFernet([key.fernet for key in keys]).decrypt(encrypted.encode()))
    except (InvalidToken, KeyProblem, ValueError) as error:
        raise unreadable from error
    if content != {**_context(purpose, owner), "token": content.get("token")}:
        raise TokenUnreadable("This bank's stored access belongs to another connection. Reconnect this account.")
    return str(content["token"])
