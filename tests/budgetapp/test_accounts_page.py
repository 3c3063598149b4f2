import datetime
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone
from django_q.tasks import async_task
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import Account, HeldLine
from investments.market_hours import market_day
from plaid_sync.error_codes import plaid_error
from plaid_sync.item_state import record_item_error
from plaid_sync.models import LinkedAccount, PlaidItem
from tests.household import make_account, make_linked_account, make_row, make_run
from tests.investments.books import make_account as make_investment_account
from tests.investments.books import make_cash, make_holding, make_security

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def configured(settings: Settings) -> None:
    settings.PLAID_ENV = "sandbox"
    settings.PLAID_CLIENT_ID = settings.PLAID_SECRET = "given"


def shown(client: Client, address: str = "/accounts/") -> str:
    response = client.get(address)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def link(account: Account) -> LinkedAccount:
    item = PlaidItem.objects.create(item_id=f"item-{account.pk}", environment="sandbox")
    return LinkedAccount.objects.create(account=account, item=item, plaid_account_id="a", feed=f"plaid:{account.pk}")


def test_accounts_stand_by_bank_with_balance_coverage_and_proof(signed_in: Client) -> None:
    account = make_linked_account(balance_current=Decimal("4213.57"))
    make_row(account, "4.50")
    make_row(account, "12.00", days_ago=620)
    make_linked_account("Savings", institution="Tartan Bank")
    make_account("Wallet")
    page = shown(signed_in)
    assert "3 accounts at 2 banks · synced" in page
    assert page.index("First Platypus Bank") < page.index("Tartan Bank") < page.index("Kept by hand")
    assert "Mar 2025 – today · 2 transactions" in page
    assert "Books match the bank" in page
    assert 'value="4213.57"' in page


def test_a_bank_is_one_group_however_its_name_was_typed(signed_in: Client) -> None:
    make_linked_account("Beta", institution="First Platypus Bank")
    for name, typed in (("Alpha", "first platypus  bank"), ("Gamma", "FIRST PLATYPUS BANK ")):
        make_account(name, institution=typed)
    page = shown(signed_in)
    assert "3 accounts at 1 bank" in page
    assert page.count('class="panel institution"') == 1
    assert ">First Platypus Bank</h2>" in page


def test_books_that_differ_from_the_bank_say_by_how_much(signed_in: Client) -> None:
    make_row(make_linked_account(), "4.50")
    assert "Books and bank differ by" in shown(signed_in)
    assert 'value="4.50"' in shown(signed_in)


def test_totals_are_told_per_currency_and_never_added_across(signed_in: Client) -> None:
    make_account("Wallet", balance_current=Decimal(100))
    make_account("Visa", account_type="credit", balance_current=Decimal(30))
    make_account("Girokonto", currency="EUR", balance_current=Decimal(7))
    make_account("Safe", currency="CHF")
    page = shown(signed_in)
    assert "Net in USD" in page
    assert 'value="70.00"' in page
    assert "Net in EUR" in page
    assert "Net in CHF" not in page
    assert "1 CHF account without a balance" in page


def test_net_worth_includes_the_investments_in_their_currency(signed_in: Client) -> None:
    make_account("Wallet", balance_current=Decimal(100))
    brokerage = make_investment_account("Brokerage", institution="Platypus Invest")
    make_holding(brokerage, make_security("PTM", "250"), "4", "250", as_of_date=market_day(timezone.now()))
    depot = make_investment_account("Depot", currency="CHF")
    make_holding(depot, make_cash("CHF"), "30", as_of_date=market_day(timezone.now()))
    make_holding(depot, make_security("", currency="CHF"), "1", as_of_date=market_day(timezone.now()))
    page = shown(signed_in)
    assert "1 account · 2 investment accounts" in page
    assert 'value="1100.00"' in page
    assert "Of it invested" in page
    assert "Net in CHF" in page
    assert page.index('id="invested-title"') < page.index("Platypus Invest")
    assert "Not counted: 1 <a" in page


@pytest.mark.parametrize("accounts", [1, 12])
def test_counting_the_investments_takes_six_queries_whatever_their_number(
    signed_in: Client, django_assert_num_queries: DjangoAssertNumQueries, accounts: int
) -> None:
    for number in range(accounts):
        holder, security = make_investment_account(f"Brokerage {number}"), make_security(f"X{number}", "250")
        make_holding(holder, security, "4", "250", as_of_date=market_day(timezone.now()))
    with django_assert_num_queries(6, using="investments"):
        shown(signed_in)


def test_investments_alone_are_no_empty_overview(signed_in: Client) -> None:
    make_investment_account("Brokerage")
    page = shown(signed_in)
    assert "No accounts yet" not in page
    assert ">Brokerage</a>" in page


def test_a_card_shows_how_much_of_its_limit_is_used(signed_in: Client) -> None:
    make_linked_account("Visa", account_type="credit", balance_current=Decimal("410.22"), balance_limit=Decimal(2000))
    assert 'value="21"' in shown(signed_in)


@pytest.mark.parametrize("limit", [None, Decimal(0), Decimal(-5)])
def test_a_card_without_a_limit_shows_no_meter(signed_in: Client, limit: Decimal | None) -> None:
    make_linked_account("Visa", account_type="credit", balance_limit=limit)
    assert "<meter" not in shown(signed_in)


