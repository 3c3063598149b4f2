"""The portfolio and an investment account's page: what is held joined with the connections behind it."""

from collections.abc import Sequence

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from budgetapp.invested import invested_lines
from investments.charts import value_chart
from investments.history import history
from investments.market_hours import market_day
from investments.models import InvestmentAccount
from investments.periods import Period
from investments.portfolio import CurrencyPortfolio, Portfolio, portfolio
from investments.sorting import COLUMNS, Sort
from investments.views.pages import HtmxRequest, investments_page
from plaid_sync.brokerage.follow import Followable, followable
from plaid_sync.credentials import is_configured


@require_GET
@vary_on_headers("HX-Request", "HX-Target")
@investments_page
def investments(request: HtmxRequest) -> HttpResponse:
    accounts = list(InvestmentAccount.objects.in_reading_order())
    return _page(request, accounts, None, offers=followable())


@require_GET
@vary_on_headers("HX-Request", "HX-Target")
@investments_page
def investment_account(request: HtmxRequest, pk: int) -> HttpResponse:
    account = get_object_or_404(InvestmentAccount, pk=pk)
    return _page(request, [account], account)


def _page(
    request: HtmxRequest,
    accounts: list[InvestmentAccount],
    account: InvestmentAccount | None,
    *,
    offers: Sequence[Followable] = (),
) -> HttpResponse:
    book = portfolio(accounts, today=market_day(timezone.now()))
    shown = book.in_currency(request.GET.get("currency", ""))
    page: dict[str, object] = {
        "book": book,
        "shown": shown,
        "account": account,
        "offers": offers,
        "account_lines": invested_lines(book),
        "by_hand_account": next((one for one in accounts if one.is_by_hand), None),
        "today": book.today,
        "several": len(book.currencies) > 1,
        "is_configured": is_configured(),
        "nav": "investments",
        "tab": "portfolio",
    }
    template = "investments/account.html" if account else "investments/portfolio.html"
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
