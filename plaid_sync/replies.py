"""From the text that Plaid answers with to what it means: what it tells, or a PlaidError."""

import json
import logging
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from plaid_sync.error_codes import plaid_error
from plaid_sync.errors import BadAnswer, PlaidError, RateLimited, TemporarilyUnavailable

logger = logging.getLogger(__name__)

T = TypeVar("T")


def read_reply(read: Callable[[Any], T], body: str) -> T:
    """What `read` makes of the JSON in `body`. Raises BadAnswer if that lacks what it must have."""
    try:
        return read(parse_json(body))
    except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError, RecursionError) as error:
        logger.warning("An answer of Plaid's lacks what it must have: %s", type(error).__name__)
        raise bad_answer() from None


def parse_json(body: str) -> Any:
    """JSON with every number as a Decimal, as written; ValueError if it is none."""
    return json.loads(body, parse_float=Decimal, parse_int=Decimal, parse_constant=Decimal)


def refusal(status: int, body: str, headers: Mapping[str, str] | None) -> PlaidError:
    """The error that an answer with this HTTP status stands for."""
    retry_after = _retry_after(headers or {})
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    if isinstance(answer, dict) and answer.get("error_code"):
        return plaid_error(answer, retry_after=retry_after)
    code = f"HTTP_{status}"
    if status == 429:
        return RateLimited(
            "Plaid asks for a pause. BudgetApp tries again by itself.", code=code, retry_after=retry_after
        )
    if status >= 500:
        sentence = "Plaid has a problem of its own. BudgetApp tries again by itself."
        return TemporarilyUnavailable(sentence, code=code, retry_after=retry_after)
    return bad_answer(code)


def _retry_after(headers: Mapping[str, str]) -> int | None:
    """The seconds in Retry-After; None without one, or if it names a date (Plaid sends seconds)."""
    value = headers.get("Retry-After", "").strip()
    return int(value) if value.isascii() and value.isdigit() and len(value) < 7 else None


def bad_answer(code: str = "BAD_ANSWER") -> BadAnswer:
    return BadAnswer("Plaid's answer could not be read. BudgetApp tries again by itself.", code=code)
