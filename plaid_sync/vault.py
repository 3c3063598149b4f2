"""Tokens and Plaid's secrets at rest: encrypted, and bound to what they belong to.

What is encrypted is JSON that names its purpose and its owner, so that a ciphertext that was moved
to another row is refused instead of opening another bank.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.fernet import InvalidToken, MultiFernet
from django.db import transaction
from django.utils import timezone

from accounts.models import SavedSetting
from plaid_sync.errors import KeyProblem, TokenUnreadable
from plaid_sync.keyring import Key, create_key_file, key_file, ring
from plaid_sync.models import LinkSession, PlaidItem, TokenKeyFingerprint

UNREADABLE = "TOKEN_UNREADABLE"  # the error code of an item whose access no key opens
_VERSION = 1
_ACCESS = "access"
_LINK = "link"
_CLIENT = "plaid-secret"
SECRET_NAMES = {"sandbox": "PLAID_SANDBOX_SECRET", "production": "PLAID_PRODUCTION_SECRET"}  # as saved settings
_ENVIRONMENTS = {name: environment for environment, name in SECRET_NAMES.items()}
_THE_FINGERPRINT = 1  # one row: its primary key settles which of several machines was first


@dataclass(frozen=True, slots=True)
class Sealed:
    """One encrypted column of one row, and what it belongs to. `str()` names it to a person."""

    row: PlaidItem | LinkSession | SavedSetting
    column: str
    purpose: str
    owner: str

    def __str__(self) -> str:
        if isinstance(self.row, PlaidItem):
            return str(self.row)
        return "an open visit to Link" if isinstance(self.row, LinkSession) else f"the Plaid secret for {self.owner}"

    def opened(self) -> str:
        """What is encrypted. Raises TokenUnreadable.

        If the keys were changed after the row was read, the row is looked up again.
        """
        held = getattr(self.row, self.column)
        try:
            return decrypt(held, purpose=self.purpose, owner=self.owner, keys=readable_keys())
        except TokenUnreadable:
            stored = type(self.row).objects.filter(pk=self.row.pk).values_list(self.column, flat=True).first()
            if stored is None or stored == held:
                raise
            return decrypt(stored, purpose=self.purpose, owner=self.owner, keys=readable_keys())

    def seal_anew(self) -> None:
        """Stores the same under the first key, unless the row has changed meanwhile."""
        unchanged = type(self.row).objects.filter(pk=self.row.pk, **{self.column: getattr(self.row, self.column)})
        unchanged.update(**{self.column: _encrypt(self.opened(), purpose=self.purpose, owner=self.owner)})


def sealed_token(item: PlaidItem) -> Sealed:
    return Sealed(item, "access_token", _ACCESS, item.item_id)


def sealed_link_token(session: LinkSession) -> Sealed:
    return Sealed(session, "link_token", _LINK, str(session.pk))


def sealed_secret(setting: SavedSetting) -> Sealed:
    return Sealed(setting, "value", _CLIENT, _ENVIRONMENTS[setting.pk])


def encrypt_token(token: str, *, item_id: str) -> str:
    """The access token of the item `item_id`, encrypted. Call it in the transaction that stores the result.

    Raises KeyProblem when no key may be used.
    """
    return _encrypt(token, purpose=_ACCESS, owner=item_id)


def decrypt_token(item: PlaidItem) -> str:
    """The item's access token. Raises TokenUnreadable: this bank has to be connected again."""
    return sealed_token(item).opened()


def encrypt_link_token(token: str, *, session: int) -> str:
    """The link token of the LinkSession with this id; else as `encrypt_token`."""
    return _encrypt(token, purpose=_LINK, owner=str(session))


def decrypt_link_token(session: LinkSession) -> str:
    """The session's link token. Raises TokenUnreadable: start again."""
    return sealed_link_token(session).opened()


def encrypt_secret(secret: str, *, environment: str) -> str:
    """The client's secret for one environment of Plaid; else as `encrypt_token`."""
    return _encrypt(secret, purpose=_CLIENT, owner=environment)


def decrypt_secret(encrypted: str, *, environment: str) -> str:
    """The saved secret for one environment of Plaid. Raises TokenUnreadable: enter it again."""
    return sealed_secret(SavedSetting(pk=SECRET_NAMES[environment], value=encrypted)).opened()


def is_anything_encrypted() -> bool:
    """Whether a token or secret is stored that a new key could not read."""
    return (
        SavedSetting.objects.filter(pk__in=SECRET_NAMES.values()).exists()
        or PlaidItem.objects.exclude(access_token="").exists()
        or LinkSession.objects.exclude(link_token="").filter(expires_at__gt=timezone.now()).exists()
    )


def _context(purpose: str, owner: str) -> dict[str, object]:
    return {"v": _VERSION, "purpose": purpose, "owner": owner}


def _encrypt(token: str, *, purpose: str, owner: str) -> str:
    content = json.dumps({**_context(purpose, owner), "token": token})
    with transaction.atomic():
        return encrypting_key().fernet.encrypt(content.encode()).decode()


def encrypting_key() -> Key:
    """The first key, once it is sure that this process holds the key of what is stored."""
    stored, _ = TokenKeyFingerprint.objects.select_for_update().get_or_create(
        pk=_THE_FINGERPRINT, defaults={"fingerprint": ""}
    )
    keys = ring()  # read under the row's lock, so that a rotation can't pass in between
    if keys and stored.fingerprint == keys[0].fingerprint:
        return keys[0]
    refuse_foreign(keys, stored.fingerprint)
    if not keys:
        create_key_file()
        keys = ring()
    stored.fingerprint, stored.created_at = keys[0].fingerprint, timezone.now()
    stored.save(update_fields=["fingerprint", "created_at"])
    return keys[0]


def refuse_foreign(keys: Sequence[Key], fingerprint: str) -> None:
    """Raises KeyProblem if something is stored and none of `keys` is the one with this fingerprint."""
    if fingerprint in {key.fingerprint for key in keys} or not is_anything_encrypted():
        return
    if keys:
        raise KeyProblem(
            "The stored bank connections were encrypted with another key than this one. "
            "Restore that key, or disconnect the connected accounts first."
        )
    raise KeyProblem(
        f"The key of the stored bank connections is gone: {key_file()} is missing. Restore it from a backup, "
        "or disconnect the connected accounts first; a new key can't read what the old one encrypted."
    )


def key_problem() -> str:
    """Why nothing that is stored can be read, as a sentence; "" while the key is there."""
    stored = TokenKeyFingerprint.objects.first()
    try:
        refuse_foreign(ring(), stored.fingerprint if stored else "")
    except KeyProblem as problem:
        return str(problem)
    return ""


def readable_keys() -> Sequence[Key]:
    """The ring; none if it is damaged."""
    try:
        return ring()
    except KeyProblem:
        return ()


def decrypt(encrypted: str, *, purpose: str, owner: str, keys: Sequence[Key]) -> str:
    """What `keys` open. Raises TokenUnreadable, also for what was encrypted for another purpose or owner."""
    unreadable = TokenUnreadable("This bank's access can't be read with the present key. Reconnect this account.")
    if not keys or not encrypted:
        raise unreadable
    try:
        content = json.loads(MultiFernet([key.fernet for key in keys]).decrypt(encrypted.encode()))
    except (InvalidToken, ValueError) as error:
        raise unreadable from error
    if content != {**_context(purpose, owner), "token": content.get("token")}:
        raise TokenUnreadable("This bank's stored access belongs to another connection. Reconnect this account.")
    return str(content["token"])
