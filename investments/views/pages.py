"""What every page of the investments shares: it says so in words when their database can't be used."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_htmx.middleware import HtmxDetails

from investments.reach import InvestmentsUnavailable, reaching

P = ParamSpec("P")


class HtmxRequest(HttpRequest):
    htmx: HtmxDetails


def investments_page(
    view: Callable[Concatenate[HtmxRequest, P], HttpResponse],
) -> Callable[Concatenate[HtmxRequest, P], HttpResponse]:
    """`view`, or a page with status 503 while the investments database is missing, locked or damaged.

    That page is drawn from the other database, so an error of that one is never told as one of this.
    """

    @wraps(view)
    def answer(request: HtmxRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            with reaching():
                return view(request, *args, **kwargs)
        except InvestmentsUnavailable as error:
            page = {"reason": error, "nav": "investments"}
            return render(request, "investments/unavailable.html", page, status=503)

    return answer
