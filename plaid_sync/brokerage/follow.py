"""From the investment accounts of a login to accounts of the portfolio, as the user chose."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from investments.models import InvestmentAccount
from investments.reach import InvestmentsUnavailable, reaching
from plaid_sync import demo
from plaid_sync.attach import ChoiceTaken, offered
from plaid_sync.brokerage.steps import carry_out
from plaid_sync.disconnect import give_up_if_unused, remove
from plaid_sync.duplicates import is_replaceable
from plaid_sync.mapping import NEW, SKIP, OfferedAccount, Proposal, propose_investments
from plaid_sync.models import InvestmentLink, LinkSession, PlaidItem
from plaid_sync.steps import Step


@dataclass(frozen=True, slots=True)
class Followable:
    """A login with investment accounts that are not followed yet, and the visit whose page offers them."""

    session: LinkSession
    banks: list[OfferedAccount]

    @property
    def institution(self) -> str:
        return str(self.session.item)


def followable() -> list[Followable]:
    """What the connected institutions have beside what is followed already, in the order of their connection."""
    visits = LinkSession.objects.filter(outcome__in=LinkSession.WORKED, item__in=PlaidItem.objects.active())
    newest = {visit.item_id: visit for visit in visits.select_related("item").order_by("pk")}
    return [Followable(visit, banks) for visit in newest.values() if (banks := open_accounts(visit))]


def open_accounts(session: LinkSession) -> list[OfferedAccount]:
    """The investment accounts of the session's login that may be read and are not followed yet."""
    item = session.item
    if item is None or not item.may_read_investments:
        return []
    done = set(item.investment_links.values_list("plaid_account_id", flat=True))
    return [bank for bank in offered(session) if bank.is_investment and bank.id not in done]


def followed(session: LinkSession) -> list[InvestmentLink]:
    """The investment accounts of the session's login that are followed, in the order of their connection."""
    return list(InvestmentLink.objects.filter(item=session.item).order_by("pk"))


def proposals(session: LinkSession, item: PlaidItem) -> list[Proposal]:
    """What could be done with each investment account that is not followed yet. Raises InvestmentsUnavailable."""
    banks = open_accounts(session)
    if not banks:
        return []
    return propose_investments(banks, _free_accounts(item), institution=item.institution)


def follow(session: LinkSession, choices: Mapping[str, str]) -> list[InvestmentLink]:
    """Links investment accounts as chosen (bank account id -> NEW, SKIP or an account's key); returns the new links.

    What is linked already stays as it is, so the same choices can be sent twice. Where the investments
    database can't be used now, the link is finished later. Raises ChoiceTaken.
    """
    wanted = {bank: choices.get(bank.id, SKIP) for bank in open_accounts(session)}
    wanted = {bank: choice for bank, choice in wanted.items() if choice != SKIP}
    if not wanted:
        return []
    links, left = _announce(session, wanted)
    for abandoned in left:
        remove(abandoned)
    for link in links:
        try:
            carry_out(link)
        except InvestmentsUnavailable:  # it has been logged, and reconcile goes on with it
            break
    return links


def _free_accounts(item: PlaidItem) -> list[InvestmentAccount]:
    """Accounts that no login feeds, or one at the same institution that only a new one can replace, or this one
    but under an id that the institution no longer knows."""
    links = InvestmentLink.objects.select_related("item")
    taken = [link.account_key for link in links if not _is_free(link, item)]
    own = demo.feedable_investments()
    with reaching():
        return list(InvestmentAccount.objects.exclude(key__in=taken).filter(own).in_reading_order())


def _is_free(link: InvestmentLink, item: PlaidItem) -> bool:
    if link.state != InvestmentLink.State.ACTIVE:
        return False
    if link.item_id == item.pk:
        return link.next_step == Step.CHOOSE
    return link.item.institution_id == item.institution_id and is_replaceable(link.item)


def _announce(
    session: LinkSession, wanted: Mapping[OfferedAccount, str]
) -> tuple[list[InvestmentLink], list[PlaidItem]]:
    """The intent: new links, and the logins whose last account they have taken over."""
    links: list[InvestmentLink] = []
    left: list[PlaidItem] = []
    with transaction.atomic():
        item = _locked_item(session, [choice for choice in wanted.values() if choice != NEW])
        done = set(item.investment_links.values_list("plaid_account_id", flat=True))
        for bank, choice in wanted.items():
            if bank.id in done:
                continue
            key = _new_key() if choice == NEW else _taken_over(uuid.UUID(choice), item, left)
            links.append(
                InvestmentLink.objects.create(
                    item=item,
                    plaid_account_id=bank.id,
                    account_key=key,
                    name=bank.name,
                    mask=bank.mask,
                    subtype=bank.subtype,
                    currency=bank.currency,
                )
            )
    return links, left


def _new_key() -> uuid.UUID:
    key = uuid.uuid4()
    demo.remember_investments(key)
    return key


def _locked_item(session: LinkSession, keys: list[str]) -> PlaidItem:
    """The session's login, locked with those that chosen accounts leave, each by its number."""
    former = InvestmentLink.objects.filter(account_key__in=keys).values("item_id")
    items = PlaidItem.objects.select_for_update().filter(Q(pk=session.item_id) | Q(pk__in=former))
    list(items.order_by("pk"))
    item = PlaidItem.objects.get(sessions=session)
    if item.status in (PlaidItem.Status.REMOVAL_PENDING, PlaidItem.Status.REMOVED):
        raise ChoiceTaken("This connection has ended meanwhile. Connect the institution again.")
    return item


def _taken_over(key: uuid.UUID, item: PlaidItem, left: list[PlaidItem]) -> uuid.UUID:
    """The chosen account's key, free to be linked; a login that it leaves unused joins `left`."""
    former = InvestmentLink.objects.filter(account_key=key).select_related("item").first()
    if former is None:
        return key
    if not _is_free(former, item):
        raise ChoiceTaken(f"{former} is connected already. Please choose another account.")
    former.delete()
    if former.item_id == item.pk:
        return key
    give_up_if_unused(former.item)
    if former.item.status == PlaidItem.Status.REMOVAL_PENDING:
        left.append(former.item)
    return key
