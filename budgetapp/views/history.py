"""Sync history: every run of every source, newest first."""

from datetime import UTC, datetime

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from accounts.models import Account, SyncLog
from accounts.views.transactions import HtmxRequest, is_id
from plaid_sync.halt import current_halt
from plaid_sync.models import LinkedAccount
from plaid_sync.steps import Step

PAGE = 50


@require_GET
@vary_on_headers("HX-Request")
def sync_history(request: HtmxRequest) -> HttpResponse:
    chosen = {name: request.GET.get(name, "") for name in ("account", "status", "trigger")}
    found = list(_before(_chosen_runs(chosen), request.GET.get("before", ""))[: PAGE + 1])
    page = {
        "runs": found[:PAGE],
        "older": _key(found[PAGE - 1]) if len(found) > PAGE else "",
        "is_newest": "before" not in request.GET,
        "chosen": chosen,
        "is_filtered": any(chosen.values()),
        "accounts": Account.objects.in_reading_order(),
        "statuses": SyncLog.Status.choices,
        "triggers": SyncLog.Trigger.choices,
        "nav": "history",
    }
    return render(request, "sync_history/_list.html" if request.htmx else "sync_history/index.html", page)


@require_GET
def sync_run(request: HttpRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(SyncLog.objects.select_related("account"), pk=pk)
    held = run.account.held_lines.filter(run=run).select_related("candidate").order_by("id")[:PAGE]
    page = {"run": run, "held": held, "nav": "history"} | _what_helps(run)
    return render(request, "sync_history/detail.html", page)


@require_GET
def sync_run_row(request: HtmxRequest, pk: int) -> HttpResponse:
    """One row of the history; the row itself asks for it while the run works."""
    if not request.htmx:
        return redirect("sync_run", pk=pk)
    run = get_object_or_404(SyncLog.objects.select_related("account"), pk=pk)
    return render(request, "sync_history/_row.html", {"run": run})


def _what_helps(run: SyncLog) -> dict[str, object]:
    """What a failed run asks for, while it still does; the halt of all connections goes before an account's error."""
    if run.status != SyncLog.Status.ERROR or run.trigger == SyncLog.Trigger.IMPORT:
        return {}
    since = SyncLog.objects.filter(account=run.account, source=run.source, status=SyncLog.Status.SUCCESS)
    if since.filter(started_at__gt=run.started_at).exists():
        return {"is_solved": True}
    link = LinkedAccount.objects.select_related("item").filter(account=run.account).first()
    halted = current_halt()
    if halted and halted.error_code == run.error_code:
        return {"step": Step.CONFIGURE, "link": link}
    return {"step": link.step if link else "", "link": link}


def _chosen_runs(chosen: dict[str, str]) -> QuerySet[SyncLog]:
    runs = SyncLog.objects.select_related("account").order_by("-started_at", "-id")
    if is_id(chosen["account"]):
        runs = runs.filter(account_id=int(chosen["account"]))
    if chosen["status"] in SyncLog.Status.values:
        runs = runs.filter(status=chosen["status"])
    if chosen["trigger"] in SyncLog.Trigger.values:
        runs = runs.filter(trigger=chosen["trigger"])
    return runs


def _key(run: SyncLog) -> str:
    return f"{run.started_at.isoformat()}_{run.pk}"


def _before(runs: QuerySet[SyncLog], key: str) -> QuerySet[SyncLog]:
    moment, _, pk = key.partition("_")
    try:
        started_at, last = datetime.fromisoformat(moment).astimezone(UTC), int(pk)
    except (ValueError, OverflowError):
        return runs
    return runs.filter(started_at__lte=started_at).filter(Q(started_at__lt=started_at) | Q(pk__lt=last))
