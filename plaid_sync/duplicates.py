"""Whether a bank is connected already: a second login would cost twice and sync twice."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from plaid_sync.credentials import environment
from plaid_sync.errors import TokenUnreadable
from plaid_sync.mapping import is_same_text
from plaid_sync.models import LinkedAccount, LinkSession, PlaidItem
from plaid_sync.vault import decrypt_token


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
    """The first of `accounts` (name, mask) that a working connection to this institution already has."""
    items = PlaidItem.objects.active().filter(institution_id=institution_id, environment=environment())
    wanted = list(accounts)
    for item in items.exclude(institution_id="").order_by("pk"):
        if item == besides or is_broken(item):
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
    for session in item.sessions.filter(outcome=LinkSession.Outcome.EXCHANGED).order_by("pk"):
        yield from ((bank["name"], bank["mask"]) for bank in session.bank_accounts)


def is_broken(item: PlaidItem) -> bool:
    """Whether only a new connection can help: connecting again then replaces this one."""
    if item.status in (PlaidItem.Status.LOGIN_REQUIRED, PlaidItem.Status.ERROR):
        return True
    try:
        decrypt_token(item)
    except TokenUnreadable:
        return True
    return False
