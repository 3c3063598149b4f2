from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from accounts.decisions import same_purchase
from accounts.lines import identified
from accounts.models import Account
from accounts.proof import Coverage, ProofState, coverage_by_account, fix_opening_balance, prove
from tests.accounts.conftest import Books, line

NOON = datetime(2026, 4, 1, 12, tzinfo=UTC)


def with_balance(books: Books, current: str, *, account_type: str = "checking") -> Account:
    account = books.account
    account.account_type = account_type
    account.connection_status = "connected"
    account.balance_current = Decimal(current)
    account.balance_updated_at = account.last_synced_at = NOON
    account.save()
    return account


def proof(account: Account):
    return prove(account, coverage_by_account(account.pk).get(account.pk, Coverage()))


def test_opening_plus_posted_equals_the_bank(books: Books):
    books.post([line("a", 1, "30.00"), line("b", 2, "-100.00"), line("p", 3, "9.99", is_pending=True)])
    account = with_balance(books, "570.00")
    fix_opening_balance(account)
    assert (account.opening_balance, account.opening_date) == (Decimal(500), date(2026, 3, 1))
    assert proof(account).is_proven


def test_what_is_owed_grows_with_money_out(books: Books):
    books.post([line("a", 1, "30.00"), line("b", 2, "-10.00")])
    account = with_balance(books, "120.00", account_type="credit")
    fix_opening_balance(account)
    assert account.opening_balance == Decimal(100)
    assert proof(account).is_proven


def test_the_opening_balance_is_fixed_only_once(books: Books):
    books.post([line("a", 1, "30.00")])
    account = with_balance(books, "470.00")
    fix_opening_balance(account)
    account.balance_current = Decimal(1)
    fix_opening_balance(account)
    assert account.opening_balance == Decimal(500)


def test_a_missing_row_shows_as_a_difference(books: Books):
    books.post([line("a", 1, "30.00"), line("b", 2, "20.00")])
    account = with_balance(books, "450.00")
    fix_opening_balance(account)
    books.post(removed=["b"])
    found = proof(account)
    assert (found.state, found.difference) == (ProofState.DIFFERS, Decimal(-20))


def test_older_rows_of_a_file_are_history_that_the_opening_balance_contains(books: Books):
    books.post([line("a", 10, "30.00")])
    account = with_balance(books, "470.00")
    fix_opening_balance(account)
    books.post(list(identified([line("", 1, "99.00")])), feed="csv:chase")
    assert proof(account).is_proven


def test_a_row_that_only_a_file_tells_of_is_not_in_the_banks_balance(books: Books):
    """Four days apart the two are listed as a possible duplicate; whoever says that they are one is right."""
    books.post(list(identified([line("", 9, "30.00")])), feed="csv:chase")
    books.post([line("a", 5, "30.00"), line("b", 12, "20.00")])
    account = with_balance(books, "450.00")
    fix_opening_balance(account)
    assert account.opening_balance == Decimal(500)
    assert proof(account).difference == Decimal(30)
    [held] = books.held("possible_duplicate")
    same_purchase(held, now=books.now)
    assert proof(account).is_proven


def test_rows_in_another_currency_are_no_part_of_the_sum(books: Books):
    books.post([line("a", 1, "30.00"), line("b", 2, "77.00", currency="EUR")])
    account = with_balance(books, "470.00")
    fix_opening_balance(account)
    assert account.opening_balance == Decimal(500)
    assert proof(account).is_proven


def test_a_balance_that_is_newer_than_the_rows_proves_nothing(books: Books):
    books.post([line("a", 1, "30.00")])
    account = with_balance(books, "470.00")
    fix_opening_balance(account)
    account.balance_current, account.balance_updated_at = Decimal(400), NOON + timedelta(minutes=1)
    assert proof(account).state == ProofState.UNPROVEN


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"connection_status": "disconnected"}, "Not connected to a bank"),
        ({"balance_current": None}, "The bank has sent no balance"),
        ({}, "The bank's history is still loading"),
    ],
)
def test_without_an_opening_balance_it_says_why_nothing_is_proven(books: Books, facts: dict, reason: str):
    account = with_balance(books, "1.00")
    for name, value in facts.items():
        setattr(account, name, value)
    found = proof(account)
    assert (found.state, found.reason) == (ProofState.UNPROVEN, reason)


def test_coverage_of_all_accounts_is_one_query(books: Books, django_assert_num_queries):
    books.post([line("a", 1, "5.00"), line("b", 20, "6.00")])
    other = Books(Account.objects.create(name="Savings"))
    other.post([line("c", 9, "7.00")], feed="plaid:other")
    with django_assert_num_queries(1):
        coverage = coverage_by_account()
    assert coverage[books.account.pk].count == 2
    assert (coverage[books.account.pk].earliest, coverage[books.account.pk].latest) == (
        date(2026, 3, 1),
        date(2026, 3, 20),
    )
    assert coverage[other.account.pk].count == 1
