"""Answers that hold what no bank should send: values put in, taken out or repeated in an otherwise right answer."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from plaid_sync.emulator.payloads import Payload

Check = Callable[[Any], bool]


def spoil(kind: str, argument: Any, payload: Payload) -> Payload:
    """The answer after the fault `kind`; unchanged where it has not got the place that is named."""
    return _KINDS[kind](payload, argument) if kind in _KINDS else payload


def _put(payload: Payload, argument: Any) -> Payload:
    place = _place(payload, argument["at"])
    if place:
        inside, key = place
        inside[key] = argument["value"]
    return payload


def _drop(payload: Payload, argument: Any) -> Payload:
    place = _place(payload, argument["at"])
    if place:
        inside, key = place
        del inside[key]
    return payload


def _copy(payload: Payload, argument: Any) -> Payload:
    source, target = _place(payload, argument["at"]), _place(payload, argument["to"])
    if source and target and isinstance(target[0][target[1]], list):
        target[0][target[1]].append(deepcopy(source[0][source[1]]))
    return payload


def _place(payload: Payload, path: str) -> tuple[Any, Any] | None:
    """What holds the place of a path like `added.0.amount`, and its key there; None where there is no such place."""
    inside: Any = payload
    *ways, last = path.split(".")
    for way in ways:
        key = _key(inside, way)
        if key is None:
            return None
        inside = inside[key]
    key = _key(inside, last)
    return None if key is None else (inside, key)


def _key(inside: object, way: str) -> str | int | None:
    if isinstance(inside, dict) and way in inside:
        return way
    if isinstance(inside, list) and way.isdigit() and int(way) < len(inside):
        return int(way)
    return None


def _names(*keys: str) -> Check:
    """Whether an argument has exactly these keys, with a path in each but `value`."""

    def check(argument: Any) -> bool:
        is_right = isinstance(argument, dict) and argument.keys() == set(keys)
        return is_right and all(isinstance(argument[key], str) for key in keys if key != "value")

    return check


_KINDS = {"set": _put, "drop": _drop, "copy": _copy}
ARGUMENTS: dict[str, tuple[Check, str]] = {
    "set": (_names("at", "value"), '{"at": a path like "added.0.amount", "value": anything}'),
    "drop": (_names("at"), '{"at": a path}'),
    "copy": (_names("at", "to"), '{"at": a path, "to": the path of a list}'),
}
