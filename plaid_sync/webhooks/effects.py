"""What the events that Plaid has sent lead to.

A webhook is a hint that something has changed, perhaps outdated and perhaps sent twice: how things are is asked of
Plaid, and acting on it again changes nothing.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_datetime

from plaid_sync.balances import usable_token
from plaid_sync.credentials import credentials
from plaid_sync.errors import PlaidError
from plaid_sync.gateway import gateway_from_settings
from plaid_sync.item_state import clear_item_error, record_item_error
from plaid_sync.models import InvestmentLink, LinkedAccount, PlaidItem, WebhookEvent

logger = logging.getLogger(__name__)

_TRIED_FOR = timedelta(days=1)
_Outcome = WebhookEvent.Outcome


@dataclass(slots=True)
class Wanted:
    """The streams that are to be synced for what was told."""

    accounts: set[int] = field(default_factory=set)
    investments: set[int] = field(default_factory=set)


@dataclass(slots=True)
class _Turn:
    """One look at what waits."""

    now: datetime
    wanted: Wanted = field(default_factory=Wanted)

    def sync(self, *streams: QuerySet[LinkedAccount] | QuerySet[InvestmentLink]) -> str:
        """Has those of them synced soon whose sync is wanted; not those that wait for a person."""
        count = 0
        for stream in streams:
            waiting = stream.filter(is_wanted=True).exclude(next_sync_at=None)
            found = self.wanted.accounts if stream.model is LinkedAccount else self.wanted.investments
            found.update(waiting.values_list("pk", flat=True))
            count += waiting.update(next_sync_at=self.now)
        return _Outcome.DONE if count else _Outcome.NOTED


Effect = Callable[[PlaidItem, WebhookEvent, _Turn], str]


def note(event: WebhookEvent) -> None:
    """Says at once whose sync the event wants, so that a run that begins before the worker's turn answers it too.

    Call it in the transaction that stores the event.
    """
    item = PlaidItem.objects.active().select_for_update().filter(item_id=event.item_id).first()
    streams = _STREAMS.get((event.kind, event.code))
    if item is not None and streams is not None:
        streams(item).update(is_wanted=True)


def act_on_waiting(*, now: datetime) -> Wanted:
    """Acts on the events that wait, oldest first; returns what is to be synced.

    An event that Plaid can't be asked about just now waits on, for a day.
    """
    known_as, turn = credentials(), _Turn(now)
    if known_as is None:
        return turn.wanted
    for event in WebhookEvent.objects.filter(outcome=_Outcome.WAITING).order_by("pk"):
        item = PlaidItem.objects.active().filter(item_id=event.item_id, environment=known_as.environment).first()
        try:
            outcome = _effect_of(event)(item, event, turn) if item else _Outcome.UNKNOWN_ITEM
        except PlaidError as error:
            logger.warning("Webhook event %s can't be acted on: %s", event.pk, error.code or type(error).__name__)
            if error.is_retryable and now - event.received_at < _TRIED_FOR:
                continue
            outcome = _Outcome.FAILED
        WebhookEvent.objects.filter(pk=event.pk, outcome=_Outcome.WAITING).update(outcome=outcome)
    return turn.wanted


def _effect_of(event: WebhookEvent) -> Effect:
    return _EFFECTS.get((event.kind, event.code), _nothing)


def _nothing(_item: PlaidItem, _event: WebhookEvent, _turn: _Turn) -> str:
    return _Outcome.NOTED


def _news(item: PlaidItem, event: WebhookEvent, turn: _Turn) -> str:
    """What `note` has marked and no run has answered since; an item in error seems to work again."""
    if item.status != PlaidItem.Status.ACTIVE:
        return _repaired(item, event, turn)
    return turn.sync(_STREAMS[event.kind, event.code](item))


def _changed_state(item: PlaidItem, _event: WebhookEvent, _turn: _Turn) -> str:
    _ask_how_it_is(item)
    return _Outcome.DONE


def _repaired(item: PlaidItem, _event: WebhookEvent, turn: _Turn) -> str:
    _ask_how_it_is(item)
    return _sync_anew(item, turn, _accounts(item), _investments(item))


def _ends_soon(item: PlaidItem, event: WebhookEvent, _turn: _Turn) -> str:
    """Plaid tells of the end of a consent when asked; of an earlier end only the event knows."""
    _ask_how_it_is(item)
    ends_at = _moment(event.facts.get("disconnect_time") or event.facts.get("consent_expiration_time") or "")
    if ends_at:
        later = PlaidItem.objects.filter(Q(consent_expires_at=None) | Q(consent_expires_at__gt=ends_at), pk=item.pk)
        later.update(consent_expires_at=ends_at)
    return _Outcome.DONE


def _moment(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text)
    except ValueError:  # a thirteenth month
        return None
    return moment if moment and moment.tzinfo else None


def _new_accounts(item: PlaidItem, _event: WebhookEvent, _turn: _Turn) -> str:
    """The bank has accounts that are not shared: only Link can tell which."""
    PlaidItem.objects.filter(pk=item.pk).update(has_new_accounts=True)
    return _Outcome.DONE


def _lost_account(item: PlaidItem, event: WebhookEvent, turn: _Turn) -> str:
    """Its sync is told by the bank that the account is gone, and says so where it says that of any account."""
    lost = {"plaid_account_id": event.facts.get("account_id", "")}
    return _sync_anew(item, turn, _accounts(item).filter(**lost), _investments(item).filter(**lost))


def _sync_anew(
    item: PlaidItem, turn: _Turn, accounts: QuerySet[LinkedAccount], investments: QuerySet[InvestmentLink]
) -> str:
    with transaction.atomic():
        PlaidItem.objects.select_for_update().get(pk=item.pk)  # as everybody: the login before its accounts
        accounts.update(is_wanted=True)
        investments.update(is_wanted=True)
        return turn.sync(accounts, investments)


def _ask_how_it_is(item: PlaidItem) -> None:
    """Stores the item's state as Plaid has it now. Raises the PlaidErrors that say nothing about the item."""
    try:
        gateway = gateway_from_settings()
        told = gateway.item_get(usable_token(item, gateway))
        error = told.error
    except PlaidError as refusal:
        if not refusal.item_status:
            raise
        told, error = None, refusal
    with transaction.atomic():
        if error and error.item_status:
            record_item_error(item, error)
        elif error is None:
            clear_item_error(item)
        if told and told.consent_expires_at:
            PlaidItem.objects.filter(pk=item.pk).update(consent_expires_at=told.consent_expires_at)


