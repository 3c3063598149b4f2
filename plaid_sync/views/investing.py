"""The buttons of a connected investment account: sync, disconnect."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts import audit
from accounts.models import AuditEvent, SyncLog
from investments.models import InvestmentAccount
from investments.views.pages import investments_page
from plaid_sync.brokerage import leave
from plaid_sync.brokerage.tasks import ask_for_investments
from plaid_sync.credentials import is_configured
from plaid_sync.disconnect import untold
from plaid_sync.errors import NotConfigured
from plaid_sync.models import InvestmentLink, InvestmentRun
from plaid_sync.views.syncing import PAUSE, back, is_readable

Status = SyncLog.Status


@require_POST
@investments_page
def sync_investment_account(request: HttpRequest, pk: int) -> HttpResponse:
    """Syncs one investment account now, or says why not."""
    account = get_object_or_404(InvestmentAccount, pk=pk)
    link = leave.link_of(account)
    if link is None:
        messages.info(request, f"{account} is not connected, so there is nothing to sync.")
    elif not is_configured():
        messages.warning(request, str(NotConfigured()))
    elif _was_just_synced(link):
        messages.info(request, f"{account} was synced less than a minute ago. Try again in a minute.")
    elif ask_for_investments(link.pk, SyncLog.Trigger.MANUAL):
        messages.success(request, f"The sync of {account} has started.")
    else:
        _tell_result(request, link)
    return back(request, account.get_absolute_url())


@require_POST
def sync_investments(request: HttpRequest) -> HttpResponse:
    """Syncs every connected investment account now, except those that just were."""
    links = InvestmentLink.objects.filter(state=InvestmentLink.State.ACTIVE).order_by("pk")
    due = [link for link in links if not _was_just_synced(link)] if is_configured() else []
    queued = [ask_for_investments(link.pk, SyncLog.Trigger.MANUAL) for link in due]
    if not is_configured():
        messages.warning(request, str(NotConfigured()))
    elif not due:
        messages.info(request, "There is nothing to sync: no account is connected that was not synced just now.")
    elif all(queued):
        count = len(due)
        messages.success(request, f"The sync of {count} account{'' if count == 1 else 's'} has started.")
    else:
        for link in due:
            _tell_result(request, link)
    return back(request, "portfolio")


@require_http_methods(["GET", "POST"])
@investments_page
def disconnect_investment_account(request: HttpRequest, pk: int) -> HttpResponse:
    """Says what disconnecting does; POST does it."""
    account = get_object_or_404(InvestmentAccount, pk=pk)
    link = leave.link_of(account)
    if link is None:
        messages.info(request, f"{account} is not connected.")
        return redirect(account)
    if request.method == "POST":
        return _disconnected(request, account)
    page = {
        "account": account,
        "siblings": leave.siblings(link),
        "trades": account.transactions.live().count(),
        "is_unreadable": not is_readable(link.item),
        "nav": "investments",
    }
    return render(request, "connect/disconnect_investments.html", page)


def _disconnected(request: HttpRequest, account: InvestmentAccount) -> HttpResponse:
    item = leave.disconnect(account)
    if item is not None:  # not the second of two clicks
        gone = AuditEvent.Kind.DISCONNECTED
        audit.record(gone, now=timezone.now(), by=request.user, about=f"investment account {account.pk}")
    messages.success(request, f"Disconnected {account}. Its holdings and history stay.")
    if item is not None and item.status == item.Status.REMOVAL_PENDING:
        messages.warning(request, untold(item))
    return redirect(account)


def _was_just_synced(link: InvestmentLink) -> bool:
    by_hand = InvestmentRun.objects.filter(account_key=link.account_key, trigger=SyncLog.Trigger.MANUAL)
    return by_hand.filter(started_at__gt=timezone.now() - PAUSE).exists()


def _tell_result(request: HttpRequest, link: InvestmentLink) -> None:
    """How the run ended that was made in this request."""
    run = InvestmentRun.objects.filter(account_key=link.account_key).order_by("started_at", "pk").last()
    if run is None or run.status == Status.RUNNING:
        messages.info(request, f"{link} is being synced already.")
    elif run.error_message:
        messages.error(request, run.error_message)
    elif run.status != Status.SUCCESS:
        messages.info(request, f"{link}: {run.get_status_display()}.")
    else:
        messages.success(request, f"Synced {link}: {run.story}.")
