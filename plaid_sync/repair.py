"""Signing in again: Link is opened for the same login (update mode), nothing is exchanged, the accounts are re-read."""

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from plaid_sync.addresses import redirect_uri
from plaid_sync.answers import LinkToken
from plaid_sync.asking import ask_bank
from plaid_sync.balances import usable_token
from plaid_sync.errors import NotConfigured, PlaidError
from plaid_sync.gateway import gateway_from_settings
from plaid_sync.item_state import record_item_error
from plaid_sync.mapping import OfferedAccount
from plaid_sync.models import LinkSession, PlaidItem
from plaid_sync.rejoin import rejoin
from plaid_sync.visits import claim, client_user_id, end, facts_of, open_visit

_Outcome = LinkSession.Outcome


def start_repair(user: AbstractBaseUser, item: PlaidItem, *, purpose: LinkSession.Purpose) -> LinkSession:
    """Opens a visit to Link for a login that exists: to sign in again, or to choose its accounts.

    Raises TooManyVisits, NotConfigured, KeyProblem or PlaidError.
    """

    def ask() -> LinkToken:
        gateway = gateway_from_settings()
        return gateway.link_token_update(
            usable_token(item, gateway),
            client_user_id=client_user_id(),
            redirect_uri=redirect_uri(),
            selects_accounts=purpose == LinkSession.Purpose.ADD_ACCOUNTS,
        )

    return open_visit(user, ask, purpose=purpose, item=item)


def complete(session: LinkSession, item: PlaidItem, *, link_session_id: str) -> None:
    """Takes up the login after Link's success, once: a repeated call changes nothing."""
    if claim(session, link_session_id=link_session_id):
        _take_up(session, item)
    session.refresh_from_db()


def _take_up(session: LinkSession, item: PlaidItem) -> None:
    try:
        banks = ask_bank(item)
    except (NotConfigured, PlaidError) as error:
        if isinstance(error, PlaidError) and error.item_status:
            with transaction.atomic():
                record_item_error(item, error)
        end(session, _Outcome.EXCHANGING, {"outcome": _Outcome.FAILED, **facts_of(error)})
        return
    with transaction.atomic():
        rejoin(item, banks)
        if session.purpose == LinkSession.Purpose.ADD_ACCOUNTS:
            PlaidItem.objects.filter(pk=item.pk).update(has_new_accounts=False)
        stored = [bank.as_stored() for bank in banks]
        end(session, _Outcome.EXCHANGING, {"outcome": _Outcome.REPAIRED, "bank_accounts": stored})


def look_again(item: PlaidItem) -> list[OfferedAccount]:
    """Re-reads the accounts of a working login, without Link; those whose ids have changed go on.

    Raises NotConfigured or PlaidError.
    """
    banks = ask_bank(item)
    rejoin(item, banks)
    return banks
