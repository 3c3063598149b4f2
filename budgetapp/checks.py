"""System checks: what is set up in a way that will hurt later, and what to do about it."""

import stat
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004  Django's own name

from plaid_sync.addresses import redirect_uri
from plaid_sync.public_url import is_loopback, is_public


@register(Tags.security)
def private_files_are_private(**_kwargs: Any) -> list[CheckMessage]:
    """Databases, keys and the .env file are for their owner only."""
    folder = Path(settings.DATA_DIR)
    keys = folder / "keys"
    messages: list[CheckMessage] = []
    messages += [_open_folder(path) for path in (folder, keys) if _is_open(path)]
    messages += [_open_secret(path) for path in (*keys.glob("*.key"), settings.ENV_FILE) if _is_open(path)]
    messages += [_open_database(path) for path in sorted(folder.glob("*.sqlite3*")) if _is_open(path)]
    return messages


def _is_open(path: Path) -> bool:
    """Whether anyone but the owner may read or write `path`; a device such as /dev/null is never open."""
    if not (path.is_file() or path.is_dir()):
        return False
    return bool(stat.S_IMODE(path.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO))


def _open_folder(path: Path) -> CheckMessage:
    return Warning(f"Others may look into {path}.", hint=f"chmod 700 {path}", id="budgetapp.W001")


def _open_secret(path: Path) -> CheckMessage:
    return Error(f"Others may read the secrets in {path}.", hint=f"chmod 600 {path}", id="budgetapp.E001")


def _open_database(path: Path) -> CheckMessage:
    return Warning(f"Others may read the books in {path}.", hint=f"chmod 600 {path}", id="budgetapp.W002")


@register
def plaid_is_given_as_it_can_work(**_kwargs: Any) -> list[CheckMessage]:
    """What the environment says of Plaid can work; whether it is complete is up to the Settings page."""
    messages: list[CheckMessage] = []
    if settings.PLAID_ENV_AS_GIVEN == "development":
        messages.append(
            Warning(
                "Plaid has closed its development environment; PLAID_ENV=development is read as production.",
                hint="Set PLAID_ENV=production and use the production secret.",
                id="budgetapp.W004",
            )
        )
    if settings.PLAID_ENV and settings.HAS_DATABASE_SERVER and not settings.PLAID_TOKEN_ENCRYPTION_KEY:
        messages.append(
            Error(
                "PLAID_TOKEN_ENCRYPTION_KEY is missing: beside a database server no key is made, because every "
                "machine needs the same one.",
                hint="Make one with: python -c 'from cryptography.fernet import Fernet; "
                "print(Fernet.generate_key().decode())'",
                id="budgetapp.E002",
            )
        )
    return messages


@register
def address_suits_its_use(**_kwargs: Any) -> list[CheckMessage]:
    """SITE_URL is https wherever something depends on that."""
    messages: list[CheckMessage] = []
    if settings.PLAID_ENV == "production" and not redirect_uri().startswith("https://"):
        messages.append(
            Warning(
                "Banks that sign in through OAuth can't be linked: Plaid returns only to https addresses.",
                hint="Put BudgetApp behind HTTPS and set SITE_URL=https://...",
                id="budgetapp.W005",
            )
        )
    if not settings.IS_HTTPS and not settings.IS_LOCAL:
        messages.append(
            Warning(
                f"Passwords travel unencrypted to {settings.SITE_URL}.",
                hint="Put BudgetApp behind HTTPS and set SITE_URL=https://...",
                id="budgetapp.W006",
            )
        )
    if settings.DEBUG and not settings.IS_LOCAL:
        messages.append(
            Error(
                "DEBUG shows settings and source to everyone who meets an error.",
                hint="Set DEBUG=0 where others can reach this machine.",
                id="budgetapp.E003",
            )
        )
    return messages


@register
def webhooks_can_arrive(**_kwargs: Any) -> list[CheckMessage]:
    """An address for webhooks that was set by hand can be reached by Plaid."""
    address = settings.PLAID_WEBHOOK_URL
    if not address or is_public(address) or (settings.PLAID_ENV == "emulator" and is_loopback(address)):
        return []
    return [
        Warning(
            "Plaid is not told of PLAID_WEBHOOK_URL, because it could not reach it: news come with the regular syncs.",
            hint="Use a public https address without user name and #, or leave it empty to derive it from SITE_URL.",
            id="budgetapp.W007",
        )
    ]


@register
def jobs_run_once(**_kwargs: Any) -> list[CheckMessage]:
    """A job that waits in the worker's memory is not handed out again before it had its turn."""
    cluster: dict[str, Any] = settings.Q_CLUSTER
    longest = cluster["timeout"] * (cluster["queue_limit"] / cluster["workers"] + 2)
    if cluster["retry"] > longest:
        return []
    return [
        Error(
            f"Q_CLUSTER: retry ({cluster['retry']} s) is too short, so jobs would run twice.",
            hint=f"Set retry above timeout x (queue_limit / workers + 2) = {longest:.0f} s.",
            id="budgetapp.E004",
        )
    ]
