"""The accounts overview and an account's page: the books joined with the bank connections."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from accounts import household
from accounts.balance_line import balance_line
from accounts.models import Account
from accounts.views.transactions import HtmxRequest, transaction_list
from budgetapp.overview import AccountLine, account_lines, overview
from plaid_sync.credentials import is_configured

HELD_SHOWN = 20


@require_GET
def accounts(request: HttpRequest) -> HttpResponse:
    page = {"overview": overview(), "is_configured": is_configured(), "nav": "accounts"}
    return render(request, "accounts/index.html", page)


@require_GET
def account_totals(request: HtmxRequest) -> HttpResponse:
    """The head of the overview, asked for again when a followed sync has ended."""
    if not request.htmx:
        return redirect("accounts")
    return render(request, "accounts/_totals.html", {"overview": overview()})


@require_GET
def account_row(request: HtmxRequest, pk: int) -> HttpResponse:
    """One row of the overview; the row itself asks for it while a sync runs."""
    if not request.htmx:
        return redirect("accounts")
    line = _line(pk)
    response = render(request, "accounts/_row.html", {"line": line, "is_configured": is_configured()})
    if not line.is_followed:
        response["HX-Trigger"] = "sync-ended"
    return response


@require_GET
@vary_on_headers("HX-Request")
def account(request: HtmxRequest, pk: int) -> HttpResponse:
    line = _line(pk)
    page = transaction_list(request, line.account)
    if request.htmx:
        return render(request, "transactions/_list.html", page)
    held = line.account.held_lines.listed() if line.held else line.account.held_lines.none()
    page |= {
        "line": line,
        "balance_line": balance_line(line.account, household.today()),
        "held": held.select_related("candidate").order_by("-id")[:HELD_SHOWN],
        "is_configured": is_configured(),
        "nav": "accounts",
    }
    return render(request, "accounts/detail.html", page)


@require_GET
def account_progress(request: HtmxRequest, pk: int) -> HttpResponse:
    """The head of an account's page while a sync runs; the finished sync reloads the page."""
    if not request.htmx:
        return redirect("account", pk=pk)
    line = _line(pk)
    if not line.is_followed:
        return HttpResponse(status=200, headers={"HX-Refresh": "true"})
    return render(request, "accounts/_progress.html", {"line": line})


def _line(pk: int) -> AccountLine:
    lines = account_lines(Account.objects.filter(pk=pk))
    if not lines:
        raise Http404
    return lines[0]
