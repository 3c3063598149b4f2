"""The first step: a file and its account."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import Account
from imports.forms import UploadForm
from imports.models import ImportBatch
from imports.posting import forget_abandoned
from imports.reading import Refused
from imports.receiving import Upload, WrongAccount, receive
from imports.steps import Step, address_of, begin_comparison
from imports.views.pages import found, page_of


@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    if request.method == "GET":
        form = UploadForm(account=request.GET.get("account", ""))
        return _form_page(request, form)
    form = UploadForm(request.POST, request.FILES)
    batch = _received(request, form) if form.is_valid() else None
    if batch is None:
        return _form_page(request, form)
    begin_comparison(batch, now=timezone.now())
    return redirect(address_of(batch))


@require_GET
def batch(_request: HttpRequest, pk: int) -> HttpResponse:
    """To the step at which the import stands."""
    return redirect(address_of(found(pk)))


def _received(request: HttpRequest, form: UploadForm) -> ImportBatch | None:
    """The new import; None if the file was refused, which the form then says."""
    now = timezone.now()
    file = form.cleaned_data["file"]
    forget_abandoned(now)
    given = Upload(
        name=file.name or "",
        content=file.read(),
        account=form.cleaned_data["account"],
        user=request.user if request.user.is_authenticated else None,
        insists=form.cleaned_data["insists"],
    )
    try:
        received = receive(given, now=now)
    except WrongAccount as error:
        form.asks_about_account = True
        form.add_error("account", str(error))
    except Refused as error:
        form.add_error("file", str(error))
    else:
        _tell_of_earlier(request, received)
        return received
    return None


def _tell_of_earlier(request: HttpRequest, batch: ImportBatch) -> None:
    same = ImportBatch.objects.filter(file__sha256=batch.file.sha256, account=batch.account)
    if same.filter(state=ImportBatch.State.POSTED).exclude(pk=batch.pk).exists():
        messages.info(
            request, "This very file was imported before. Its rows are already there and won’t be added again."
        )


def _form_page(request: HttpRequest, form: UploadForm) -> HttpResponse:
    page = page_of(None, Step.UPLOAD, form=form, has_accounts=Account.objects.exists())
    return render(request, "imports/upload.html", page, status=422 if form.errors else 200)
