"""Taking a merge apart, from a transaction's history."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.merging import CannotUnmerge, unmerge
from accounts.models import Transaction, TransactionChange
from accounts.views.transactions import is_id


@require_POST
def take_apart(request: HttpRequest, pk: int) -> HttpResponse:
    """Makes the purchase that was merged into this row a row of its own again."""
    row = get_object_or_404(Transaction, pk=pk)
    asked = request.POST.get("change", "")
    merges = row.changes.filter(kind=TransactionChange.Kind.MERGED).select_related("transaction")
    change = get_object_or_404(merges, pk=asked if is_id(asked) else 0)
    try:
        apart = unmerge(change, now=timezone.now())
    except CannotUnmerge as reason:
        messages.error(request, str(reason))
    else:
        name = apart.shown_merchant or apart.shown_description or "The other one"
        messages.success(request, f"Taken apart. {name} is a transaction of its own again; see the history below.")
    return redirect(row)
