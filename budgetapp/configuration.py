"""What the Settings page shows: where each value comes from, and whether it can work."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Count
from django.http import HttpRequest
from django.utils.timesince import timesince

from accounts.household import TIME_ZONE, time_zone
from accounts.models import AuditEvent, SavedSetting
from budgetapp.setting_forms import ENVIRONMENTS, INTERVALS, OWN_CHANGE
from plaid_sync import demo
from plaid_sync.addresses import oauth_address, redirect_uri, webhook_address, webhook_url
from plaid_sync.credentials import EMULATOR, environment, given_secret, is_configured
from plaid_sync.errors import TokenUnreadable
from plaid_sync.models import PlaidItem, WebhookEvent
from plaid_sync.pacing import SYNC_INTERVAL, sync_interval
from plaid_sync.public_url import is_public
from plaid_sync.schedule import scheduled
from plaid_sync.vault import SECRET_NAMES, decrypt_secret

CHANGES_SHOWN = 10
LONG_ENOUGH_TO_HINT = 12  # of a shorter secret its last four characters would tell too much
NAMES = {
    "PLAID_ENV": "Plaid environment",
    "PLAID_CLIENT_ID": "Plaid client id",
    SECRET_NAMES["sandbox"]: "Plaid secret for sandbox",
    SECRET_NAMES["production"]: "Plaid secret for production",
    SYNC_INTERVAL: "Sync interval",
    TIME_ZONE: "Time zone",
    OWN_CHANGE: "Password",
    demo.NAME: "Demo",
}


@dataclass(frozen=True, slots=True)
class Secret:
    """What may be known of one secret: its end, and since when it is saved or which variable gives it."""

    environment: str
    ends: str
    set_at: datetime | None
    variable: str
    is_unreadable: bool = False

    @property
    def label(self) -> str:
        return ENVIRONMENTS[self.environment]


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that an address must fulfil."""

    is_met: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class LockedValue:
    """A value that a variable of the environment gives."""

    label: str
    variable: str
    value: str


@dataclass(frozen=True, slots=True)
class OtherEnvironment:
    """Banks that belong to an environment which is not in force: kept, but not synced."""

    label: str
    banks: int


def locked_plaid_values() -> list[LockedValue]:
    """What of the Plaid part the environment decides; secrets by their name only."""
    rows = [
        LockedValue("Environment", "PLAID_ENV", ENVIRONMENTS.get(settings.PLAID_ENV, settings.PLAID_ENV)),
        LockedValue("Client id", "PLAID_CLIENT_ID", settings.PLAID_CLIENT_ID),
        LockedValue("Secret", "PLAID_SECRET", _end_of(settings.PLAID_SECRET)),
    ]
    if settings.PLAID_ENV == EMULATOR:
        return rows[:1]
    return [row for row in rows if getattr(settings, row.variable)]


def locked_household_values() -> list[LockedValue]:
    rows = []
    if settings.SYNC_INTERVAL_HOURS:
        words = INTERVALS.get(sync_interval(), f"Every {sync_interval()} hours")
        rows.append(LockedValue("Sync linked accounts", SYNC_INTERVAL, words))
    if settings.HOUSEHOLD_TIME_ZONE:
        rows.append(LockedValue("Time zone", TIME_ZONE, str(time_zone())))
    return rows


def secrets() -> list[Secret]:
    """The secrets there are, sandbox before production."""
    saved = SavedSetting.objects.in_bulk(list(SECRET_NAMES.values()))
    found = []
    for of, name in SECRET_NAMES.items():
        if given := given_secret(of):
            variable = name if given == settings.PLAID_PRODUCTION_SECRET else "PLAID_SECRET"
            found.append(Secret(of, _end_of(given), None, variable))
        elif name in saved:
            found.append(_saved_secret(of, saved[name]))
    return found


def _saved_secret(of: str, row: SavedSetting) -> Secret:
    try:
        return Secret(of, _end_of(decrypt_secret(row.value, environment=of)), row.changed_at, "")
    except TokenUnreadable:
        return Secret(of, "", row.changed_at, "", is_unreadable=True)


