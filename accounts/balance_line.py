"""How an account's balance moved: reckoned back from the bank's balance, drawn as a line of steps."""

import datetime
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum

from accounts.models import Account

DAYS = 90
WIDTH, HEIGHT = 300, 48
TENTH = Decimal("0.1")


@dataclass(frozen=True)
class BalanceLine:
    """The balance at the end of every day, oldest first."""

    days: list[tuple[datetime.date, Decimal]]

    @property
    def first(self) -> Decimal:
        return self.days[0][1]

    @property
    def lowest(self) -> tuple[datetime.date, Decimal]:
        return min(self.days, key=lambda day: day[1])

    @property
    def highest(self) -> tuple[datetime.date, Decimal]:
        return max(self.days, key=lambda day: day[1])

    @property
    def view_box(self) -> str:
        return f"0 -2 {WIDTH} {HEIGHT + 4}"

    @property
    def path(self) -> str:
        """The line in SVG's path language, one step a day."""
        steps = [f"M0 {self._height_of(self.first)}"]
        for number, (_, balance) in enumerate(self.days[1:], start=1):
            across = (Decimal(WIDTH * number) / (len(self.days) - 1)).quantize(TENTH)
            steps.append(f"H{across}V{self._height_of(balance)}")
        return "".join(steps)

    @property
    def zero(self) -> Decimal | None:
        """The height of the zero line; None where the balance keeps clear of zero."""
        return self._height_of(Decimal(0)) if self.lowest[1] < 0 < self.highest[1] else None

    def _height_of(self, balance: Decimal) -> Decimal:
        low, high = self.lowest[1], self.highest[1]
        if low == high:
            return Decimal(HEIGHT) / 2
        return (HEIGHT * (high - balance) / (high - low)).quantize(TENTH)


def balance_line(account: Account, today: datetime.date) -> BalanceLine | None:
    """The last 90 days up to `today`, with one query; None without a balance or without a row in that time."""
    if account.balance_current is None:
        return None
    since = today - datetime.timedelta(days=DAYS - 1)
    posted = account.transactions.posted().filter(currency=account.currency, date__gte=since)
    moved: dict[datetime.date, Decimal] = dict(
        posted.order_by().values_list("date").annotate(total=Sum("amount")).values_list("date", "total")
    )
    if not moved:
        return None
    sign = 1 if account.is_liability else -1
    balance = account.balance_current - sign * sum(total for day, total in moved.items() if day > today)
    days = []
    for back in range(DAYS):
        day = today - datetime.timedelta(days=back)
        days.append((day, balance))
        balance -= sign * moved.get(day, Decimal(0))
    return BalanceLine(days[::-1])
