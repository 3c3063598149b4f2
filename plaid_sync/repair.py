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
from plaid_sync.models import LinkedAccount, LinkSession, PlaidItem
from plaid_sync.rejoin import rejoin
from plaid_sync.steps import Step
from plaid_sync.visits import claim, client_user_id, end, facts_of, open_visit, tell

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
            consents_to=_lacking_consents(item, purpose),
        )

    return open_visit(user, ask, purpose=purpose, item=item)


def _lacking_consents(item: PlaidItem, purpose: LinkSession.Purpose) -> set[str]:
    """The products that an account was refused for want of consent; who adds accounts is asked for all."""
    if purpose == LinkSession.Purpose.ADD_ACCOUNTS:
        lacking = {"transactions", "investments"} - set(item.products)
    else:
        lacking = set()
    if item.linked_accounts.filter(next_step=Step.SIGN_IN).exists():
        lacking.add("transactions")
    if item.investment_links.filter(next_step=Step.SIGN_IN).exists():
        lacking.add("investments")
    return lacking


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


def goes_on_elsewhere(linked: LinkedAccount) -> bool:
    """Looks for an account that the bank no longer knows among those that it lists now.

    True if it goes on under another id. Of a failure to ask nothing is kept: the run has said what is wrong.
    """
    try:
        banks = ask_bank(linked.item)
    except (NotConfigured, PlaidError):
        return False
    if any(bank.id == linked.plaid_account_id for bank in banks):  # it is listed, and refused all the same
        return False
    with transaction.atomic():
        rejoin(linked.item, banks)
        visit = linked.item.sessions.filter(outcome__in=LinkSession.WORKED).order_by("pk").last()
        if visit:
            tell(visit, bank_accounts=[bank.as_stored() for bank in banks])
    return LinkedAccount.objects.filter(pk=linked.pk).exclude(next_step=Step.CHOOSE).exists()
