"""How the encryption stands: which key, whether it fits what is stored, and what it does not open."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from plaid_sync.errors import KeyProblem, TokenUnreadable
from plaid_sync.item_state import clear_item_error
from plaid_sync.keyring import ENVIRONMENT_NAME, Key, environment_keys, key_file, ring
from plaid_sync.models import InvestmentLink, LinkedAccount, PlaidItem, TokenKeyFingerprint
from plaid_sync.rotation import unreadable
from plaid_sync.vault import UNREADABLE, Sealed, decrypt_token, refuse_foreign


@dataclass(frozen=True, slots=True)
class LostBank:
    """A bank whose access no key opens, with its accounts."""

    item: PlaidItem
    links: list[LinkedAccount]
    investments: list[InvestmentLink]


@dataclass(frozen=True, slots=True)
class KeyState:
    """Where keys come from, the fingerprints of those there are, and of the one that encrypted last ("": none yet).

    `problem` is a sentence, "" while the keys are those of what is stored; `lost` is what none of them opens.
    """

    source: str
    keys: list[str]
    in_use: str
    since: datetime | None
    problem: str
    lost: list[Sealed]

    @property
    def is_well(self) -> bool:
        return not self.problem and not self.lost

    @property
    def is_to_rotate(self) -> bool:
        """Whether another key stands first than the one that encrypted what is stored."""
        return bool(self.in_use and not self.problem and self.keys and self.keys[0] != self.in_use)

    @property
    def lost_banks(self) -> list[LostBank]:
        """The banks that have to be connected again unless their key comes back."""
        items = [piece.row for piece in self.lost if isinstance(piece.row, PlaidItem)]
        links = LinkedAccount.objects.filter(item__in=items).select_related("account").order_by("account__name", "pk")
        followed = InvestmentLink.objects.filter(item__in=items).order_by("name", "pk")
        return [
            LostBank(
                item,
                [link for link in links if link.item_id == item.pk],
                [link for link in followed if link.item_id == item.pk],
            )
            for item in items
        ]


def key_state() -> KeyState:
    """The state of this moment, by trying every key on everything."""
    stored = TokenKeyFingerprint.objects.first()
    fingerprint = stored.fingerprint if stored else ""
    keys: list[Key] = []
    problem = ""
    try:
        keys = ring()
        refuse_foreign(keys, fingerprint)
    except KeyProblem as error:
        problem = str(error)
    return KeyState(
        source=_source(),
        keys=[key.fingerprint for key in keys],
        in_use=fingerprint,
        since=stored.created_at if stored else None,
        problem=problem,
        lost=unreadable(),
    )


def go_on_where_keys_are_back() -> None:
    """Ends the error of logins whose access could not be read and can be now."""
    for item in PlaidItem.objects.active().filter(error_code=UNREADABLE).order_by("pk"):
        try:
            decrypt_token(item)
        except TokenUnreadable:
            continue
        with transaction.atomic():
            clear_item_error(item)


def _source() -> str:
    """Where the keys come from. Whether they are any good is another matter."""
    try:
        given = environment_keys()
    except KeyProblem:
        return ENVIRONMENT_NAME
    return ENVIRONMENT_NAME if given else str(key_file())
