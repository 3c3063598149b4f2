from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.models import HeldLine


@require_POST
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes a held line off the list: a person has looked at it. Changes no transaction."""
    line = get_object_or_404(HeldLine.objects.select_related("account"), pk=pk)
    HeldLine.objects.open().filter(pk=pk).update(resolved_at=timezone.now())
    messages.success(request, "Settled. No transaction was changed.")
    return redirect(line.account)
