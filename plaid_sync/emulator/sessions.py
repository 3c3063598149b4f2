"""The short-lived things of linking: link tokens, public tokens and the sessions of the Link pages."""

from dataclasses import dataclass
from datetime import datetime, timedelta

NEW_ITEM_LIFE = timedelta(hours=4)
UPDATE_LIFE = timedelta(minutes=30)
PUBLIC_TOKEN_LIFE = timedelta(minutes=30)


@dataclass(slots=True)
class PublicToken:
    """Stands for an item until it is exchanged, once, within half an hour."""

    token: str
    item_id: str
    expires_at: datetime


@dataclass(slots=True)
class LinkToken:
    """What an application asked of Link; `item_id` is set in update mode."""

    token: str
    created_at: datetime
    expires_at: datetime
    client_name: str
    language: str
    country_codes: tuple[str, ...]
    products: tuple[str, ...]
    consented_products: tuple[str, ...]
    days_requested: int
    redirect_uri: str | None = None
    webhook: str | None = None
    item_id: str | None = None
    selects_accounts: bool = False
    is_used: bool = False


@dataclass(slots=True)
class LinkSession:
    """One person's way through Link: `origin` is the page that opened it, `item_id` what came of it."""

    session_id: str
    link_token: str
    origin: str
    started_at: datetime
    institution_id: str | None = None
    is_signed_in: bool = False
    oauth_state_id: str | None = None
    item_id: str | None = None
    public_token: str | None = None
    finished_at: datetime | None = None
