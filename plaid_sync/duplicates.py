"""Whether a bank is connected already: a second login would cost twice and sync twice."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from plaid_sync.asking import known_accounts
from plaid_sync.credentials import environment
from plaid_sync.errors import TokenUnreadable
from plaid_sync.mapping import is_same_text
from plaid_sync.models import LinkedAccount, PlaidItem
from plaid_sync.steps import Step
from plaid_sync.vault import decrypt_token

_BEYOND_REPAIR = (Step.RELINK, Step.NOTHING)


@dataclass(frozen=True, slots=True)
class Twin:
    """An account that is connected already, as the bank calls it."""

    item: PlaidItem
    name: str
    mask: str

    def __str__(self) -> str:
        return f"{self.item.institution} {self.name}" + (f" ••{self.mask}" if self.mask else "")


def connected_twin(
    institution_id: str, accounts: Iterable[tuple[str, str]], *, besides: PlaidItem | None = None
) -> Twin | None:
    """The first of `accounts` (name, mask) that a connection to this institution already has.

    A connection that only a new one can replace doesn't count; one that wants a sign-in does: it is repaired.
    """
    items = PlaidItem.objects.active().filter(institution_id=institution_id, environment=environment())
    wanted = list(accounts)
    for item in items.exclude(institution_id="").order_by("pk"):
        if item == besides or is_replaceable(item):
            continue
        for name, mask in _known_accounts(item):
            if any(mask == other and is_same_text(name, called) for called, other in wanted):
                return Twin(item, name, mask)
    return None


def _known_accounts(item: PlaidItem) -> Iterator[tuple[str, str]]:
    """Name and mask of the accounts that it feeds, then of all that the bank listed, left out ones too."""
    for linked in LinkedAccount.objects.filter(item=item).select_related("account").order_by("pk"):
        yield linked.account.name, linked.account.mask
    yield from item.investment_links.order_by("pk").values_list("name", "mask")
    yield from ((bank.name, bank.mask) for bank in known_accounts(item).values())


def is_replaceable(item: PlaidItem) -> bool:
    """Whether only a new connection can help: connecting again then replaces this one."""
    if item.next_step in _BEYOND_REPAIR:
        return True
    try:
        decrypt_token(item)
    except TokenUnreadable:
        return True
    return False
