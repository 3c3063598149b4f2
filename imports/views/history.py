"""Import history: every file, what it brought, and its undo."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import Account, Transaction
from accounts.undo import Undone
from accounts.views.transactions import is_id
from imports import posting, staging
from imports.models import ImportBatch
from imports.steps import address_of
from imports.views.pages import found

PAGE = 50
_SHOWN = 50
State = ImportBatch.State


@require_GET
def imports(request: HttpRequest) -> HttpResponse:
    batches = ImportBatch.objects.select_related("file", "account", "run").order_by("-created_at", "-id")
    account = request.GET.get("account", "")
    if is_id(account):
        batches = batches.filter(account_id=int(account))
    page = {
        "batches": Paginator(batches, PAGE).get_page(request.GET.get("page")),
        "accounts": Account.objects.in_reading_order(),
        "chosen": account,
        "nav": "imports",
    }
    return render(request, "imports/index.html", page)


@require_http_methods(["GET", "POST"])
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """What taking the import back means, to the row; POST does it."""
    batch = found(pk)
    if batch.state != State.POSTED or batch.run is None:
        return redirect(address_of(batch))
    if request.method == "POST":
        undone = posting.undo(batch, now=timezone.now())
        if undone is not None:
            messages.success(request, _in_words(batch, undone))
        return redirect("imports")
    foreseen = posting.foresee_undo(batch)
    edited = Transaction.objects.filter(pk__in=foreseen.kept_apart[:_SHOWN]).newest_first()
    page = {
        "batch": batch,
        "undone": foreseen,
        "edited": edited,
        "unlisted": max(0, len(foreseen.kept_apart) - _SHOWN),
        "nav": "imports",
    }
    return render(request, "imports/undo.html", page)


@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Back to the review of an import that was undone."""
    batch = found(pk)
    if posting.import_again(batch):
        staging.compare(batch, now=timezone.now())
        messages.info(request, "Your earlier decisions about the rows are kept.")
    return redirect(address_of(batch))


@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    batch = found(pk)
    if posting.discard(batch):
        messages.success(request, f"Discarded {batch.file}. Nothing of it was in the books.")
        return redirect("imports")
    return redirect(address_of(batch))


def _in_words(batch: ImportBatch, undone: Undone) -> str:
    rows = f"{undone.removed:,} row{'' if undone.removed == 1 else 's'} removed"
    kept = f", {len(undone.kept_apart):,} edited kept aside for review" if undone.kept_apart else ""
    return f"Undone: {batch.file}. {rows}{kept}."
