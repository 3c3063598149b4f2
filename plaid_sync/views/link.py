"""The pages around Plaid Link, and the calls that its script makes."""

import json
from collections.abc import Callable
from functools import partial, wraps
from typing import Any
from urllib.parse import urlsplit

from csp.constants import SELF
from csp.decorators import csp_update
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Account
from plaid_sync.addresses import link_origin, oauth_address, redirect_uri
from plaid_sync.connections import working_logins
from plaid_sync.credentials import credentials, environment, is_configured
from plaid_sync.demo import DemoIsOn, is_on, may_connect
from plaid_sync.duplicates import is_replaceable
from plaid_sync.errors import KeyProblem, NotConfigured, PlaidError, TokenUnreadable
from plaid_sync.linking import LinkSuccess, connect, start
from plaid_sync.models import LinkedAccount, LinkSession, PlaidItem
from plaid_sync.take_up import taken_up
from plaid_sync.vault import decrypt_link_token
from plaid_sync.visits import TooManyVisits, leave

SESSION_KEY = "link_session"
MAX_BODY = 64 * 1024

View = Callable[..., HttpResponseBase]


def link_page(view: View) -> View:
    """Lets the page load Plaid's script and frame, and lets a bank's window talk back to it."""

    @wraps(view)
    def widened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        origin, found = link_origin(), credentials()
        hosts = sorted({origin, found.host if found else origin})
        policy = {"script-src": [origin], "frame-src": [SELF, origin], "connect-src": [SELF, *hosts]}
        response: HttpResponseBase = csp_update(policy)(view)(request, *args, **kwargs)
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin-allow-popups"
        return response

    return widened


@require_GET
@link_page
def connect_page(request: HttpRequest) -> HttpResponse:
    """What connecting means, before Plaid's window opens; or how to switch it on.

    `account` is one of the books that is to be fed, `item` a login whose access has ended: it is connected again.
    """
    account = Account.objects.filter(pk=_number(request.GET.get("account"))).first()
    linked = LinkedAccount.objects.select_related("item").filter(account=account).first()
    ended = linked.item if linked else PlaidItem.objects.active().filter(pk=_number(request.GET.get("item"))).first()
    if ended and not is_replaceable(ended):
        return redirect("sign_in_again", ended.pk)
    if ended and not ended.linked_accounts.exists():
        return redirect("connect_brokerage")
    page: dict[str, object] = {
        "account": account,
        "ended": ended,
        "items": [] if account or ended else working_logins(),
        "nav": "accounts",
    }
    return before_link(request, "connect/connect.html", page)


@require_GET
@link_page
def connect_brokerage(request: HttpRequest) -> HttpResponse:
    """The same for a brokerage: what is read of investments."""
    return before_link(request, "connect/brokerage.html", {"nav": "investments"})


def before_link(request: HttpRequest, template: str, facts: dict[str, object]) -> HttpResponse:
    """The page from which Link opens, on the host name that a bank returns to; how to switch it on without Plaid."""
    if urlsplit(f"//{request.get_host()}").hostname != urlsplit(settings.SITE_URL).hostname:
        return redirect(settings.SITE_URL + request.get_full_path())  # the bank returns there, with that host's cookies
    account = facts.get("account")
    if not may_connect(account if isinstance(account, Account) else None):
        return render(request, "demo/first.html", {"account": account, "nav": "accounts"}, status=409)
    page = {
        "link_origin": link_origin(),
        "environment": environment(),
        "is_demo": is_on(),
        "site_url": settings.SITE_URL,
        **facts,
    }
    return render(request, template if is_configured() else "connect/not_configured.html", page)


@require_GET
@never_cache
@link_page
def oauth_callback(request: HttpRequest) -> HttpResponse:
    """Where the bank's own sign-in page returns to: Link goes on with the same link token."""
    session = _open_session(request)
    try:
        token = decrypt_link_token(session) if session else ""
    except TokenUnreadable:
        token = ""
    if session is None or not token or "oauth_state_id" not in request.GET:
        return render(request, "connect/nothing_to_resume.html", {"nav": "accounts"})
    address = redirect_uri() or oauth_address()
    visit = {
        "token": token,
        "session": session.pk,
        "receivedRedirectUri": f"{address}?{request.META['QUERY_STRING']}",
    }
    page = {"visit": visit, "link_origin": link_origin(), "again": _again(session), "nav": "accounts"}
    return render(request, "connect/resume.html", page)


