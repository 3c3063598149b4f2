"""What Plaid tells an application unasked, in the shapes of its webhooks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from plaid_sync.emulator.bank import Item, Phase
from plaid_sync.emulator.errors import item_login_required, user_permission_revoked
from plaid_sync.emulator.wire import instant

Facts = Mapping[str, object]
NOTICE_DAYS = 7


@dataclass(frozen=True, slots=True)
class News:
    """One webhook without its address: type, code and what the code adds."""

    kind: str
    code: str
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Notice:
    """One webhook on its way: where to, and the payload."""

    url: str
    payload: Facts


def transactions_news(item: Item, code: str) -> list[News]:
    """What became of the item's rows since it was last told; `code` is the older webhook that tells of new rows.

    SYNC_UPDATES_AVAILABLE comes only to an application that has called /transactions/sync for the item.
    """
    events = item.log.events[item.told_events :]
    item.told_events = len(item.log.events)
    if not events and code == "DEFAULT_UPDATE":
        return []
    added = sum(event.kind == "added" for event in events)
    removed = [event.transaction_id for event in events if event.kind == "removed"]
    news = [News("TRANSACTIONS", code, {"new_transactions": added, "error": None})]
    if removed:
        news.append(News("TRANSACTIONS", "TRANSACTIONS_REMOVED", {"removed_transactions": removed, "error": None}))
    if item.is_synced:
        news.append(sync_updates_available(item))
    return news


def investments_news(item: Item, code: str) -> list[News]:
    """What became of the item's trades and holdings; `code` is the webhook that tells of trades."""
    portfolios = [account.portfolio for account in item.accounts.values() if account.portfolio]
    if "investments" not in item.products or not portfolios:
        return []
    trades = sum(len(portfolio.trades) for portfolio in portfolios)
    new, item.told_trades = trades - item.told_trades, trades
    held = sum(len(list(portfolio.holdings())) for portfolio in portfolios)
    news = [News("HOLDINGS", "DEFAULT_UPDATE", {"new_holdings": 0, "updated_holdings": held, "error": None})]
    if new or code == "HISTORICAL_UPDATE":
        counts = {
            "new_investments_transactions": max(0, new),
            "cancelled_investments_transactions": max(0, -new),
            "error": None,
        }
        news.append(News("INVESTMENTS_TRANSACTIONS", code, counts))
    return news


def sync_updates_available(item: Item) -> News:
    """There is something for the next /transactions/sync."""
    facts: Facts = {
        "initial_update_complete": item.phase is not Phase.NOT_READY,
        "historical_update_complete": item.phase is Phase.HISTORICAL,
    }
    return News("TRANSACTIONS", "SYNC_UPDATES_AVAILABLE", facts)


def login_required() -> News:
    """The bank wants its customer to sign in again."""
    return News("ITEM", "ERROR", {"error": {**item_login_required().body(""), "status": 400}})


def permission_revoked() -> News:
    """The customer has ended the access at the bank."""
    return News("ITEM", "USER_PERMISSION_REVOKED", {"error": {**user_permission_revoked().body(""), "status": 400}})


def account_revoked(account_id: str) -> News:
    """The customer has taken one account out of the access."""
    return News("ITEM", "USER_ACCOUNT_REVOKED", {"account_id": account_id})


def webhook_updated(url: str) -> News:
    """The webhook goes to a new address from now on."""
    return News("ITEM", "WEBHOOK_UPDATE_ACKNOWLEDGED", {"new_webhook_url": url, "error": None})


def pending_disconnect(now: datetime) -> News:
    """The access ends in a week unless the customer signs in again."""
    facts: Facts = {
        "reason": "INSTITUTION_TOKEN_EXPIRATION",
        "disconnect_time": instant(now + timedelta(days=NOTICE_DAYS)),
    }
    return News("ITEM", "PENDING_DISCONNECT", facts)


def pending_expiration(until: datetime) -> News:
    """The customer's consent ends at this moment."""
    return News("ITEM", "PENDING_EXPIRATION", {"consent_expiration_time": instant(until)})
