"""Transactions: the list, one row with its history, and editing it in place."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers
from django_htmx.middleware import HtmxDetails

from accounts.forms import TransactionForm
from accounts.listing import matching, page_of, with_stories
from accounts.models import Account, Transaction
from accounts.story import records_of, steps_of
from paging.keyset import COUNT_CAP, Key, capped_count


class HtmxRequest(HttpRequest):
    htmx: HtmxDetails


@require_GET
@vary_on_headers("HX-Request")
def transactions(request: HtmxRequest) -> HttpResponse:
    page = transaction_list(request, None) | {
        "nav": "transactions",
        "accounts": Account.objects.in_reading_order(),
    }
    template = "transactions/_list.html" if request.htmx else "transactions/index.html"
    return render(request, template, page)


def transaction_list(request: HttpRequest, account: Account | None) -> dict[str, object]:
    """What `transactions/_list.html` shows: one page of the rows that the address asks for."""
    rows: QuerySet[Transaction] = Transaction.objects.live()
    chosen = str(account.pk) if account else request.GET.get("account", "")
    if is_id(chosen):
        rows = rows.filter(account_id=int(chosen))
    everything = rows
    search = request.GET.get("q", "").replace("\0", "").strip()
    only_pending = request.GET.get("show") == "pending"
    if only_pending:
        rows = rows.filter(is_pending=True)
    rows = matching(rows, search)
    is_filtered = bool(search or only_pending)
    page = page_of(rows, before=Key.parse(request.GET.get("before", "")), after=Key.parse(request.GET.get("after", "")))
    return {
        "account": account,
        "chosen_account": chosen,
        "search": search,
        "only_pending": only_pending,
        "is_filtered": is_filtered,
        "page": page,
        "count": capped_count(rows) if is_filtered else None,
        "count_cap": COUNT_CAP,
        "has_any": bool(page.rows) or everything.exists(),
        "list_url": request.path,
    }


def is_id(text: str) -> bool:
    """Whether `text` is a number that a row could have."""
    return text.isdecimal() and len(text) < 19


@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request")
def transaction(request: HtmxRequest, pk: int) -> HttpResponse:
    """The row's page. Within a list (htmx) it is the row's own form, and after saving the row again."""
    row = get_object_or_404(
        Transaction.objects.select_related("account", "category", "predicted_category", "created_by"), pk=pk
    )
    form = TransactionForm(request.POST or None, transaction=row)
    if request.method == "POST" and form.is_valid():
        form.save()
        if request.htmx:
            return _row(request, pk)
        messages.success(request, "Saved.")
        return redirect(row)
    page: dict[str, object] = {"row": row, "form": form, "nav": "transactions"}
    status = 422 if form.errors else 200
    if request.htmx:
        form.fields["merchant_name"].widget.attrs["autofocus"] = True
        return render(request, "transactions/_edit_row.html", page, status=status)
    page |= {"steps": steps_of(row), "records": records_of(row)}
    return render(request, "transactions/detail.html", page, status=status)


@require_POST
def reset_words(request: HttpRequest, pk: int) -> HttpResponse:
    """Goes back to the bank's description or merchant."""
    row = get_object_or_404(Transaction, pk=pk)
    name = request.POST.get("field", "")
    if name not in row.bank_words:
        return HttpResponseBadRequest("No such field.")
    row.reset_words(name)
    messages.success(request, "The bank’s words are back.")
    return redirect(row)


@require_GET
def transaction_row(request: HtmxRequest, pk: int) -> HttpResponse:
    """The row as the list shows it: what Cancel puts back."""
    return _row(request, pk) if request.htmx else redirect("transaction", pk=pk)


def _row(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(with_stories(Transaction.objects.all()), pk=pk)
    page = {"row": row, "with_account": request.GET.get("account") == "shown", "is_swapped": True}
    return render(request, "transactions/_row.html", page)
