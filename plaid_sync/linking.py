"""From "Connect a bank" to a connection whose accounts are known.

Each visit to Plaid Link is a LinkSession. Its success is exchanged once, whoever asks how often; a bank
that is connected already is refused before that, because a second login would cost and sync it twice.
"""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from django.contrib.auth.models import AbstractBaseUser
from django.db import DatabaseError, transaction
from django.db.models import Q
from django.utils import timezone

from accounts import audit
from accounts.models import Account, AuditEvent
from plaid_sync import demo
from plaid_sync.addresses import redirect_uri, webhook_url
from plaid_sync.answers import Exchange, LinkToken
from plaid_sync.asking import ask_bank
from plaid_sync.credentials import client_id, environment
from plaid_sync.disconnect import remove
from plaid_sync.duplicates import Twin, connected_twin
from plaid_sync.errors import KeyProblem, NotConfigured, PlaidError
from plaid_sync.gateway import gateway_from_settings
from plaid_sync.mapping import OfferedAccount
from plaid_sync.models import LinkSession, PlaidItem
from plaid_sync.vault import encrypt_token
from plaid_sync.visits import claim, client_user_id, end, facts_of, open_visit, tell

logger = logging.getLogger(__name__)

PUBLIC_TOKEN = re.compile(r"public-[a-z]+-[0-9A-Za-z-]{1,100}")
_PRODUCT_OF = {LinkSession.Purpose.CONNECT: "transactions", LinkSession.Purpose.INVEST: "investments"}


@dataclass(frozen=True, slots=True)
class LinkSuccess:
    """What the browser reports of Link's success. Only the public token is believed."""

    public_token: str
    institution_id: str
    accounts: tuple[tuple[str, str], ...]  # name, mask
    link_session_id: str

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> Self:
        """From the posted JSON. Raises ValueError if it isn't what Link reports."""
        try:
            metadata = body["metadata"]
            institution = metadata.get("institution") or {}
            return cls(
                public_token=_public_token(body["public_token"]),
                institution_id=str(institution.get("institution_id") or "")[:64],
                accounts=tuple((str(a["name"]), str(a.get("mask") or "")) for a in metadata.get("accounts") or []),
                link_session_id=str(metadata.get("link_session_id") or "")[:64],
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("This is not what Plaid Link reports.") from error


def _public_token(value: object) -> str:
    if not isinstance(value, str) or not PUBLIC_TOKEN.fullmatch(value):
        raise TypeError("no public token")
    return value


def start(
    user: AbstractBaseUser,
    *,
    account: Account | None = None,
    purpose: LinkSession.Purpose = LinkSession.Purpose.CONNECT,
) -> LinkSession:
    """Opens a visit to Link, begun at `account` if given.

    Raises TooManyVisits, DemoIsOn, NotConfigured, KeyProblem or PlaidError.
    """
    if not demo.may_connect(account):
        raise demo.DemoIsOn

    def ask() -> LinkToken:
        return gateway_from_settings().link_token_create(
            client_user_id=client_user_id(),
            redirect_uri=redirect_uri(),
            webhook=webhook_url(),
            product=_PRODUCT_OF[purpose],
        )

    return open_visit(user, ask, purpose=purpose, account=account)


def connect(session: LinkSession, success: LinkSuccess) -> None:
    """Turns Link's success into a connection, once: a repeated call changes nothing.

    How it ended is in the session's outcome; `exchanging` means that another request is at it.
    """
    if twin := connected_twin(success.institution_id, success.accounts):
        end(session, LinkSession.Outcome.OPEN, _refusal(twin))
    elif claim(session, link_session_id=success.link_session_id):
        _exchange(session, success.public_token)
    session.refresh_from_db()


def read_bank(session: LinkSession, item: PlaidItem) -> None:
    """Asks the bank which accounts the connection has. A failure is told by the session's error.

    A connection that has an account in common with another one is given back.
    """
    try:
        banks = ask_bank(item)
    except (NotConfigured, PlaidError) as error:
        tell(session, **facts_of(error))
        return
    if not _keeps_its_place(session, item, banks):
        remove(item)


def _keeps_its_place(session: LinkSession, item: PlaidItem, banks: list[OfferedAccount]) -> bool:
    """Notes the accounts unless one of them is connected already; whether they are noted.

    Of two connections that are made in the same moment one is refused: each has named its institution before, so
    whoever is second waits for the first's lock here, and then sees its accounts.
    """
    with transaction.atomic():
        at_this_bank = Q(institution_id=item.institution_id) & ~Q(institution_id="")
        list(PlaidItem.objects.active().filter(at_this_bank | Q(pk=item.pk)).select_for_update().order_by("pk"))
        if twin := connected_twin(item.institution_id, [(bank.name, bank.mask) for bank in banks], besides=item):
            end(session, LinkSession.Outcome.EXCHANGED, _refusal(twin))
            return False
        tell(session, bank_accounts=[bank.as_stored() for bank in banks], error_code="", error_message="")
    return True


def _refusal(twin: Twin) -> dict[str, Any]:
    return {
        "outcome": LinkSession.Outcome.DUPLICATE,
        "item": twin.item,
        "error_message": f"{twin} is already connected.",
    }


def _exchange(session: LinkSession, public_token: str) -> None:
    claimed = LinkSession.Outcome.EXCHANGING
    try:
        exchange = gateway_from_settings().exchange(public_token)
    except (NotConfigured, PlaidError) as error:
        end(session, claimed, {"outcome": LinkSession.Outcome.FAILED, **facts_of(error)})
        return
    try:
        item = _keep(session, exchange)
    except (DatabaseError, KeyProblem) as error:
        _give_back(exchange.access_token)
        if not isinstance(error, KeyProblem):
            raise
        end(session, claimed, {"outcome": LinkSession.Outcome.FAILED, "error_message": str(error)})
        return
    read_bank(session, item)


def _keep(session: LinkSession, exchange: Exchange) -> PlaidItem:
    with transaction.atomic():
        item = PlaidItem.objects.create(
            item_id=exchange.item_id,
            access_token=encrypt_token(exchange.access_token, item_id=exchange.item_id),
            environment=environment(),
            client_id=client_id(),
        )
        session.item, session.outcome = item, LinkSession.Outcome.EXCHANGED
        session.save(update_fields=["item", "outcome"])
        granted = AuditEvent.Kind.ACCESS_GRANTED
        audit.record(granted, now=timezone.now(), by=session.user, about=f"connection {item.pk}")
    return item


def _give_back(access_token: str) -> None:
    """Ends a login that could not be stored: nobody could end it later."""
    try:
        gateway_from_settings().item_remove(access_token)
    except PlaidError as error:
        logger.error("A login that could not be stored could not be removed either: %s", error.code)
