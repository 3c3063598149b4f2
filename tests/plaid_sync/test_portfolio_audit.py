"""The demo's comparison of the portfolio with the simulated brokerages' books."""

from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connections
from django.db.models import F, Value

from budgetapp.demo.portfolio_audit import compare_portfolio, portfolio_table
from investments.models import Holding, InvestmentAccount, InvestmentTransaction
from money.fields import MoneyField
from plaid_sync.models import InvestmentLink
from tests.plaid_sync.visits import TATTERSALL

# The demo keeps its databases in files.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sqlite]


@pytest.fixture
def compared(follow_institution):
    brokerage = follow_institution(TATTERSALL)
    for mask in brokerage.links:
        assert brokerage.sync(mask).status == "success"
    files = [Path(connections[alias].settings_dict["NAME"]) for alias in ("default", "investments")]
    return lambda: compare_portfolio(brokerage.server.url, *files)


def test_an_equal_portfolio_is_proven(compared):
    lines = compared()
    assert [line.proof for line in lines] == ["proven"] * 2
    assert [line.account for line in lines] == [
        "Tattersall Invest: Tattersall Self-Directed ••7702",
        "Tattersall Invest: Tattersall Coins ••7719",
    ]
    assert portfolio_table(lines).splitlines()[0].split() == ["account", "positions", "trades", "value", "proof"]


SMALL = Value(Decimal("0.0001"), MoneyField())
DAMAGE = {
    "quantity": lambda: Holding.objects.filter(security__ticker="XPLT").update(quantity=F("quantity") + 1),
    "cost": lambda: Holding.objects.filter(security__ticker="XPLT").update(cost_basis=None),
    "value": lambda: Holding.objects.filter(security__ticker="XPLT").update(value=F("value") + SMALL),
    "position": lambda: Holding.objects.filter(security__ticker="XPLT").delete(),
    "amount": lambda: (
        InvestmentTransaction.objects.filter(kind="fee").update(amount=F("amount") + SMALL)
        or InvestmentTransaction.objects.filter(kind="buy").update(amount=F("amount") + SMALL)
    ),
    "day": lambda: InvestmentTransaction.objects.filter(kind="deposit").update(date="2026-01-01"),
    "trade": lambda: InvestmentTransaction.objects.filter(kind="sell").delete(),
    "worth": lambda: InvestmentAccount.objects.update(balance_current=Decimal(1)),
    "account": lambda: InvestmentAccount.objects.filter(mask="7719").delete(),
    "link": lambda: InvestmentLink.objects.filter(mask="7719").delete(),
}


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ("quantity", "1 positions differ"),
        ("cost", "1 positions differ"),
        ("value", "1 positions differ"),
        ("position", "1 positions differ"),
        ("amount", "trades differ"),
        ("day", "trades differ"),
        ("trade", "trades differ"),
        ("worth", "the brokerage's value is"),
        ("account", "not in the portfolio"),
        ("link", "not in the portfolio"),
    ],
)
def test_every_difference_is_named(compared, damage, words):
    DAMAGE[damage]()
    assert words in "; ".join(difference for line in compared() for difference in line.differences)
