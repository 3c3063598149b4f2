"""The addresses that Plaid has to know, and those of Plaid that a browser has to."""

from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

from plaid_sync.credentials import EMULATOR, environment, simulated_bank
from plaid_sync.public_url import is_loopback, is_public


def link_origin() -> str:
    """Where the script of Link comes from."""
    return simulated_bank() or "https://cdn.plaid.com"


def redirect_uri() -> str:
    """Where OAuth banks send people back to; "" where Plaid would refuse the address, so they can't be linked."""
    if settings.PLAID_REDIRECT_URI:
        return str(settings.PLAID_REDIRECT_URI)
    site = urlsplit(settings.SITE_URL)
    is_here = site.hostname in {"localhost", "127.0.0.1", "::1"}
    can_return = site.scheme == "https" or (is_here and environment() in {EMULATOR, "sandbox"})
    return oauth_address() if can_return else ""


def oauth_address() -> str:
    """The page that OAuth banks return to."""
    return settings.SITE_URL + reverse("oauth_callback")


def webhook_address() -> str:
    """Where Plaid reports news of a bank, if it can reach this machine."""
    return str(settings.PLAID_WEBHOOK_URL) or settings.SITE_URL + reverse("plaid_webhook")


def webhook_url() -> str:
    """The same as Plaid is told; "" where it could not reach it, so that it is not told any."""
    address = webhook_address()
    can_reach = is_loopback if environment() == EMULATOR else is_public
    return address if can_reach(address) else ""
