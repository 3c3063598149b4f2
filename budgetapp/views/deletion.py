import contextlib

from django.contrib import messages
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction
from django.db.models import Count, Max, Min
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts import audit
from accounts.forms import DeletionForm
from accounts.models import Account, AuditEvent
from accounts.proof import Coverage, coverage_by_account
from imports.posting import forget_files
from investments.models import InvestmentAccount
from investments.views.pages import HtmxRequest, investments_page
from plaid_sync.brokerage import leave
from plaid_sync.disconnect import disconnect


@require_http_methods(["GET", "POST"])
def delete_account(request: HttpRequest, pk: int) -> HttpResponse:
    """Deletes an account with all that hangs on it, after its name was typed; a linked one is disconnected first."""
    account = get_object_or_404(Account, pk=pk)
    form = DeletionForm(request.POST or None, asked=account.name)
    if request.method == "POST" and form.is_valid():
        with contextlib.suppress(Account.DoesNotExist):  # a second click: the first has deleted it
            disconnect(account)
            _delete(pk, by=request.user)
        messages.success(request, f"Deleted {account.name}.")
        return redirect("accounts")
    page = {
        "account": account,
        "form": form,
        "coverage": coverage_by_account(pk).get(pk, Coverage()),
        "removed": account.transactions.exclude(removed_at=None).count(),
        "runs": account.runs.count(),
        "nav": "accounts",
    }
    return render(request, "accounts/delete.html", page, status=422 if form.errors else 200)


@transaction.atomic
def _delete(pk: int, *, by: AbstractBaseUser | AnonymousUser) -> None:
    # The lock that imports and syncs take: none of them writes half a run into an account that is going.
    Account.objects.select_for_update().get(pk=pk).delete()
    audit.record(AuditEvent.Kind.DELETED, now=timezone.now(), by=by, about=f"account {pk}")
    forget_files()


@require_http_methods(["GET", "POST"])
@investments_page
def delete_investment_account(request: HtmxRequest, pk: int) -> HttpResponse:
    """Deletes an investment account with all that hangs on it, after its name was typed."""
    account = get_object_or_404(InvestmentAccount, pk=pk)
    form = DeletionForm(request.POST or None, asked=account.name)
    if request.method == "POST" and form.is_valid():
        leave.delete(account)
        deleted = AuditEvent.Kind.DELETED
        audit.record(deleted, now=timezone.now(), by=request.user, about=f"investment account {pk}")
        messages.success(request, f"Deleted {account.name}.")
        return redirect("portfolio")
    page = {
        "account": account,
        "form": form,
        "link": leave.link_of(account),
        "days": account.holdings.aggregate(
            count=Count("as_of_date", distinct=True), first=Min("as_of_date"), last=Max("as_of_date")
        ),
        "positions": account.holdings.aggregate(count=Count("security", distinct=True))["count"],
        "trades": account.transactions.count(),
        "nav": "investments",
    }
    return render(request, "investments/delete.html", page, status=422 if form.errors else 200)