def _end_of(secret: str) -> str:
    return secret[-4:] if len(secret) >= LONG_ENOUGH_TO_HINT else ""


def redirect_conditions(request: HttpRequest) -> list[Condition]:
    """Whether OAuth banks will find back to the redirect URI."""
    address = redirect_uri() or oauth_address()
    chosen = environment()
    is_secure = address.startswith("https://")
    conditions = []
    if chosen == "production" or is_secure:
        conditions.append(
            Condition(is_secure, "It is https." if is_secure else "Plaid takes only https here: set SITE_URL=https://…")
        )
    else:
        conditions.append(
            Condition(is_met=bool(redirect_uri()), sentence="Without https it works on this machine only.")
        )
    same = address == oauth_address()
    conditions.append(
        Condition(
            same, "It leads to this app." if same else f"PLAID_REDIRECT_URI leads elsewhere than {oauth_address()}."
        )
    )
    conditions.append(_is_opened_there(request, address))
    return conditions


def _is_opened_there(request: HttpRequest, address: str) -> Condition:
    host = urlsplit(address).netloc
    if request.get_host() == host:
        return Condition(is_met=True, sentence="You have opened BudgetApp at the same host name.")
    return Condition(
        is_met=False, sentence=f"You have opened BudgetApp at {request.get_host()}, but SITE_URL says {host}."
    )


def webhook_conditions(now: datetime) -> list[Condition]:
    """Whether Plaid can reach the webhook address, and when it last did."""
    return [*_webhook_address_conditions(), *_last_webhook(now)]


def _webhook_address_conditions() -> list[Condition]:
    if environment() == EMULATOR:
        is_here = bool(webhook_url())
        words = "reaches it on this machine" if is_here else "calls only addresses of this machine, such as 127.0.0.1"
        return [Condition(is_here, f"The simulated bank {words}.")]
    address = webhook_address()
    is_https, is_known = address.startswith("https://"), is_public(address.replace("http://", "https://", 1))
    return [
        Condition(is_https, "It is https." if is_https else "Plaid calls only https addresses."),
        Condition(
            is_known,
            "It has to be reachable from the internet; behind a firewall, syncs come by the clock alone."
            if is_known
            else f"{urlsplit(address).hostname} is no public name or address: Plaid can’t reach it.",
        ),
    ]


def _last_webhook(now: datetime) -> list[Condition]:
    newest = WebhookEvent.objects.order_by("-received_at").values_list("received_at", flat=True).first()
    if newest is None:
        return []
    when = "just now" if now - newest < timedelta(minutes=1) else f"{timesince(newest, now, depth=1)} ago"
    return [Condition(is_met=True, sentence=f"The last one came {when}.")]


def other_environments() -> list[OtherEnvironment]:
    """The environments besides the one in force that still have banks."""
    groups = PlaidItem.objects.active().exclude(environment=environment()).values("environment")
    return [
        OtherEnvironment(ENVIRONMENTS.get(group["environment"], group["environment"]), group["banks"])
        for group in groups.annotate(banks=Count("id")).order_by("environment")
    ]


def next_sync_at() -> datetime | None:
    """When the next account is due; None while nothing is scheduled."""
    if not is_configured() or sync_interval() == 0:
        return None
    return scheduled().order_by("next_sync_at").values_list("next_sync_at", flat=True).first()


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a setting, in words."""

    setting: str
    who: str
    changed_at: datetime


def latest_changes() -> list[Change]:
    changed = AuditEvent.objects.filter(kind=AuditEvent.Kind.SETTING_CHANGED).select_related("user")
    return [
        Change(
            NAMES.get(row.about, row.about),
            row.user.get_username() if row.user else "somebody who is gone",
            row.happened_at,
        )
        for row in changed.order_by("-happened_at", "-id")[:CHANGES_SHOWN]
    ]
