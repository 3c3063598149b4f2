"""The pages of one account of the books."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.forms import LinkedAccountForm, ManualAccountForm
from accounts.models import Account


@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    form = ManualAccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        account = form.save()
        messages.success(request, f"Added {account.name}.")
        return redirect(account)
    return _form_page(request, form, None)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    account = get_object_or_404(Account, pk=pk)
    form_class = LinkedAccountForm if account.is_linked else ManualAccountForm
    form = form_class(request.POST or None, instance=account)
    if request.method == "POST" and form.is_valid():
        account = form.save()
        messages.success(request, f"Saved {account.name}.")
        return redirect(account)
    return _form_page(request, form, Account.objects.get(pk=pk))


def _form_page(
    request: HttpRequest, form: ManualAccountForm | LinkedAccountForm, account: Account | None
) -> HttpResponse:
    page = {"form": form, "account": account, "nav": "accounts"}
    return render(request, "accounts/form.html", page, status=422 if form.errors else 200)
