"""From "Connect a bank" to a connection whose accounts are known.

Each visit to Plaid Link is a LinkSession. Its success is exchanged once, whoever asks how often; a bank
that is connected already is refused before that, because a second login would cost and sync it twice.
"""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

from django.contrib.auth.models import AbstractBaseUser
from django.db import DatabaseError, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.models import Account
from plaid_sync.addresses import redirect_uri, webhook_url
from plaid_sync.answers import Exchange
from plaid_sync.credentials import environment
from plaid_sync.disconnect import remove
from plaid_sync.duplicates import Twin, connected_twin
from plaid_sync.errors import KeyProblem, NotConfigured, PlaidError, TokenUnreadable
from plaid_sync.gateway import gateway_from_settings
from plaid_sync.mapping import OfferedAccount
from plaid_sync.models import LinkSession, PlaidItem
from plaid_sync.vault import decrypt_token, encrypt_link_token, encrypt_token

logger = logging.getLogger(__name__)

VISITS_PER_HOUR = 10
PUBLIC_TOKEN = re.compile(r"public-[a-z]+-[0-9A-Za-z-]{1,100}")
_PRODUCT_OF = {LinkSession.Purpose.CONNECT: "transactions", LinkSession.Purpose.INVEST: "investments"}
EXCHANGE_TAKES = timedelta(minutes=3)  # at most: three calls of 30 seconds each


class TooManyVisits(Exception):
    """The user has started Link too often; the message says when to try again."""


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

    Raises TooManyVisits, NotConfigured, KeyProblem or PlaidError.
    """
    now = timezone.now()
    forget_expired()
    recent = LinkSession.objects.filter(user_id=user.pk, created_at__gt=now - timedelta(hours=1))
    if recent.count() >= VISITS_PER_HOUR:
        raise TooManyVisits(f"You have opened Connect {VISITS_PER_HOUR} times in an hour. Try again in an hour.")
    gateway = gateway_from_settings()
    answer = gateway.link_token_create(
        client_user_id=client_user_id(),
        redirect_uri=redirect_uri(),
        webhook=webhook_url(),
        product=_PRODUCT_OF[purpose],
    )
    with transaction.atomic():
        session = LinkSession.objects.create(
            user_id=user.pk, purpose=purpose, account=account, expires_at=answer.expires_at
        )
        session.link_token = encrypt_link_token(answer.token, session=session.pk)
        session.save(update_fields=["link_token"])
    return session


def client_user_id() -> str:
    """What Plaid knows this household by: the same at every visit, and nobody's name."""
    return salted_hmac("plaid_sync.client_user_id", "household").hexdigest()[:32]


def forget_expired() -> None:
    """Ends the visits that were left open until their link token expired, or whose exchange died."""
    expired = LinkSession.objects.filter(expires_at__lte=timezone.now())
    expired.filter(outcome=LinkSession.Outcome.OPEN).update(outcome=LinkSession.Outcome.EXITED, link_token="")
    expired.filter(outcome=LinkSession.Outcome.EXCHANGING).update(
        outcome=LinkSession.Outcome.FAILED, error_message="The connection was interrupted. Please start again."
    )


def connect(session: LinkSession, success: LinkSuccess) -> None:
    """Turns Link's success into a connection, once: a repeated call changes nothing.

    How it ended is in the session's outcome; `exchanging` means that another request is at it.
    """
    if twin := connected_twin(success.institution_id, success.accounts):
        _end(session, LinkSession.Outcome.OPEN, _refusal(twin))
    elif _claim(session, success):
        _exchange(session, success.public_token)
    session.refresh_from_db()


def leave(session: LinkSession, *, error: Mapping[str, Any] | None, metadata: Mapping[str, Any]) -> None:
    """Stores how the user left Link. Without an error that is no failure."""
    error = error or {}
    words = error.get("display_message") or error.get("error_message") or metadata.get("status") or ""
    facts = {
        "outcome": LinkSession.Outcome.FAILED if error else LinkSession.Outcome.EXITED,
        "error_code": str(error.get("error_code") or "")[:80],
        "error_message": str(words)[:500],
        "request_id": str(metadata.get("request_id") or "")[:64],
        "link_session_id": str(metadata.get("link_session_id") or "")[:64],
    }
    _end(session, LinkSession.Outcome.OPEN, facts)
    session.refresh_from_db()


