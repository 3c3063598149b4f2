"""Where Plaid's webhooks arrive: the one address that needs neither a session nor a CSRF token, but a signature."""

import logging
from datetime import datetime, timedelta

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from plaid_sync.credentials import is_configured
from plaid_sync.webhooks.receiving import receive
from plaid_sync.webhooks.signature import LARGEST_BODY, Reason, Refused

logger = logging.getLogger(__name__)

QUIET_FOR = timedelta(minutes=10)  # anybody can send something, so a reason is logged now and then only
_told: dict[Reason, datetime] = {}


@csrf_exempt
@login_not_required
@require_POST
def plaid_webhook(request: HttpRequest) -> HttpResponse:
    """200 for what Plaid has signed, whether it means something here or not; else a refusal without words."""
    if not is_configured():
        return HttpResponse(status=404)
    now = timezone.now()
    try:
        signature = request.headers.get("Plaid-Verification", "")
        if not signature:
            raise Refused(Reason.UNSIGNED)
        if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
            raise Refused(Reason.TOO_LARGE)
        receive(request.body, signature, now=now)
    except Refused as refusal:
        _tell(refusal.reason, now)
        return HttpResponse(status=refusal.reason.status)
    return HttpResponse()


def _tell(reason: Reason, now: datetime) -> None:
    last = _told.get(reason)
    if last is None or now - last >= QUIET_FOR:
        _told[reason] = now
        logger.warning("A webhook was refused: %s", reason.value)
