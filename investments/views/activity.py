"""What happened on the investment accounts, and what they paid."""

from datetime import date

from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from investments.activity import Chosen, activity, page_of
from investments.charts import income_chart
from investments.income import income
from investments.market_hours import market_day
from investments.models import InvestmentAccount, InvestmentTransaction, Security
from investments.periods import IncomePeriod
from investments.reinvestment import PAYMENTS
from investments.views.pages import HtmxRequest, investments_page
from paging.keyset import COUNT_CAP, Key, capped_count

Kind = InvestmentTransaction.Kind


@require_GET
@vary_on_headers("HX-Request")
@investments_page
def investment_activity(request: HtmxRequest) -> HttpResponse:
    chosen = _chosen(request)
    rows = activity(chosen)
    page: dict[str, object] = {
        "chosen": chosen,
        "page": page_of(
            rows, before=Key.parse(request.GET.get("before", "")), after=Key.parse(request.GET.get("after", ""))
        ),
        "count": capped_count(rows) if chosen else None,
        "count_cap": COUNT_CAP,
        "list_url": request.path,
        "nav": "investments",
        "tab": "activity",
    }
    if request.htmx:
        return render(request, "investments/_activity.html", page)
    page |= {
        "accounts": InvestmentAccount.objects.in_reading_order(),
        "kinds": Kind.choices,
        "securities": Security.objects.filter(transactions__isnull=False).distinct().order_by("ticker", "name", "pk"),
    }
    return render(request, "investments/activity.html", page)


def _chosen(request: HtmxRequest) -> Chosen:
    """The filters of the address; what can be none is ignored."""
    asked = request.GET
    return Chosen(
        account_id=_id(asked.get("account", "")),
        kind=asked.get("kind", "") if asked.get("kind") in Kind.values else "",
        security_id=_id(asked.get("security", "")),
        since=_day(asked.get("since", "")),
        until=_day(asked.get("until", "")),
    )


def _id(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 19 else None


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


@require_GET
@investments_page
def investment_income(request: HtmxRequest) -> HttpResponse:
    accounts = list(InvestmentAccount.objects.in_reading_order())
    account_id = _id(request.GET.get("account", ""))
    currencies = _paying_currencies()
    asked = request.GET.get("currency", "")
    currency = asked if asked in currencies else next(iter(currencies), "USD")
    period = IncomePeriod.parse(request.GET.get("period", ""))
    today = market_day(timezone.now())
    paid = income(
        [account.pk for account in accounts if account_id in (None, account.pk)],
        currency,
        since=period.first_day(today),
        until=today,
    )
    page = {
        "income": paid,
        "chart": income_chart(paid),
        "accounts": accounts,
        "account_id": account_id,
        "currencies": currencies,
        "periods": list(IncomePeriod),
        "period": period,
        "nav": "investments",
        "tab": "income",
    }
    return render(request, "investments/income.html", page)


def _paying_currencies() -> list[str]:
    """The currencies that anything was ever paid in, the one of most payments first."""
    paid = InvestmentTransaction.objects.live().filter(kind__in=[*PAYMENTS, Kind.DIVIDEND_REINVESTMENT])
    counted = paid.order_by().values("currency").annotate(payments=Count("pk"))
    return list(counted.order_by("-payments", "currency").values_list("currency", flat=True))
