"""After a bank has changed the ids of its accounts: which account goes on under which id.

Only what is unique on both sides is decided here; everything else is asked on the page of the accounts.
"""

import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

from django.db import transaction
from django.utils import timezone

from accounts import feeds
from accounts.models import Account
from plaid_sync import staging
from plaid_sync.asking import known_accounts
from plaid_sync.brokerage.standing import show_standing
from plaid_sync.errors import AccountGone
from plaid_sync.item_state import clear_item_error, record_account_error
from plaid_sync.mapping import OfferedAccount, is_same_text
from plaid_sync.models import InvestmentLink, LinkedAccount, PlaidItem
from plaid_sync.steps import Step

_WORKS = {"connection_status": Account.ConnectionStatus.CONNECTED, "last_sync_error": ""}
_GONE = "{bank} no longer shares this account: it was closed, renumbered or left out."

Likeness = Callable[[OfferedAccount, OfferedAccount], bool]


@transaction.atomic
def rejoin(item: PlaidItem, banks: Sequence[OfferedAccount]) -> None:
    """Takes over what a login that works again shares: accounts that are still there go on, those that came back
    under another id are joined anew, and those that are gone say so."""
    PlaidItem.objects.select_for_update().get(pk=item.pk)
    links = LinkedAccount.objects.filter(item=item).select_related("account", "item").order_by("account_id")
    list(Account.objects.select_for_update().filter(pk__in=links.values("account_id")).order_by("pk"))
    clear_item_error(item)
    invested = InvestmentLink.objects.filter(item=item).select_related("item").order_by("pk")
    listed = {bank.id: bank for bank in banks}
    streams: list[LinkedAccount | InvestmentLink] = [*links, *invested]
    known = known_accounts(item)
    lost = [stream for stream in streams if stream.plaid_account_id not in listed]
    former = [known[stream.plaid_account_id] for stream in lost if stream.plaid_account_id in known]
    linked_ids = {stream.plaid_account_id for stream in streams}
    renewed = same_accounts(former, [bank for bank in banks if bank.id not in linked_ids])
    for stream in streams:
        if bank := renewed.get(stream.plaid_account_id):
            _join(stream, bank)
        elif stream in lost:
            _lose(stream)
        elif stream.next_step == Step.CHOOSE:
            _find(stream)
    if any(isinstance(stream, InvestmentLink) for stream in streams):
        transaction.on_commit(partial(show_standing, item))


def same_accounts(former: Sequence[OfferedAccount], listed: Sequence[OfferedAccount]) -> dict[str, OfferedAccount]:
    """The listed account that each former one has become, by the former id, where both sides are unique."""
    found: dict[str, OfferedAccount] = {}
    for is_alike in _LIKENESSES:
        taken = {bank.id for bank in found.values()}
        pairs = [
            (old, new)
            for old in former
            for new in listed
            if old.id not in found and new.id not in taken and is_alike(old, new)
        ]
        of_old, of_new = Counter(old.id for old, _ in pairs), Counter(new.id for _, new in pairs)
        found |= {old.id: new for old, new in pairs if of_old[old.id] == of_new[new.id] == 1}
    return found


def _is_the_same_for_the_bank(old: OfferedAccount, new: OfferedAccount) -> bool:
    return bool(old.persistent_id) and old.persistent_id == new.persistent_id


def _is_kind_alike(old: OfferedAccount, new: OfferedAccount) -> bool:
    is_another = bool(old.persistent_id and new.persistent_id)  # the bank itself says so
    return (old.type, old.subtype, old.currency) == (new.type, new.subtype, new.currency) and not is_another


def _is_mask_alike(old: OfferedAccount, new: OfferedAccount) -> bool:
    return bool(old.mask) and old.mask == new.mask and _is_kind_alike(old, new)


def _is_name_alike(old: OfferedAccount, new: OfferedAccount) -> bool:
    return is_same_text(old.name, new.name) and _is_kind_alike(old, new)


_LIKENESSES: Sequence[Likeness] = (
    _is_the_same_for_the_bank,
    lambda old, new: _is_mask_alike(old, new) and _is_name_alike(old, new),
    _is_mask_alike,
    lambda old, new: _is_name_alike(old, new) and not (old.mask and new.mask),
)


def _join(stream: LinkedAccount | InvestmentLink, bank: OfferedAccount) -> None:
    """The stream goes on under another id of the bank: its rows come again, as a new feed."""
    now = timezone.now()
    renewed = {"plaid_account_id": bank.id, "next_step": "", "next_sync_at": now, "attempts": 0}
    free = {"lease_token": "", "lease_until": None}
    if isinstance(stream, InvestmentLink):
        InvestmentLink.objects.filter(pk=stream.pk).update(**renewed, **free, **_WORKS)
        return
    staging.discard(stream)
    staging.forget_unread(stream.account, stream.feed, now=now)
    LinkedAccount.objects.filter(pk=stream.pk).update(
        **renewed,
        **free,
        persistent_account_id=bank.persistent_id,
        feed=f"{feeds.PLAID}:{uuid.uuid4()}",
        cursor="",
        history_status=LinkedAccount.History.UNKNOWN,
    )
    Account.objects.filter(pk=stream.account_id).update(**_WORKS, mask=bank.mask or stream.account.mask)


def _lose(stream: LinkedAccount | InvestmentLink) -> None:
    lost, error = {"next_step": Step.CHOOSE, "next_sync_at": None}, AccountGone(_GONE)
    if isinstance(stream, LinkedAccount):
        LinkedAccount.objects.filter(pk=stream.pk).update(**lost)
        record_account_error(stream.account, error)
        return
    told = {"connection_status": Account.ConnectionStatus.ERROR, "last_sync_error": error.about(str(stream.item))}
    InvestmentLink.objects.filter(pk=stream.pk).update(**lost, **told)


def _find(stream: LinkedAccount | InvestmentLink) -> None:
    found = {"next_step": "", "next_sync_at": timezone.now()}
    if isinstance(stream, LinkedAccount):
        LinkedAccount.objects.filter(pk=stream.pk).update(**found)
        Account.objects.filter(pk=stream.account_id).update(**_WORKS)
    else:
        InvestmentLink.objects.filter(pk=stream.pk).update(**found, **_WORKS)
