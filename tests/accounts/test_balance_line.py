import datetime
from decimal import Decimal

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.balance_line import DAYS, BalanceLine, balance_line
from tests.household import TODAY, make_account, make_linked_account, make_row

pytestmark = pytest.mark.django_db


def balances(line: BalanceLine | None) -> dict[int, Decimal]:
    """The balance by how many days ago."""
    assert line is not None
    return {(TODAY - day).days: balance for day, balance in line.days}


def test_the_line_ends_at_the_banks_balance_and_undoes_every_row(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    account = make_linked_account(balance_current=Decimal(100))
    make_row(account, "30.00", days_ago=2)
    make_row(account, "-80.00", days_ago=5)
    with django_assert_num_queries(1):
        found = balances(balance_line(account, TODAY))
    assert len(found) == DAYS
    assert [found[ago] for ago in (0, 2, 3, 5, 6, DAYS - 1)] == [100, 100, 130, 130, 50, 50]


def test_a_purchase_by_card_raises_what_is_owed() -> None:
    card = make_linked_account(account_type="credit", balance_current=Decimal(100))
    make_row(card, "30.00", days_ago=2)
    found = balances(balance_line(card, TODAY))
    assert (found[2], found[3]) == (100, 70)


def test_pending_removed_and_foreign_rows_do_not_move_the_balance() -> None:
    account = make_linked_account(balance_current=Decimal(100))
    make_row(account, "30.00", days_ago=2)
    make_row(account, "5.00", is_pending=True, days_ago=3)
    make_row(account, "6.00", currency="EUR", days_ago=3)
    make_row(account, "7.00", removed_at=account.last_synced_at, removal_reason="bank", days_ago=3)
    assert balances(balance_line(account, TODAY))[DAYS - 1] == 130


def test_there_is_no_line_without_a_balance_or_rows() -> None:
    assert balance_line(make_account("Safe"), TODAY) is None
    assert balance_line(make_account("Wallet", balance_current=Decimal(5)), TODAY) is None


def test_the_zero_line_is_drawn_where_the_balance_crosses_it() -> None:
    days = [
        (TODAY - datetime.timedelta(days=back), Decimal(balance)) for back, balance in ((2, 50), (1, -50), (0, 150))
    ]
    line = BalanceLine(days)
    assert line.zero == Decimal("36.0")
    assert line.path == "M0 24.0H150.0V48.0H300.0V0.0"
    assert BalanceLine(days[2:]).zero is None
