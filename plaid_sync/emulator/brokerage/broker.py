"""One day of an investment account: orders become trades at the day's closing prices."""

from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal

from plaid_sync.emulator.brokerage.customers import Customer, Do, Order
from plaid_sync.emulator.brokerage.market import SATURDAY
from plaid_sync.emulator.brokerage.portfolio import CENT, NOTHING, Portfolio, Trade
from plaid_sync.emulator.brokerage.securities import SECURITIES, Security
from plaid_sync.emulator.ids import identifier

PAYS_ON = 12
_MONEY = {
    Do.DEPOSIT: ("cash", "deposit", "ELECTRONIC FUNDS TRANSFER RECEIVED", -1),
    Do.CONTRIBUTE: ("cash", "contribution", "EMPLOYEE CONTRIBUTION", -1),
    Do.WITHDRAW: ("cash", "withdrawal", "ELECTRONIC FUNDS TRANSFER PAID", 1),
    Do.FEE: ("fee", "account fee", "ACCOUNT SERVICE FEE", 1),
    Do.MANAGEMENT_FEE: ("fee", "management fee", "PLAN ADMINISTRATION FEE", 1),
}


def live(portfolio: Portfolio, customer: Customer, day: date) -> None:
    """What happens to the account on this day; orders of a weekend are carried out on Monday."""
    portfolio.as_of = day
    if day.weekday() >= SATURDAY:
        return
    broker = _Broker(portfolio, day)
    due = [day - timedelta(days=number) for number in ((2, 1, 0) if day.weekday() == 0 else (0,))]
    for security in SECURITIES.values():
        broker.look_after(security, due, reinvests=security.key in customer.reinvests)
    for each in due:
        number = (each - portfolio.market.first_day).days
        for order in customer.orders:
            if order.is_due(each, number):
                broker.carry_out(order)


class _Broker:
    """Writes one day's trades of one account."""

    def __init__(self, portfolio: Portfolio, day: date) -> None:
        self._portfolio = portfolio
        self._day = day
        self._written = 0

    def carry_out(self, order: Order) -> None:
        """One order of the customer."""
        if order.do in _MONEY:
            kind, subtype, name, sign = _MONEY[order.do]
            self._write(kind, subtype, name, amount=sign * order.amount)
            return
        security = SECURITIES[order.security]
        if order.do is Do.BUY:
            quantity = order.quantity or self._affordable(security, order.amount)
            self._buy(security, quantity, order.fee)
        elif order.do is Do.SELL:
            self._sell(security, order.quantity or self._portfolio.quantity(security.key), order.fee)
        else:
            subtype = "transfer" if order.do is Do.MOVE_IN else "spin off"
            self._transfer(security, subtype, order.quantity)

    def look_after(self, security: Security, due: list[date], *, reinvests: bool) -> None:
        """What a position brings by itself: payments, a split, and the end of an option."""
        held = self._portfolio.quantity(security.key)
        if not held:
            return
        market = self._portfolio.market
        if security.split and market.day(security.split[0]) == self._day:
            self._transfer(security, "split", held * (security.split[1] - 1))
        elif security.option and market.day(security.option.last_day) == self._day:
            self._transfer(security, "expire", -held)
        elif any(day.day == PAYS_ON and day.month in security.pays_in for day in due):
            self._pay(security, held, reinvests=reinvests)

    def _pay(self, security: Security, held: Decimal, *, reinvests: bool) -> None:
        money = (held * security.pays).quantize(CENT)
        subtype = "interest" if security.bond else "dividend"
        self._write("cash", subtype, f"{subtype.upper()} {_label(security)}", security, amount=-money)
        if reinvests:
            quantity = self._affordable(security, money)
            self._buy(security, quantity, NOTHING, subtype="dividend reinvestment", verb="REINVESTMENT")

    def _buy(
        self, security: Security, quantity: Decimal, fee: Decimal, *, subtype: str = "buy", verb: str = "BUY"
    ) -> None:
        price = self._price(security)
        amount = (quantity * price).quantize(CENT) + fee
        name = f"{verb} {_label(security)}"
        self._write("buy", subtype, name, security, quantity=quantity, amount=amount, price=price, fees=fee)

    def _sell(self, security: Security, quantity: Decimal, fee: Decimal) -> None:
        price = self._price(security)
        amount = fee - (quantity * price).quantize(CENT)
        name = f"SELL {_label(security)}"
        self._write("sell", "sell", name, security, quantity=-quantity, amount=amount, price=price, fees=fee)

    def _transfer(self, security: Security, subtype: str, quantity: Decimal) -> None:
        price = self._price(security) if subtype == "transfer" else NOTHING
        name = f"{subtype.upper()} {_label(security)}"
        self._write("transfer", subtype, name, security, quantity=quantity, price=price)

    def _write(
        self,
        kind: str,
        subtype: str,
        name: str,
        security: Security | None = None,
        **numbers: Decimal,
    ) -> None:
        trade_id = identifier(self._portfolio.account_id, "trade", self._day, self._written)
        self._written += 1
        key = security.key if security else None
        self._portfolio.put(Trade(trade_id, self._day, kind, subtype, name, security=key, **numbers))

    def _price(self, security: Security) -> Decimal:
        return self._portfolio.market.close(security, self._day)

    def _affordable(self, security: Security, money: Decimal) -> Decimal:
        return (money / self._price(security)).quantize(security.quantum, ROUND_DOWN)


def _label(security: Security) -> str:
    return f"{security.name} ({security.ticker})" if security.ticker else security.name
