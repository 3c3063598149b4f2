"""The portfolio and an investment account's page: what is held joined with the connections behind it."""

from collections.abc import Mapping

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from accounts.views.transactions import is_id
from budgetapp.invested import invested_lines
from budgetapp.investment_syncs import OngoingSync, latest_runs, ongoing_syncs
from investments.activity import newest
from investments.charts import value_chart
from investments.history import history
from investments.market_hours import market_day
from investments.market_state import market_state
from investments.models import InvestmentAccount, PriceRun
from investments.periods import Period
from investments.portfolio import CurrencyPortfolio, Portfolio, portfolio
from investments.sorting import COLUMNS, Sort
from investments.views.pages import HtmxRequest, investments_page
from plaid_sync.brokerage.follow import followable
from plaid_sync.brokerage.leave import link_of
from plaid_sync.credentials import is_configured

TRADES_SHOWN = 10


@require_GET
@vary_on_headers("HX-Request", "HX-Target")
@investments_page
def investments(request: HtmxRequest) -> HttpResponse:
    accounts = list(InvestmentAccount.objects.in_reading_order())
    page = {
        "offers": followable(),
        "syncs": ongoing_syncs(timezone.now()),
        "has_followed": any(account.is_followed for account in accounts),
        "by_hand_account": next((account for account in accounts if account.is_by_hand), None),
    }
    return _page(request, "investments/portfolio.html", accounts, page)


@require_GET
@vary_on_headers("HX-Request", "HX-Target")
@investments_page
def investment_account(request: HtmxRequest, pk: int) -> HttpResponse:
    account = get_object_or_404(InvestmentAccount, pk=pk)
    link = link_of(account)
    page = {
        "account": account,
        "link": link,
        "step": (link.item.next_step or link.next_step) if link else "",
        "syncs": _syncs_of(account),
        "runs": latest_runs(account.key),
        "days": newest(account.pk, TRADES_SHOWN),
    }
    return _page(request, "investments/account.html", [account], page)


@require_GET
@investments_page
def investment_progress(request: HtmxRequest) -> HttpResponse:
    """The syncs that are followed, of one account or all; when the last has ended, the page is loaded anew."""
    asked = request.GET.get("account", "")
    account = get_object_or_404(InvestmentAccount, pk=int(asked)) if is_id(asked) else None
    if not request.htmx:
        return redirect(account or "portfolio")
    syncs = _syncs_of(account) if account else ongoing_syncs(timezone.now())
    if not syncs:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "investments/_progress.html", {"syncs": syncs, "account": account})


def _syncs_of(account: InvestmentAccount) -> list[OngoingSync]:
    return [sync for sync in ongoing_syncs(timezone.now()) if sync.account_key == account.key]


def _page(
    request: HtmxRequest, template: str, accounts: list[InvestmentAccount], around: Mapping[str, object]
) -> HttpResponse:
    """The page of these accounts, or the part of it that is asked for, with what stands around their figures."""
    book = portfolio(accounts, today=market_day(timezone.now()))
    shown = book.in_currency(request.GET.get("currency", ""))
    page: dict[str, object] = {
        **around,
        "book": book,
        "shown": shown,
        "account_lines": invested_lines(book),
        "market": market_state(timezone.now()),
        "today": book.today,
        "several": len(book.currencies) > 1,
        "is_configured": is_configured(),
        "price_runs": PriceRun.objects.newest_first(),
        "nav": "investments",
        "tab": "portfolio",
    }
    if shown is None:
        return render(request, template, page)
    if request.htmx.target == "holdings":
        return render(request, "investments/_holdings.html", page | _holdings(request, shown))
    page |= _performance(request, shown, book)
    if request.htmx.target == "performance":
        return render(request, "investments/_performance.html", page)
    return render(request, template, page | _holdings(request, shown))


def _performance(request: HtmxRequest, shown: CurrencyPortfolio, book: Portfolio) -> dict[str, object]:
    asked = request.GET.get("period", "")
    period = Period(asked) if asked in Period.values else Period.YEAR
    found = history(shown, [state.account.pk for state in book.accounts], period, today=book.today)
    return {
        "periods": list(Period),
        "period": period,
        "history": found,
        "chart": value_chart(found) if found else None,
    }


def _holdings(request: HtmxRequest, shown: CurrencyPortfolio) -> dict[str, object]:
    sort = Sort.parse(request.GET.get("sort", ""))
    return {
        "sort": sort,
        "columns": [(column, sort.next_of(column)) for column in COLUMNS],
        "positions": sort.sorted(shown.positions),
    }
