"""What one row of an investment account did: to its cash, to its positions, and to the line between inside and outside.

Pure. The row's `security`, if it has one, must be loaded.
"""

from decimal import Decimal

from investments.models import InvestmentTransaction

Kind = InvestmentTransaction.Kind

NOTHING = Decimal(0)
PLACEHOLDERS = frozenset({"pending credit", "pending debit"})  # replaced by other rows later
_PAYMENTS = frozenset({Kind.DIVIDEND, Kind.INTEREST, Kind.CAPITAL_GAIN, Kind.FEE, Kind.DEPOSIT})


def units(row: InvestmentTransaction) -> Decimal:
    """By how many units the row changed the position in its security; cash is no position here.

    A payment that states a quantity tells what it was paid for, unless nothing was paid: then it was paid in units.
    """
    if row.security is None or row.security.is_cash or row.kind == Kind.CANCEL:
        return NOTHING
    return NOTHING if row.kind in _PAYMENTS and row.amount else row.quantity


def cash(row: InvestmentTransaction) -> Decimal:
    """By how much the row changed the account's cash."""
    is_placeholder = row.kind == Kind.CANCEL or row.raw_subtype in PLACEHOLDERS
    if is_placeholder or is_contribution_in_units(row) or is_distribution(row) or is_in_kind(row):
        return NOTHING
    return -row.amount


def external(row: InvestmentTransaction, price: Decimal | None) -> Decimal:
    """What the row brought in from outside, negative for what it took out.

    `price` values what was moved in kind; without one the row's own price or amount does.
    """
    if is_contribution_in_units(row):
        return abs(row.amount)
    if is_distribution(row):
        return -abs(row.amount)
    if is_in_kind(row):
        worth = row.quantity * price if price else row.quantity * (row.price or NOTHING)
        return worth or abs(row.amount).copy_sign(row.quantity)
    return -row.amount if row.kind in {Kind.DEPOSIT, Kind.WITHDRAWAL, Kind.TRANSFER} else NOTHING


def is_contribution_in_units(row: InvestmentTransaction) -> bool:
    """Whether money from outside bought units without ever being the account's cash, as retirement plans book it."""
    return row.kind == Kind.BUY and row.raw_subtype == "contribution"


def is_distribution(row: InvestmentTransaction) -> bool:
    """Whether units were sold and their money left at once."""
    return row.raw_type == "sell" and row.raw_subtype == "distribution"


def is_in_kind(row: InvestmentTransaction) -> bool:
    """Whether units moved in or out, and no money."""
    return row.kind == Kind.TRANSFER and row.security is not None and not row.security.is_cash and bool(row.quantity)
