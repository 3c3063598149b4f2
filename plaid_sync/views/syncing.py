"""The buttons of a connected account: sync, refresh balances, disconnect."""

from datetime import datetime, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from accounts import audit
from accounts.models import Account, AuditEvent, SyncLog
from plaid_sync import balances
from plaid_sync.credentials import environment, is_configured
from plaid_sync.disconnect import disconnect, siblings, untold
from plaid_sync.errors import NotConfigured, PlaidError, TokenUnreadable
from plaid_sync.gateway import gateway_from_settings
from plaid_sync.models import LinkedAccount, PlaidItem
from plaid_sync.tasks import ask_for_sync
from plaid_sync.vault import decrypt_token

PAUSE = timedelta(minutes=1)


@require_POST
def sync_account(request: HttpRequest, pk: int) -> HttpResponse:
    """Syncs one account now, or says why not."""
    account = get_object_or_404(Account, pk=pk)
    linked = LinkedAccount.objects.filter(account=account).select_related("item").first()
    if linked is None:
        messages.info(request, f"{account} is not connected to a bank, so there is nothing to sync.")
    elif not is_configured():
        messages.warning(request, str(NotConfigured()))
    elif linked.item.environment != environment():
        words = f"{account} belongs to Plaid’s {linked.item.environment}, but {environment()} is switched on."
        messages.info(request, f"{words} It is kept as it is and not synced meanwhile.")
    elif _was_just_synced(account):
        messages.info(request, f"{account} was synced less than a minute ago. Try again in a minute.")
    elif ask_for_sync(linked.pk, SyncLog.Trigger.MANUAL):
        messages.success(request, f"The sync of {account} has started.")
    else:
        _tell_result(request, account)
    return back(request, account.get_absolute_url())


@require_POST
def sync_all(request: HttpRequest) -> HttpResponse:
    """Syncs every connected account now, except those that just were."""
    started_at = timezone.now()
    links = LinkedAccount.objects.filter(item__environment=environment()).select_related("account").order_by("pk")
    due = [linked for linked in links if not _was_just_synced(linked.account)] if is_configured() else []
    queued = [ask_for_sync(linked.pk, SyncLog.Trigger.MANUAL) for linked in due]
    if not is_configured():
        messages.warning(request, str(NotConfigured()))
    elif not due:
        messages.info(request, "There is nothing to sync: every connected account was synced less than a minute ago.")
    elif all(queued):
        messages.success(request, f"The sync of {_accounts(len(due))} has started.")
    else:
        _tell_results(request, [linked.account for linked in due], started_at)
    return back(request, "accounts")


@require_POST
def refresh_balances(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks the bank for the balances of this moment, for the account and those that share its sign-in."""
    account = get_object_or_404(Account, pk=pk)
    try:
        is_asked = balances.refresh_balances(account, gateway=gateway_from_settings(), now=timezone.now())
    except LinkedAccount.DoesNotExist:
        messages.info(request, f"{account} is not connected to a bank.")
    except NotConfigured as error:
        messages.warning(request, str(error))
    except PlaidError as error:
        reference = f" Plaid’s reference: {error.request_id}" if error.request_id else ""
        messages.error(request, f"{error}{reference}")
    else:
        messages.success(request, "The balances are of this moment." if is_asked else "The balances are fresh already.")
    return back(request, account.get_absolute_url())


@require_http_methods(["GET", "POST"])
def disconnect_account(request: HttpRequest, pk: int) -> HttpResponse:
    """Says what disconnecting does; POST does it."""
    account = get_object_or_404(Account, pk=pk)
    linked = LinkedAccount.objects.filter(account=account).select_related("item").first()
    if linked is None:
        messages.info(request, f"{account} is not connected to a bank.")
        return redirect(account)
    if request.method == "POST":
        disconnection = disconnect(account)
        if disconnection.item is not None:  # not the second of two clicks
            gone = AuditEvent.Kind.DISCONNECTED
            audit.record(gone, now=timezone.now(), by=request.user, about=f"account {pk}")
        messages.success(request, f"Disconnected {account}. Its transactions stay.")
        if disconnection.item is not None and disconnection.is_pending:
            messages.warning(request, untold(disconnection.item))
        return redirect(account)
    page = {
        "account": account,
        "siblings": siblings(account),
        "count": account.transactions.live().count(),
        "is_unreadable": not is_readable(linked.item),
        "nav": "accounts",
    }
    return render(request, "connect/disconnect.html", page)


def _was_just_synced(account: Account) -> bool:
    by_hand = SyncLog.objects.filter(account=account, trigger=SyncLog.Trigger.MANUAL)
    return by_hand.filter(started_at__gt=timezone.now() - PAUSE).exists()


def _tell_result(request: HttpRequest, account: Account) -> None:
    """How the run ended that was made in this request."""
    run = SyncLog.objects.filter(account=account).order_by("started_at", "pk").last()
    if run is None or run.status == SyncLog.Status.RUNNING:
        messages.info(request, f"{account} is being synced already.")
    elif run.error_message:
        messages.error(request, run.error_message)
    elif run.status != SyncLog.Status.SUCCESS:
        messages.info(request, f"{account}: {run.get_status_display()}.")
    elif not (run.added or run.modified or run.removed or run.merged):
        messages.success(request, f"Synced {account}. The bank has sent nothing new.")
    else:
        parts = ((run.added, "new"), (run.modified, "changed"), (run.merged, "matched"), (run.removed, "removed"))
        words = ", ".join(f"{count} {word}" for count, word in parts if count)
        messages.success(request, f"Synced {account}: {words}.")


def _tell_results(request: HttpRequest, accounts: list[Account], since: datetime) -> None:
    """How the runs ended that were made in this request."""
    failures = SyncLog.objects.filter(account__in=accounts, status=SyncLog.Status.ERROR, started_at__gte=since)
    failed = len(set(failures.values_list("account_id", flat=True)))
    if failed < len(accounts):
        messages.success(request, f"Synced {_accounts(len(accounts) - failed)}.")
    if failed:
        messages.error(request, f"{failed} of {_accounts(len(accounts))} could not be synced; each says why.")


def _accounts(count: int) -> str:
    return "1 account" if count == 1 else f"{count} accounts"


def is_readable(item: PlaidItem) -> bool:
    """Whether the login's access could be ended from here."""
    try:
        decrypt_token(item)
    except TokenUnreadable:
        return False
    return True


def back(request: HttpRequest, fallback: str) -> HttpResponse:
    """To the page that the button stood on."""
    origin = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(origin, {request.get_host()}, require_https=request.is_secure())
    return redirect(origin if is_ours else fallback)
