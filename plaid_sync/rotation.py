"""Encrypting everything anew under the first key of the ring, and finding what no key opens."""

from django.db import transaction

from accounts.models import SavedSetting
from plaid_sync.errors import TokenUnreadable
from plaid_sync.keyring import Key
from plaid_sync.models import LinkSession, PlaidItem
from plaid_sync.vault import (
    SECRET_NAMES,
    Sealed,
    decrypt,
    encrypting_key,
    sealed_link_token,
    sealed_secret,
    sealed_token,
)


def everything() -> list[Sealed]:
    """All that is stored encrypted."""
    items = PlaidItem.objects.exclude(access_token="").order_by("pk")
    sessions = LinkSession.objects.exclude(link_token="").order_by("pk")
    secrets = SavedSetting.objects.filter(pk__in=SECRET_NAMES.values()).order_by("pk")
    return [*map(sealed_token, items), *map(sealed_link_token, sessions), *map(sealed_secret, secrets)]


def unreadable() -> list[Sealed]:
    """What the present keys do not open."""
    return [one for one in everything() if not _is_readable(one)]


def reencrypt_all() -> int:
    """Moves everything to the first key of the ring; returns how many pieces there are.

    Raises TokenUnreadable, with nothing changed, if one can't be read: no key may be dropped then.
    """
    refuse_unreadable()
    with transaction.atomic():
        encrypting_key()  # its lock keeps others from encrypting under an older key meanwhile
        pieces = everything()
        for piece in pieces:
            piece.seal_anew()
    return len(pieces)


def verify(key: Key) -> None:
    """Raises TokenUnreadable unless `key` alone opens everything as it is stored now."""
    for piece in everything():
        decrypt(getattr(piece.row, piece.column), purpose=piece.purpose, owner=piece.owner, keys=[key])


def refuse_unreadable() -> None:
    """Raises TokenUnreadable, naming it, if something can't be read."""
    if lost := unreadable():
        names = ", ".join(dict.fromkeys(str(piece) for piece in lost))
        raise TokenUnreadable(
            f"The present keys do not open: {names}. Restore the key that does, or disconnect those banks and "
            "remove those secrets on the Settings page first."
        )


def _is_readable(piece: Sealed) -> bool:
    try:
        piece.opened()
    except TokenUnreadable:
        return False
    return True