def read_bank(session: LinkSession, item: PlaidItem) -> None:
    """Asks the bank which accounts the connection has. A failure is told by the session's error."""
    try:
        access_token = decrypt_token(item)
        gateway = gateway_from_settings()
        described = gateway.item_get(access_token)
        answers = gateway.accounts_get(access_token)
        name = described.institution or gateway.institution(described.institution_id).name
    except (NotConfigured, TokenUnreadable) as error:
        _tell(session, error_message=str(error))
        return
    except PlaidError as error:
        _tell(session, **_facts(error))
        return
    item.institution_id = described.institution_id[:64]
    item.institution = name[:120]
    item.consent_expires_at = described.consent_expires_at
    item.products = list(described.products)
    item.webhook_url = described.webhook[:500]
    item.save(update_fields=["institution_id", "institution", "consent_expires_at", "products", "webhook_url"])
    banks = [OfferedAccount.of(answer) for answer in answers]
    if twin := connected_twin(item.institution_id, [(bank.name, bank.mask) for bank in banks], besides=item):
        _end(session, LinkSession.Outcome.EXCHANGED, _refusal(twin))
        remove(item)
        return
    _tell(session, bank_accounts=[bank.as_stored() for bank in banks], error_code="", error_message="")


def _refusal(twin: Twin) -> dict[str, Any]:
    return {
        "outcome": LinkSession.Outcome.DUPLICATE,
        "item": twin.item,
        "error_message": f"{twin} is already connected.",
    }


def _claim(session: LinkSession, success: LinkSuccess) -> bool:
    """Whether this request is the one that exchanges."""
    claim = {
        "outcome": LinkSession.Outcome.EXCHANGING,
        "link_session_id": success.link_session_id,
        "expires_at": timezone.now() + EXCHANGE_TAKES,
    }
    return _end(session, LinkSession.Outcome.OPEN, claim)


def _exchange(session: LinkSession, public_token: str) -> None:
    claimed = LinkSession.Outcome.EXCHANGING
    try:
        exchange = gateway_from_settings().exchange(public_token)
    except (NotConfigured, PlaidError) as error:
        _end(session, claimed, {"outcome": LinkSession.Outcome.FAILED, **_facts(error)})
        return
    try:
        item = _keep(session, exchange)
    except (DatabaseError, KeyProblem) as error:
        _give_back(exchange.access_token)
        if not isinstance(error, KeyProblem):
            raise
        _end(session, claimed, {"outcome": LinkSession.Outcome.FAILED, "error_message": str(error)})
        return
    read_bank(session, item)


def _keep(session: LinkSession, exchange: Exchange) -> PlaidItem:
    with transaction.atomic():
        item = PlaidItem.objects.create(
            item_id=exchange.item_id,
            access_token=encrypt_token(exchange.access_token, item_id=exchange.item_id),
            environment=environment(),
        )
        session.item, session.outcome = item, LinkSession.Outcome.EXCHANGED
        session.save(update_fields=["item", "outcome"])
    return item


def _give_back(access_token: str) -> None:
    """Ends a login that could not be stored: nobody could end it later."""
    try:
        gateway_from_settings().item_remove(access_token)
    except PlaidError as error:
        logger.error("A login that could not be stored could not be removed either: %s", error.code)


def _end(session: LinkSession, expected: str, facts: Mapping[str, Any]) -> bool:
    """Moves the session on if it still is in the expected state; whether it was."""
    return bool(LinkSession.objects.filter(pk=session.pk, outcome=expected).update(link_token="", **facts))


def _tell(session: LinkSession, **facts: Any) -> None:
    for name, value in facts.items():
        setattr(session, name, value)
    session.save(update_fields=list(facts))


def _facts(error: PlaidError | NotConfigured) -> dict[str, str]:
    if isinstance(error, NotConfigured):
        return {"error_message": str(error)}
    return {"error_code": error.code[:80], "error_message": str(error), "request_id": error.request_id}
