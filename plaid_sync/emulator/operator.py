"""The operator's side of the simulated bank under /emulator/: the truth to compare with, time, faults."""

from typing import TYPE_CHECKING

from plaid_sync.emulator import errors
from plaid_sync.emulator.bank import Phase
from plaid_sync.emulator.faults import PlanUnreadable, read_plan
from plaid_sync.emulator.fields import Body, check, integer, text
from plaid_sync.emulator.ledger import ledger
from plaid_sync.emulator.payloads import Payload

if TYPE_CHECKING:
    from plaid_sync.emulator.server import EmulatorServer

PREFIX = "/emulator/"
LONGEST_TICK = 366


def answer(emulator: "EmulatorServer", method: str, path: str, body: Body) -> Payload:
    """The answer to the operator; Fault when there is no such control."""
    world = emulator.world
    with world.lock:
        world.catch_up()
        if (method, path) == ("GET", f"{PREFIX}ledger"):
            answered = ledger(world)
        elif (method, path) == ("POST", f"{PREFIX}tick"):
            answered = _tick(emulator, body)
        elif (method, path) == ("POST", f"{PREFIX}phase"):
            answered = _phase(emulator, body)
        elif path == f"{PREFIX}faults" and emulator.takes_faults:
            answered = _faults(emulator, method, body)
        else:
            raise errors.not_found()
        emulator.keep()
    return answered


def _tick(emulator: "EmulatorServer", body: Body) -> Payload:
    check((integer("days", 1, LONGEST_TICK),), body)
    days = body.get("days", 1)
    emulator.bank.tick(days if isinstance(days, int) else 1)
    return {"today": emulator.world.today}


def _phase(emulator: "EmulatorServer", body: Body) -> Payload:
    """Moves one item on to a phase; without an item, says where new ones begin."""
    check((text("phase", *Phase.__members__).required(), text("item_id")), body)
    phase = Phase[str(body["phase"])]
    if item_id := body.get("item_id"):
        if item_id not in emulator.world.items:
            raise errors.item_not_found()
        emulator.bank.advance(str(item_id), phase)
    else:
        emulator.bank.begin_items_at(phase)
    return {"phase": phase.value}


def _faults(emulator: "EmulatorServer", method: str, body: Body) -> Payload:
    """POST puts a plan in the place of the present one; both tell what is still to come."""
    if method == "POST":
        try:
            emulator.faults.expect(read_plan(body))
        except PlanUnreadable as problem:
            raise errors.invalid_field(str(problem)) from None
    return {"faults": emulator.faults.as_told()}