def _accounts(item: PlaidItem) -> QuerySet[LinkedAccount]:
    """Each has a stream of its own, and an event doesn't say whose rows are new."""
    return LinkedAccount.objects.filter(item=item)


def _accounts_without_rows(item: PlaidItem) -> QuerySet[LinkedAccount]:
    """The older codes come beside SYNC_UPDATES_AVAILABLE, and are news only until a stream has begun."""
    return _accounts(item).filter(cursor="")


def _investments(item: PlaidItem) -> QuerySet[InvestmentLink]:
    return InvestmentLink.objects.filter(item=item, state=InvestmentLink.State.ACTIVE)


_STREAMS: Mapping[tuple[str, str], Callable[[PlaidItem], QuerySet[LinkedAccount] | QuerySet[InvestmentLink]]] = {
    ("TRANSACTIONS", "SYNC_UPDATES_AVAILABLE"): _accounts,
    ("TRANSACTIONS", "INITIAL_UPDATE"): _accounts_without_rows,
    ("TRANSACTIONS", "HISTORICAL_UPDATE"): _accounts_without_rows,
    ("TRANSACTIONS", "DEFAULT_UPDATE"): _accounts_without_rows,
    ("TRANSACTIONS", "TRANSACTIONS_REMOVED"): _accounts_without_rows,
    ("HOLDINGS", "DEFAULT_UPDATE"): _investments,
    ("INVESTMENTS_TRANSACTIONS", "DEFAULT_UPDATE"): _investments,
    ("INVESTMENTS_TRANSACTIONS", "HISTORICAL_UPDATE"): _investments,
}
_EFFECTS: Mapping[tuple[str, str], Effect] = {
    **dict.fromkeys(_STREAMS, _news),
    ("ITEM", "ERROR"): _changed_state,
    ("ITEM", "LOGIN_REPAIRED"): _repaired,
    ("ITEM", "NEW_ACCOUNTS_AVAILABLE"): _new_accounts,
    ("ITEM", "PENDING_DISCONNECT"): _ends_soon,
    ("ITEM", "PENDING_EXPIRATION"): _ends_soon,
    ("ITEM", "USER_PERMISSION_REVOKED"): _changed_state,
    ("ITEM", "USER_ACCOUNT_REVOKED"): _lost_account,
}
