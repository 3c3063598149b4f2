"""A source of prices beside the bank, under /simulated/quotes/: the same market that the brokerages trade on."""

from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from plaid_sync.emulator import errors
from plaid_sync.emulator.brokerage.securities import SECURITIES, Security
from plaid_sync.emulator.payloads import Payload
from plaid_sync.emulator.world import HISTORY, World

if TYPE_CHECKING:
    from plaid_sync.emulator.server import EmulatorServer

PREFIX = "/simulated/quotes/"


def answer(emulator: "EmulatorServer", address: str) -> Payload:
    """The closing prices of the symbol in the path, for `days` up to today; Fault when it has none."""
    url = urlsplit(address)
    with emulator.world.lock:
        emulator.calls[url.path] += 1
    emulator.script.run_before(url.path)
    symbol = unquote(url.path.removeprefix(PREFIX))
    security = next((listed for listed in SECURITIES.values() if _symbol(listed) == symbol), None)
    if security is None:
        raise errors.not_found()
    days = parse_qs(url.query).get("days", ["7"])[0]
    if not (days.isdecimal() and 1 <= int(days) <= HISTORY.days):
        raise errors.invalid_field(f"days must be from 1 to {HISTORY.days}")
    with emulator.world.lock:
        closes = _closes(emulator.world, security, int(days))
    return {"symbol": symbol, "name": security.name, "currency": "USD", "closes": closes}


def _symbol(security: Security) -> str | None:
    """What it is quoted as; None for what is no listed security."""
    if security.is_cash or security.ticker is None:
        return None
    return f"{security.ticker}-USD" if security.type == "cryptocurrency" else security.ticker


def _closes(world: World, security: Security, days: int) -> list[Payload]:
    first = max(world.market.first_day, world.today - timedelta(days=days - 1))
    span = (first + timedelta(days=number) for number in range((world.today - first).days + 1))
    traded = (day for day in span if world.market.priced_on(security, day) == day)
    return [{"day": day, "close": world.market.close(security, day)} for day in traded]
