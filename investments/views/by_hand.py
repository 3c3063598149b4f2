"""Accounts and positions that are kept by hand."""

from datetime import date

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from investments import by_hand
from investments.forms import ByHandAccountForm, ConnectedAccountForm, NewPositionForm, PositionForm
from investments.market_hours import market_day
from investments.models import Holding, InvestmentAccount
from investments.tasks import refresh_soon
from investments.views.pages import HtmxRequest, investments_page

NAV = "investments"


@require_http_methods(["GET", "POST"])
@investments_page
def add_account(request: HtmxRequest) -> HttpResponse:
    form = ByHandAccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        account = form.save()
        messages.success(request, f"Added {account.name}. What does it hold?")
        return redirect("investment_position_add", account.pk)
    page = {"form": form, "account": None, "nav": NAV}
    return render(request, "investments/account_form.html", page, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@investments_page
def edit_account(request: HtmxRequest, pk: int) -> HttpResponse:
    account = get_object_or_404(InvestmentAccount, pk=pk)
    form_class = ByHandAccountForm if account.is_by_hand else ConnectedAccountForm
    form = form_class(request.POST or None, instance=account)
    if request.method == "POST" and form.is_valid():
        saved = form.save()
        messages.success(request, f"Saved {saved.name}.")
        return redirect(saved)
    page = {"form": form, "account": InvestmentAccount.objects.get(pk=pk), "nav": NAV}
    return render(request, "investments/account_form.html", page, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@investments_page
def add_position(request: HtmxRequest, pk: int) -> HttpResponse:
    account = get_object_or_404(InvestmentAccount.objects.by_hand(), pk=pk)
    form = NewPositionForm(request.POST or None, account=account, today=_today())
    if request.method == "POST" and form.is_valid():
        holding = form.save()
        refresh_soon()
        messages.success(request, f"Added {holding.security}.")
        return redirect(request.path if "more" in request.POST else account)
    page = {"form": form, "account": account, "holding": None, "nav": NAV}
    return render(request, "investments/position_form.html", page, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@investments_page
def edit_position(request: HtmxRequest, pk: int, security: int) -> HttpResponse:
    holding = _position(pk, security)
    form = PositionForm(request.POST or None, holding=holding, today=_today())
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, f"Saved {holding.security}.")
        return redirect(holding.investment_account)
    page = {"form": form, "account": holding.investment_account, "holding": holding, "nav": NAV}
    return render(request, "investments/position_form.html", page, status=422 if form.errors else 200)


@require_POST
@investments_page
def remove_position(request: HtmxRequest, pk: int, security: int) -> HttpResponse:
    holding = _position(pk, security)
    by_hand.remove_position(holding.investment_account, holding.security, today=_today())
    messages.success(request, f"Removed {holding.security}. What it was worth on earlier days stays.")
    return redirect(holding.investment_account)


def _today() -> date:
    return market_day(timezone.now())


def _position(pk: int, security: int) -> Holding:
    account = get_object_or_404(InvestmentAccount.objects.by_hand(), pk=pk)
    held: Holding = get_object_or_404(by_hand.positions(account, _today()), security__pk=security)
    return held
