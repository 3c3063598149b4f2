"""One authenticated request to an endpoint: its checked body, and the things its tokens stand for."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from plaid_sync.emulator import errors
from plaid_sync.emulator.bank import Account, Item
from plaid_sync.emulator.fields import Body
from plaid_sync.emulator.ids import ENVIRONMENT
from plaid_sync.emulator.payloads import item_fault
from plaid_sync.emulator.world import World

KNOWN_ENVIRONMENTS = ("sandbox", "development", "production")


@dataclass(frozen=True, slots=True)
class Call:
    """A request whose body has passed the endpoint's field specs."""

    world: World
    body: Body

    def text(self, name: str) -> str:
        """The string of this field; empty when the request has none."""
        value = self.body.get(name)
        return value if isinstance(value, str) else ""

    def texts(self, name: str) -> tuple[str, ...]:
        """The strings of this list; none when the request has no such field."""
        value = self.body.get(name)
        return tuple(entry for entry in value if isinstance(entry, str)) if isinstance(value, list) else ()

    def number(self, name: str, default: int) -> int:
        """The whole number of this field."""
        value = self.body.get(name, default)
        return value if isinstance(value, int) else default

    def flag(self, name: str) -> bool:
        """Whether the field is there and true."""
        return self.body.get(name) is True

    def day(self, name: str) -> date:
        """The date of a required field."""
        return date.fromisoformat(self.text(name))

    def part(self, name: str) -> "Call":
        """The nested object of this name as a call of its own; empty when the request has none."""
        value = self.body.get(name)
        return Call(self.world, value if isinstance(value, dict) else {})

    def amount(self, name: str) -> Decimal:
        """The number of a required field."""
        value = self.body.get(name)
        return value if isinstance(value, Decimal) else Decimal(value if isinstance(value, int) else 0)

    def parts(self, name: str) -> list["Call"]:
        """The objects of this list, each as a call of its own."""
        value = self.body.get(name)
        entries = value if isinstance(value, list) else []
        return [Call(self.world, entry) for entry in entries if isinstance(entry, dict)]

    def item(self) -> Item:
        """The item of `access_token`, in whatever state it is; Plaid's Fault for a token that is no good."""
        token = self.text("access_token")
        check_token("access", token)
        for item in self.world.items.values():
            if item.access_token == token:
                if item.is_removed:
                    raise errors.item_not_found()
                return item
        raise errors.unknown_token("access")

    def healthy_item(self) -> Item:
        """The item of `access_token`; its error, when it is in one."""
        item = self.item()
        if fault := item_fault(self.world, item):
            raise fault
        return item

    def accounts(self, item: Item) -> list[Account]:
        """The accounts named in `account_ids`, all of the item when none are; Plaid's Fault for a stranger."""
        wanted = self.texts("account_ids")
        if not set(wanted) <= item.accounts.keys():
            raise errors.invalid_account_id()
        return [account for key, account in item.accounts.items() if not wanted or key in wanted]


def check_token(kind: str, token: str) -> None:
    """Raise Plaid's Fault when the token is not of this kind and environment."""
    prefix, _, rest = token.partition("-")
    environment, _, identifier = rest.partition("-")
    if prefix != kind or environment not in KNOWN_ENVIRONMENTS or not identifier:
        raise errors.malformed_token(kind)
    if environment != ENVIRONMENT:
        raise errors.token_of_another_environment(kind, ENVIRONMENT, environment)