@pytest.mark.parametrize(
    ("status", "words"),
    [("connected", "Connected"), ("login_required", "Sign in again"), ("error", "Needs attention")],
)
def test_the_state_of_a_connection_is_an_icon_and_words(signed_in: Client, status: str, words: str) -> None:
    make_linked_account(connection_status=status)
    assert f"</svg>{words}</span>" in shown(signed_in)


def test_a_running_sync_is_followed_until_it_has_ended(signed_in: Client) -> None:
    account = make_linked_account()
    run = make_run(account, "running", pages=3)
    assert "every 2s" in shown(signed_in)
    assert "Syncing · page 3" in shown(signed_in)
    run.status = "success"
    run.save()
    last = signed_in.get(f"/accounts/{account.pk}/row/", headers=HTMX)
    assert "every 2s" not in last.content.decode()
    assert last["HX-Trigger"] == "sync-ended"


def test_a_sync_that_waits_for_the_worker_is_followed(signed_in: Client) -> None:
    account = make_linked_account()
    async_task("plaid_sync.tasks.sync_linked_account", link(account).pk, "manual")
    assert "Waiting to sync" in shown(signed_in)


def test_a_run_that_was_left_behind_is_not_followed_for_ever(signed_in: Client) -> None:
    make_run(make_linked_account(), "running", started_at=timezone.now() - datetime.timedelta(hours=1))
    assert "every 2s" not in shown(signed_in)


def test_an_empty_page_says_what_will_be_here(signed_in: Client, settings: Settings) -> None:
    assert "No accounts yet" in shown(signed_in)
    settings.PLAID_ENV = ""
    assert "Bank syncing is off" in shown(signed_in)


def test_without_credentials_nothing_offers_a_sync(signed_in: Client, settings: Settings) -> None:
    settings.PLAID_ENV = ""
    account = make_linked_account()
    for address in ("/accounts/", account.get_absolute_url()):
        page = shown(signed_in, address)
        assert f'action="/accounts/{account.pk}/sync/"' not in page
        assert 'action="/accounts/sync/"' not in page


def test_a_late_worker_is_told_where_accounts_are_linked(signed_in: Client) -> None:
    make_account("Wallet")
    assert "worker is not running" not in shown(signed_in)
    make_linked_account()
    assert "worker is not running" in shown(signed_in)


def test_a_bank_that_needs_a_sign_in_is_told_on_every_page(signed_in: Client) -> None:
    item = link(make_linked_account(institution="Houndstooth Bank")).item
    item.institution = "Houndstooth Bank"
    record_item_error(item, plaid_error({"error_code": "ITEM_LOGIN_REQUIRED"}))
    assert "Houndstooth Bank asks you to sign in again" in shown(signed_in, "/sync-history/")


def test_the_number_of_queries_does_not_grow_with_the_accounts(
    signed_in: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(12):
        account = make_linked_account(f"Account {number}", institution=f"Bank {number % 4}")
        link(account)
        make_row(account)
        make_run(account, "running")
    # Session, user, saved settings, health, notices, worker, badge, accounts, coverage, runs, queue, links, held lines.
    with django_assert_num_queries(13):
        shown(signed_in)


def test_an_account_page_shows_its_rows_and_proof(signed_in: Client) -> None:
    account = make_linked_account(balance_current=Decimal("4213.57"))
    make_row(account, "4.50")
    make_row(make_linked_account("Other"), bank_merchant="Shell")
    page = shown(signed_in, account.get_absolute_url())
    assert "Blue Bottle Coffee" in page
    assert "Shell" not in page
    assert "Opening balance and transactions add up" in page


def test_an_account_page_in_trouble_says_what_is_safe_and_what_to_do(signed_in: Client) -> None:
    account = make_linked_account()
    make_row(account)
    item = link(account).item
    record_item_error(item, plaid_error({"error_code": "PASSWORD_RESET_REQUIRED"}))
    page = shown(signed_in, account.get_absolute_url())
    assert "The bank wants a new password." in page
    assert "1 transaction" in page
    assert f'href="/connections/{item.pk}/sign-in/"' in page


def test_a_disconnected_account_says_so_and_can_be_connected_again(signed_in: Client) -> None:
    account = make_linked_account(connection_status="disconnected", balance_current=None)
    for address in ("/accounts/", account.get_absolute_url()):
        page = shown(signed_in, address)
        assert "isconnected, synced" in page
        assert f'href="/connect/?account={account.pk}"' in page


def test_an_account_page_lists_what_is_held(signed_in: Client) -> None:
    account = make_linked_account()
    held = HeldLine.objects.create(account=account, feed="x", reason="malformed", detail="It has no amount")
    page = shown(signed_in, account.get_absolute_url())
    assert "Held for you" in page
    assert f"/needs-you/?line={held.pk}" in page


def test_the_account_page_is_reloaded_when_its_sync_has_ended(signed_in: Client) -> None:
    account = make_linked_account()
    run = make_run(account, "running")
    assert "Syncing" in signed_in.get(f"/accounts/{account.pk}/progress/", headers=HTMX).content.decode()
    run.delete()
    assert signed_in.get(f"/accounts/{account.pk}/progress/", headers=HTMX)["HX-Refresh"] == "true"


def test_an_account_that_is_not_there_is_not_found(signed_in: Client) -> None:
    for address in ("/accounts/7/", "/accounts/7/edit/", "/accounts/7/delete/"):
        assert signed_in.get(address).status_code == 404
