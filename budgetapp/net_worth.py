"""What is owned and owed in all; currencies are never added up."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from accounts.models import Account


@dataclass
class CurrencyTotal:
    """What is owned, invested and owed in one currency; what is invested is owned too."""

    currency: str
    owned: Decimal = Decimal(0)
    owed: Decimal = Decimal(0)
    invested: Decimal = Decimal(0)
    accounts: int = 0
    without_balance: int = 0

    @property
    def net(self) -> Decimal:
        return self.owned - self.owed

    @property
    def is_known(self) -> bool:
        """Whether anything in this currency has a balance or a value."""
        return self.accounts > self.without_balance or self.invested != 0


def currency_totals(accounts: Iterable[Account], invested: Mapping[str, Decimal]) -> list[CurrencyTotal]:
    """The totals of the books and the investments, the currency of most accounts first."""
    totals = {currency: CurrencyTotal(currency, owned=value, invested=value) for currency, value in invested.items()}
    for account in accounts:
        total = totals.setdefault(account.currency, CurrencyTotal(account.currency))
        total.accounts += 1
        if account.balance_current is None:
            total.without_balance += 1
        elif account.is_liability:
            total.owed += account.balance_current
        else:
            total.owned += account.balance_current
    return sorted(totals.values(), key=lambda total: (-total.accounts, total.currency))
