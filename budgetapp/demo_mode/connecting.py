"""Connecting the demo's banks, as a visitor would with every account ticked."""

import logging
from datetime import timedelta

from django.utils import timezone
from django_q.tasks import async_task

from accounts.models import SyncLog
from accounts.worker import run_soon
from investments.reach import InvestmentsUnavailable
from investments.tasks import refresh_all_prices
from plaid_sync import demo
from plaid_sync.addresses import webhook_url
from plaid_sync.attach import ChoiceTaken, attach, offered
from plaid_sync.brokerage.follow import follow
from plaid_sync.brokerage.tasks import ask_for_investments
from plaid_sync.errors import KeyProblem, NotConfigured, PlaidError
from plaid_sync.gateway import gateway_from_settings
from plaid_sync.linking import LinkSuccess, connect
from plaid_sync.mapping import NEW
from plaid_sync.models import LinkSession, PlaidItem
from plaid_sync.tasks import ask_for_sync

logger = logging.getLogger(__name__)

_CONNECT, _INVEST = LinkSession.Purpose.CONNECT, LinkSession.Purpose.INVEST
BANKS = {"ins_109508": _CONNECT, "ins_127287": _CONNECT, "ins_900101": _INVEST, "ins_900102": _INVEST}
_PRODUCTS = {_CONNECT: "transactions", _INVEST: "investments"}
_VISIT = timedelta(minutes=10)


class NotConnected(Exception):
    """A bank of the demo could not be connected; the message says why."""


def connect_banks(name: str) -> None:
    """Connects those that are not connected yet and asks for their first sync. Runs as a job of the worker."""
    try:
        for institution_id in BANKS:
            if demo.stage_now() != demo.Stage.CONNECTING or demo.name() != name:
                return  # it was ended meanwhile
            if not PlaidItem.objects.active().in_use().filter(institution_id=institution_id).exists():
                _connect(institution_id)
    except (NotConnected, ChoiceTaken, NotConfigured, KeyProblem, PlaidError, InvestmentsUnavailable) as error:
        logger.warning("The demo's banks could not be connected: %s", type(error).__name__)
        if demo.stage_now() == demo.Stage.CONNECTING:
            demo.go_to(demo.Stage.CONNECTING, now=timezone.now(), trouble=str(error))
        return
    if demo.stage_now() == demo.Stage.CONNECTING:
        demo.go_to(demo.Stage.ON, now=timezone.now())
        run_soon(refresh_all_prices)  # behind the first readings, which say of what


def ask_to_connect(name: str) -> None:
    """Queues the same for the worker."""
    async_task(f"{connect_banks.__module__}.{connect_banks.__qualname__}", name)


def _connect(institution_id: str) -> None:
    purpose = BANKS[institution_id]
    public_token = gateway_from_settings().simulated_login(
        institution_id, product=_PRODUCTS[purpose], webhook=webhook_url()
    )
    session = LinkSession.objects.create(purpose=purpose, expires_at=timezone.now() + _VISIT)
    connect(session, LinkSuccess(public_token, institution_id, accounts=(), link_session_id=""))
    if not session.has_worked or not session.bank_accounts:
        raise NotConnected(session.error_message or "A simulated bank did not show its accounts.")
    choices = {bank.id: NEW for bank in offered(session)}
    followed, linked = follow(session, choices), attach(session, choices)
    for link in linked:
        ask_for_sync(link.pk, SyncLog.Trigger.INITIAL)
    for invested in followed:
        ask_for_investments(invested.pk, SyncLog.Trigger.INITIAL)
