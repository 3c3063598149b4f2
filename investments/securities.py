"""Securities as institutions name them: each once, however many accounts hold it."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from investments.facts import SecurityFacts
from investments.models import PriceQuote, Security

_DESCRIPTION = (
    "name",
    "ticker",
    "security_type",
    "subtype",
    "figi",
    "isin",
    "sector",
    "industry",
    "is_cash_equivalent",
    "currency",
)


def record_securities(told: Mapping[str, SecurityFacts]) -> dict[str, Security]:
    """The rows of these securities by the institution's id, described and priced as told. Call it in a transaction.

    A price that is older than the known one changes nothing.
    """
    known = known_securities(told)
    # In one order everywhere, so that two accounts that hold the same don't wait for each other.
    return {key: _recorded(told[key], known.get(key), told) for key in sorted(told)}


def known_securities(ids: Iterable[str]) -> dict[str, Security]:
    """Those of the securities that an earlier reading has told of."""
    return {row.plaid_security_id or "": row for row in Security.objects.filter(plaid_security_id__in=list(ids))}


def _recorded(facts: SecurityFacts, row: Security | None, told: Mapping[str, SecurityFacts]) -> Security:
    row = row or _renamed(facts, told) or _kept_by_hand(facts) or _new(facts)
    changes: dict[str, object] = {
        name: getattr(facts, name) for name in _DESCRIPTION if getattr(row, name) != getattr(facts, name)
    }
    if row.plaid_security_id != facts.external_id:
        changes["plaid_security_id"] = facts.external_id
    if "currency" in changes:  # the price that is known is none in the new one
        changes |= {"close_price": None, "close_price_as_of": None, "price_source": ""}
    for name, value in changes.items():
        setattr(row, name, value)
    if changes:
        row.save(update_fields=list(changes))
    _take_price(row, facts)
    return row


def _new(facts: SecurityFacts) -> Security:
    described = {name: getattr(facts, name) for name in _DESCRIPTION}
    return Security.objects.get_or_create(plaid_security_id=facts.external_id, defaults=described)[0]


def _renamed(facts: SecurityFacts, told: Mapping[str, SecurityFacts]) -> Security | None:
    """The security that had another id before: Plaid's ids can change, a FIGI does not."""
    if not facts.figi:
        return None
    rows = Security.objects.filter(figi=facts.figi).exclude(plaid_security_id__in=list(told)).order_by("pk")[:2]
    return rows[0] if len(rows) == 1 else None


def _kept_by_hand(facts: SecurityFacts) -> Security | None:
    """The security that somebody has entered by its ticker."""
    if not facts.ticker:
        return None
    alike = Security.objects.called(facts.ticker, currency=facts.currency, security_type=facts.security_type)
    rows = alike.filter(plaid_security_id=None).order_by("pk")[:2]
    return rows[0] if len(rows) == 1 else None


def _take_price(row: Security, facts: SecurityFacts) -> None:
    price, day = facts.close_price, facts.close_price_as_of
    if price is None or day is None or (row.close_price, row.close_price_as_of) == (price, day):
        return
    is_from_elsewhere = row.close_price_as_of == day and row.price_source != Security.PriceSource.PLAID
    if is_from_elsewhere or not row.take_price(price, day=day, source=Security.PriceSource.PLAID):
        return
    if not row.is_cash:
        _keep_quote(row, price, day)


def _keep_quote(row: Security, price: Decimal, day: date) -> None:
    """The price in the history of prices, where no market's own quote of that day is known."""
    quotes = PriceQuote.objects.filter(security=row, day=day)
    if quotes.exclude(source=Security.PriceSource.PLAID).exists():
        return
    told = {"close": price, "currency": row.currency, "source": Security.PriceSource.PLAID}
    PriceQuote.objects.update_or_create(security=row, day=day, defaults=told)
