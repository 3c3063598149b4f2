"""What Plaid's type and subtype of an investment transaction mean here.

The pairs are those that Plaid documents, and subtypes that it has dropped and old rows may still carry.
"""

from decimal import Decimal

from investments.models import InvestmentTransaction

Kind = InvestmentTransaction.Kind

_FEES = (
    "account fee",
    "legal fee",
    "management fee",
    "margin expense",
    "non-resident tax",
    "tax",
    "tax withheld",
    "transfer fee",
    "trust fee",
)
_DIVIDENDS = ("dividend", "non-qualified dividend", "qualified dividend", "stock distribution")
_GAINS = ("long-term capital gain", "short-term capital gain", "unqualified gain")
_REINVESTED = (
    "dividend reinvestment",
    "interest reinvestment",
    "long-term capital gain reinvestment",
    "short-term capital gain reinvestment",
)


def _of(raw_type: str, kind: Kind, *subtypes: str) -> dict[tuple[str, str], Kind]:
    return {(raw_type, subtype): kind for subtype in subtypes}


DOCUMENTED: dict[tuple[str, str], Kind] = {
    **_of("buy", Kind.BUY, "assignment", "buy", "buy to cover", "contribution"),
    **_of("buy", Kind.DIVIDEND_REINVESTMENT, *_REINVESTED),
    **_of("sell", Kind.SELL, "exercise", "sell", "sell short"),
    **_of("sell", Kind.WITHDRAWAL, "distribution"),
    **_of("cash", Kind.FEE, *_FEES),
    **_of("cash", Kind.DEPOSIT, "contribution", "deposit"),
    **_of("cash", Kind.DIVIDEND, *_DIVIDENDS),
    **_of("cash", Kind.INTEREST, "interest"),
    **_of("cash", Kind.CAPITAL_GAIN, *_GAINS),
    **_of("cash", Kind.WITHDRAWAL, "withdrawal"),
    # Replaced by the real thing later, so they count nowhere.
    **_of("cash", Kind.OTHER, "pending credit", "pending debit"),
    **_of("fee", Kind.FEE, *_FEES),
    **_of("fee", Kind.DIVIDEND, *_DIVIDENDS),
    **_of("fee", Kind.INTEREST, "interest", "interest receivable"),
    **_of("fee", Kind.CAPITAL_GAIN, *_GAINS),
    **_of("fee", Kind.OTHER, "adjustment", "return of principal"),
    **_of("transfer", Kind.TRANSFER, "request", "send", "transfer"),
    **_of("transfer", Kind.SPLIT, "split"),
    **_of(
        "transfer", Kind.OTHER, "adjustment", "assignment", "exercise", "expire", "merger", "spin off", "trade"
    ),
}  # fmt: skip
_DROPPED = {"fund fee": Kind.FEE, "miscellaneous fee": Kind.FEE}
_BY_TYPE = {"buy": Kind.BUY, "sell": Kind.SELL, "fee": Kind.FEE, "transfer": Kind.TRANSFER}


def is_known(raw_type: str, raw_subtype: str) -> bool:
    """Whether Plaid documents the pair; all cancellations are one kind."""
    return raw_type == "cancel" or (raw_type, raw_subtype) in DOCUMENTED


def kind_of(raw_type: str, raw_subtype: str, *, quantity: Decimal, amount: Decimal) -> Kind:
    """What happened; a pair that nobody knows goes by its subtype, else by its type, else it is `other`."""
    if raw_type == "cancel":
        return Kind.CANCEL
    if refined := _refined(raw_subtype, quantity, amount):
        return refined
    if known := DOCUMENTED.get((raw_type, raw_subtype)) or _DROPPED.get(raw_subtype):
        return known
    elsewhere = {kind for (_type, subtype), kind in DOCUMENTED.items() if subtype == raw_subtype}
    return elsewhere.pop() if len(elsewhere) == 1 else _BY_TYPE.get(raw_type, Kind.OTHER)


def _refined(raw_subtype: str, quantity: Decimal, amount: Decimal) -> Kind | None:
    """Subtypes whose meaning depends on the numbers; None for all others."""
    if raw_subtype == "stock distribution" and quantity and not amount:
        return Kind.SPLIT
    if raw_subtype == "loan payment":
        return Kind.DEPOSIT if amount < 0 else Kind.WITHDRAWAL
    if raw_subtype in ("trade", "rebalance") and quantity:
        return Kind.BUY if quantity > 0 else Kind.SELL
    return Kind.OTHER if raw_subtype == "rebalance" else None
