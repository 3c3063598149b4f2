"""After Link: which accounts of the bank feed which of the books, and how their first sync goes."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods
from django.views.decorators.vary import vary_on_headers

from accounts.models import SyncLog
from accounts.worker import is_late
from investments.reach import InvestmentsUnavailable
from plaid_sync.attach import ChoiceTaken, FirstSync, attach, connected, first_syncs, offered, proposals
from plaid_sync.brokerage import follow
from plaid_sync.brokerage.tasks import ask_for_investments
from plaid_sync.forms import MappingForm
from plaid_sync.linking import read_bank
from plaid_sync.mapping import OfferedAccount, Proposal
from plaid_sync.models import LinkSession, PlaidItem
from plaid_sync.tasks import ask_for_sync

Outcome = LinkSession.Outcome
FOLLOWED = timedelta(hours=1)  # a run that died would be asked for without end


@require_http_methods(["GET", "POST"])
def connect_accounts(request: HttpRequest, session: int) -> HttpResponse:
    """How a visit to Link ended; after a success, the bank's accounts and what to do with each."""
    visit = get_object_or_404(LinkSession.objects.select_related("item", "account"), pk=session)
    item = visit.item
    if not visit.has_worked or item is None or item.status == PlaidItem.Status.REMOVED:
        return _ending(request, visit)
    if not visit.bank_accounts:
        return _unread(request, visit, item)
    invested, trouble = _invested(visit, item)
    form = MappingForm([*proposals(visit, item), *invested], request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _attach(request, visit, form)
    is_invested = all(bank.is_investment for bank in offered(visit))
    page = {
        "visit": visit,
        "form": form,
        "connected": connected(visit),
        "followed": follow.followed(visit),
        "unsupported": [bank for bank in offered(visit) if not _has_a_place(bank, item)],
        "trouble": trouble,
        "is_invested": is_invested,
        "nav": "investments" if is_invested else "accounts",
    }
    return render(request, "connect/accounts.html", page, status=422 if form.errors else 200)


def _invested(visit: LinkSession, item: PlaidItem) -> tuple[list[Proposal], str]:
    """What could be done with the investment accounts, or why that can't be said now."""
    try:
        return follow.proposals(visit, item), ""
    except InvestmentsUnavailable as error:
        return [], str(error)


def _has_a_place(bank: OfferedAccount, item: PlaidItem) -> bool:
    return bank.is_syncable or (bank.is_investment and item.may_read_investments)


@require_GET
@vary_on_headers("HX-Request")
def connect_progress(request: HttpRequest, session: int) -> HttpResponse:
    """How far the first sync of a new connection is; its fragment asks again until all have ended."""
    visit = get_object_or_404(LinkSession.objects.select_related("item"), pk=session)
    syncs = first_syncs(visit)
    is_over = all(sync.is_finished for sync in syncs)
    page = {
        "visit": visit,
        "syncs": syncs,
        "is_over": is_over,
        "is_invested": bool(syncs) and all(sync.is_investment for sync in syncs),
        "is_followed": not is_over and timezone.now() - visit.created_at < FOLLOWED,
        "nav": "investments" if visit.purpose == LinkSession.Purpose.INVEST else "accounts",
    } | _position(syncs)
    return render(
        request, "connect/_progress.html" if "HX-Request" in request.headers else "connect/progress.html", page
    )


def _ending(request: HttpRequest, visit: LinkSession) -> HttpResponse:
    """The page of a visit that has no accounts to choose from (yet)."""
    is_connecting = visit.outcome == Outcome.EXCHANGING and visit.expires_at > timezone.now()
    page = {"visit": visit, "origin": _origin(visit), "is_connecting": is_connecting, "nav": "accounts"}
    return render(request, "connect/ending.html", page)


def _origin(visit: LinkSession) -> LinkSession | None:
    """The visit that connected the bank which a refused one met, if accounts of it are still to be had."""
    if visit.outcome != Outcome.DUPLICATE or visit.item is None:
        return None
    origin = visit.item.sessions.filter(outcome__in=LinkSession.WORKED).order_by("pk").last()
    return origin if origin and (proposals(origin, visit.item) or follow.open_accounts(origin)) else None


def _unread(request: HttpRequest, visit: LinkSession, item: PlaidItem) -> HttpResponse:
    """The page of a connection whose accounts could not be read; POST asks the bank again."""
    if request.method == "POST":
        read_bank(visit, item)
        return redirect("connect_accounts", visit.pk)
    return render(request, "connect/unread.html", {"visit": visit, "nav": "accounts"})


def _attach(request: HttpRequest, visit: LinkSession, form: MappingForm) -> HttpResponse:
    try:
        followed = follow.follow(visit, form.choices())
        links = attach(visit, form.choices())
    except ChoiceTaken as error:
        messages.error(request, str(error))
        return redirect("connect_accounts", visit.pk)
    if visit.item is None or not visit.item.is_in_use:
        messages.info(request, "You left out every account, so nothing was connected.")
        return redirect("accounts")
    for linked in links:
        ask_for_sync(linked.pk, SyncLog.Trigger.INITIAL)
    for link in followed:
        ask_for_investments(link.pk, SyncLog.Trigger.INITIAL)
    return redirect("connect_progress", visit.pk)


def _position(syncs: list[FirstSync]) -> dict[str, object]:
    """Where the work stands: "2 of 3", and the account that is at work."""
    done = sum(sync.is_finished for sync in syncs)
    current = next((sync for sync in syncs if sync.is_running), None)
    return {
        "total": len(syncs),
        "number": min(done + 1, len(syncs)),
        "synced": sum(sync.is_synced for sync in syncs),
        "current": current,
        "is_worker_late": done < len(syncs) and current is None and is_late(timezone.now()),
    }