def _again(session: LinkSession) -> str:
    """Where a visit that comes to nothing can be begun anew."""
    if not session.is_repair:
        return reverse("connect")
    is_choice = session.purpose == LinkSession.Purpose.ADD_ACCOUNTS
    return reverse("add_accounts" if is_choice else "sign_in_again", args=[session.item_id])


@require_POST
def connect_start(request: HttpRequest) -> JsonResponse:
    """Opens a visit to Link and hands its link token to the script."""
    account = Account.objects.filter(pk=_number(_body(request).get("account"))).first()
    return opened(request, partial(start, account=account))


@require_POST
def connect_brokerage_start(request: HttpRequest) -> JsonResponse:
    """The same for a brokerage: Link shows the institutions that offer investments."""
    return opened(request, partial(start, purpose=LinkSession.Purpose.INVEST))


def opened(request: HttpRequest, begin: Callable[[AbstractBaseUser], LinkSession]) -> JsonResponse:
    """The answer to Link's script: the visit that `begin` opens, or a sentence that says why not."""
    try:
        session = begin(user_of(request))
    except TooManyVisits as error:
        return _sentence(str(error), status=429)
    except (DemoIsOn, NotConfigured) as error:
        return _sentence(str(error), status=409)
    except (KeyProblem, PlaidError) as error:
        return _sentence(str(error), status=502)
    request.session[SESSION_KEY] = session.pk
    return JsonResponse({"token": decrypt_link_token(session), "session": session.pk})


@require_POST
def connect_exchange(request: HttpRequest) -> JsonResponse:
    """Link's success: connects the bank or takes its login up again, once, and says where to go on."""
    body = _body(request)
    session = get_object_or_404(LinkSession, pk=_number(body.get("session")), user_id=user_of(request).pk)
    if session.is_repair:
        return JsonResponse({"next": taken_up(session, body)})
    try:
        success = LinkSuccess.read(body)
    except ValueError as error:
        return _sentence(str(error), status=400)
    connect(session, success)
    return JsonResponse({"next": reverse("connect_accounts", args=[session.pk])})


@require_POST
def connect_exit(request: HttpRequest) -> JsonResponse:
    """The user left Link: notes how, and answers with a sentence about it."""
    body = _body(request)
    session = get_object_or_404(LinkSession, pk=_number(body.get("session")), user_id=user_of(request).pk)
    error, metadata = body.get("error"), body.get("metadata")
    leave(
        session,
        error=error if isinstance(error, dict) else None,
        metadata=metadata if isinstance(metadata, dict) else {},
    )
    if session.outcome != LinkSession.Outcome.FAILED:
        words = "Nothing was changed." if session.is_repair else "Nothing was connected."
        return JsonResponse({"message": words, "isError": False, "reference": ""})
    words = session.error_message or "The connection did not work."
    return JsonResponse({"message": words, "isError": True, "reference": session.request_id})


def _open_session(request: HttpRequest) -> LinkSession | None:
    """The visit that this browser left for the bank's own page, if it still can be taken up."""
    return LinkSession.objects.filter(
        pk=_number(request.session.get(SESSION_KEY)),
        user_id=user_of(request).pk,
        outcome=LinkSession.Outcome.OPEN,
        expires_at__gt=timezone.now(),
    ).first()


def user_of(request: HttpRequest) -> AbstractBaseUser:
    user = request.user
    if not isinstance(user, AbstractBaseUser):
        raise TypeError("LoginRequiredMiddleware lets nobody else in.")
    return user


def _body(request: HttpRequest) -> dict[str, Any]:
    """The posted JSON object; empty if it is none."""
    try:
        body = json.loads(request.body) if len(request.body) <= MAX_BODY else {}
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _number(value: object) -> int:
    """`value` as an id; 0, which no row has, if it is none."""
    return int(value) if isinstance(value, int | str) and str(value).isdecimal() and len(str(value)) < 19 else 0


def _sentence(words: str, *, status: int) -> JsonResponse:
    return JsonResponse({"message": words}, status=status)
