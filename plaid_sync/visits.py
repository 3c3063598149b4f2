"""One visit to Plaid Link, whatever it is for: opened with a link token, ended once, with its outcome told."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts import audit
from accounts.models import AuditEvent
from plaid_sync.answers import LinkToken
from plaid_sync.errors import NotConfigured, PlaidError
from plaid_sync.models import LinkSession
from plaid_sync.vault import encrypt_link_token

VISITS_PER_HOUR = 10
EXCHANGE_TAKES = timedelta(minutes=3)  # at most: three calls of 30 seconds each


class TooManyVisits(Exception):
    """The user has started Link too often; the message says when to try again."""


def open_visit(user: AbstractBaseUser, ask: Callable[[], LinkToken], **about: Any) -> LinkSession:
    """A visit with the link token that `ask` gets; `about` are columns of the session.

    Raises TooManyVisits, KeyProblem and what `ask` raises.
    """
    now = timezone.now()
    forget_expired()
    recent = LinkSession.objects.filter(user_id=user.pk, created_at__gt=now - timedelta(hours=1))
    if recent.count() >= VISITS_PER_HOUR:
        raise TooManyVisits(f"You have opened Connect {VISITS_PER_HOUR} times in an hour. Try again in an hour.")
    answer = ask()
    with transaction.atomic():
        session = LinkSession.objects.create(user_id=user.pk, expires_at=answer.expires_at, **about)
        session.link_token = encrypt_link_token(answer.token, session=session.pk)
        session.save(update_fields=["link_token"])
        audit.record(AuditEvent.Kind.LINK_OPENED, now=now, by=user, about=f"visit {session.pk}")
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


def claim(session: LinkSession, *, link_session_id: str) -> bool:
    """Whether this request is the one that takes the visit's success further."""
    facts = {
        "outcome": LinkSession.Outcome.EXCHANGING,
        "link_session_id": link_session_id,
        "expires_at": timezone.now() + EXCHANGE_TAKES,
    }
    return end(session, LinkSession.Outcome.OPEN, facts)


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
    end(session, LinkSession.Outcome.OPEN, facts)
    session.refresh_from_db()


def end(session: LinkSession, expected: str, facts: Mapping[str, Any]) -> bool:
    """Moves the session on if it still is in the expected state; whether it was."""
    return bool(LinkSession.objects.filter(pk=session.pk, outcome=expected).update(link_token="", **facts))


def tell(session: LinkSession, **facts: Any) -> None:
    """Stores facts about a visit."""
    for name, value in facts.items():
        setattr(session, name, value)
    session.save(update_fields=list(facts))


def facts_of(error: PlaidError | NotConfigured) -> dict[str, str]:
    """What a session keeps of the error."""
    if isinstance(error, NotConfigured):
        return {"error_message": str(error)}
    return {"error_code": error.code[:80], "error_message": str(error), "request_id": error.request_id}
