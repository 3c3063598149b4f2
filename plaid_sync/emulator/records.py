"""A world as plain JSON values, and back."""

from collections.abc import Callable
from dataclasses import asdict, fields
from datetime import date, datetime
from typing import Any, TypeVar, get_type_hints

from plaid_sync.emulator import portfolios
from plaid_sync.emulator.bank import Account, Item, Phase, Row
from plaid_sync.emulator.changelog import ChangeLog, Event
from plaid_sync.emulator.institutions import INSTITUTIONS
from plaid_sync.emulator.sessions import LinkSession, LinkToken, PublicToken
from plaid_sync.emulator.world import World

VERSION = 3
# JSON values nest without end; every reader below names the shape that it expects.
Record = dict[str, Any]
Thing = TypeVar("Thing", PublicToken, LinkToken, LinkSession)

_PLAIN_ITEM_FIELDS = (
    "item_id", "access_token", "institution_id", "webhook", "needs_login", "is_removed",
    "is_revoked", "is_synced", "told_events", "told_trades", "last_webhook",
)  # fmt: skip


def world_record(world: World) -> Record:
    """The world as JSON values."""
    return {
        "version": VERSION,
        "seed": world.seed,
        "salt": world.salt,
        "days_passed": world.days_passed,
        "counter": world.counter,
        "began_on": world.began_on.isoformat(),
        "next_phase": world.next_phase.name,
        "institutions_down": sorted(world.institutions_down),
        "items": [_item_record(item) for item in world.items.values()],
        "public_tokens": [_flat(token) for token in world.public_tokens.values()],
        "link_tokens": [_flat(token) for token in world.link_tokens.values()],
        "link_sessions": [_flat(session) for session in world.link_sessions.values()],
    }


def world_from_record(record: Record, today: date | None) -> World:
    """The world of these values; ValueError, KeyError or TypeError when they are none."""
    if record["version"] != VERSION:
        raise ValueError(f"version {record['version']}")
    world = World(record["seed"], salt=record["salt"], today=today)
    world.days_passed = record["days_passed"]
    world.counter = record["counter"]
    world.began_on = date.fromisoformat(record["began_on"])
    world.next_phase = Phase[record["next_phase"]]
    world.institutions_down = set(record["institutions_down"])
    world.items = {entry["item_id"]: _item(entry, world) for entry in record["items"]}
    world.public_tokens = {entry["token"]: _object(PublicToken, entry) for entry in record["public_tokens"]}
    world.link_tokens = {entry["token"]: _object(LinkToken, entry) for entry in record["link_tokens"]}
    world.link_sessions = {entry["session_id"]: _object(LinkSession, entry) for entry in record["link_sessions"]}
    return world


def _item_record(item: Item) -> Record:
    return {
        **{name: getattr(item, name) for name in _PLAIN_ITEM_FIELDS},
        "products": item.products,
        "consented_products": item.consented_products,
        "created_at": item.created_at.isoformat(),
        "first_day": item.first_day.isoformat(),
        "lived_until": item.lived_until.isoformat(),
        "signed_in_on": item.signed_in_on.isoformat(),
        "consent_expires_at": item.consent_expires_at and item.consent_expires_at.isoformat(),
        "last_webhook_at": item.last_webhook_at and item.last_webhook_at.isoformat(),
        "phase": item.phase.name,
        "accounts": [_account_record(account) for account in item.accounts.values()],
        "log": item.log.events,
    }


def _item(record: Record, world: World) -> Item:
    plans = {plan.role: plan for plan in INSTITUTIONS[record["institution_id"]].plans}
    accounts = {}
    for entry in record["accounts"]:
        account = Account(entry["account_id"], plans[entry["role"]], entry["opening"], entry["persistent_account_id"])
        for row in entry["rows"]:
            account.put(_row(row))
        account.portfolio = portfolios.restored(entry, world, date.fromisoformat(record["lived_until"]))
        accounts[account.account_id] = account
    log = ChangeLog()
    for event in record["log"]:
        log.append(*Event(*event))
    return Item(
        **{name: record[name] for name in _PLAIN_ITEM_FIELDS},
        products=tuple(record["products"]),
        consented_products=tuple(record["consented_products"]),
        created_at=datetime.fromisoformat(record["created_at"]),
        first_day=date.fromisoformat(record["first_day"]),
        lived_until=date.fromisoformat(record["lived_until"]),
        signed_in_on=date.fromisoformat(record["signed_in_on"]),
        consent_expires_at=record["consent_expires_at"] and datetime.fromisoformat(record["consent_expires_at"]),
        last_webhook_at=record["last_webhook_at"] and datetime.fromisoformat(record["last_webhook_at"]),
        phase=Phase[record["phase"]],
        accounts=accounts,
        log=log,
    )


def _account_record(account: Account) -> Record:
    return {
        "account_id": account.account_id,
        "role": account.plan.role,
        "opening": account.opening,
        "persistent_account_id": account.persistent_account_id,
        "rows": [_row_values(row) for row in account.rows.values()],
        **portfolios.record(account.portfolio),
    }


_ROW_FIELDS = tuple(field.name for field in fields(Row))
_ROW_DAYS = tuple(_ROW_FIELDS.index(name) for name in ("date", "authorized_date"))


def _row_values(row: Row) -> list[object]:
    values = [getattr(row, name) for name in _ROW_FIELDS]
    for index in _ROW_DAYS:
        values[index] = values[index] and values[index].isoformat()
    return values


def _row(values: list[Any]) -> Row:
    for index in _ROW_DAYS:
        values[index] = values[index] and date.fromisoformat(values[index])
    return Row(*values)


def _flat(thing: PublicToken | LinkToken | LinkSession) -> Record:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(thing).items()}


_READERS: dict[object, Callable[[Any], Any]] = {
    datetime: datetime.fromisoformat,
    datetime | None: lambda value: value and datetime.fromisoformat(value),
    tuple[str, ...]: tuple,
}


def _object(kind: type[Thing], record: Record) -> Thing:
    hints = get_type_hints(kind)
    return kind(**{name: _READERS.get(hints[name], _as_it_is)(value) for name, value in record.items()})


def _as_it_is(value: Any) -> Any:
    return value
