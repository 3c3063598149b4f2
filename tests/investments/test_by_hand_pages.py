from decimal import Decimal

import pytest
from django.test import Client
from django_q.models import OrmQ

from investments.by_hand import positions, set_position, set_price
from investments.models import Holding, InvestmentAccount, Security
from plaid_sync.emulator.server import EmulatorServer
from tests.investments.believable import today
from tests.investments.books import make_account, make_security, make_trade

pytestmark = pytest.mark.django_db

WALLET = {"name": "Hardware wallet", "account_type": "crypto", "institution": "", "mask": "", "currency": "usd"}
POSITION = {
    "security_type": "etf",
    "ticker": "vti",
    "name": "Total Market",
    "currency": "USD",
    "quantity": "12.5",
    "cost_basis": "2500",
    "price": "",
}


@pytest.fixture
def account() -> InvestmentAccount:
    return make_account("Hardware wallet", connection_status="manual")


def held(account: InvestmentAccount) -> dict[str, tuple[Decimal, Decimal | None]]:
    return {each.security.ticker: (each.quantity, each.cost_basis) for each in positions(account, today())}


def test_an_account_is_added_and_asks_for_what_it_holds(signed_in: Client) -> None:
    response = signed_in.post("/investments/accounts/new/", WALLET)
    account = InvestmentAccount.objects.get()
    assert response["Location"] == f"/investments/accounts/{account.pk}/positions/new/"
    assert (account.name, account.currency, account.is_by_hand) == ("Hardware wallet", "USD", True)


def test_an_account_without_a_currency_is_refused(signed_in: Client) -> None:
    response = signed_in.post("/investments/accounts/new/", WALLET | {"currency": "dollars"})
    assert response.status_code == 422
    assert not InvestmentAccount.objects.exists()


def test_an_account_kept_by_hand_is_edited(signed_in: Client, account: InvestmentAccount) -> None:
    signed_in.post(f"/investments/accounts/{account.pk}/edit/", WALLET | {"name": "Cold wallet"})
    account.refresh_from_db()
    assert (account.name, account.account_type) == ("Cold wallet", "crypto")


def test_what_the_institution_says_of_a_connected_account_can_not_be_edited(signed_in: Client) -> None:
    account = make_account(institution="Platypus Invest", currency="USD")
    signed_in.post(
        f"/investments/accounts/{account.pk}/edit/",
        {"name": "Old age", "account_type": "roth", "institution": "Mine", "currency": "EUR"},
    )
    account.refresh_from_db()
    assert (account.name, account.account_type) == ("Old age", "roth")
    assert (account.institution, account.currency) == ("Platypus Invest", "USD")


def test_a_position_is_added_by_ticker(signed_in: Client, account: InvestmentAccount) -> None:
    response = signed_in.post(f"/investments/accounts/{account.pk}/positions/new/", POSITION)
    assert response["Location"] == account.get_absolute_url()
    assert held(account) == {"VTI": (Decimal("12.5"), Decimal(2500))}


def test_the_price_of_an_added_position_is_asked_for_by_the_worker(
    signed_in: Client, account: InvestmentAccount, bank: EmulatorServer
) -> None:
    signed_in.post(f"/investments/accounts/{account.pk}/positions/new/", POSITION)
    assert [job.func() for job in OrmQ.objects.all()] == ["investments.tasks.refresh_prices"]
    assert not any(path.startswith("/simulated/quotes/") for path in bank.calls)


def test_with_quotes_off_no_price_is_asked_for(signed_in: Client, account: InvestmentAccount) -> None:
    signed_in.post(f"/investments/accounts/{account.pk}/positions/new/", POSITION)
    assert OrmQ.objects.count() == 0


def test_a_position_without_a_source_of_prices_takes_one_by_hand(signed_in: Client, account: InvestmentAccount) -> None:
    signed_in.post(f"/investments/accounts/{account.pk}/positions/new/", POSITION | {"price": "210.25"})
    security = Security.objects.get()
    assert (security.close_price, security.price_source) == (Decimal("210.25"), "manual")
    assert Holding.objects.get().value == Decimal("2628.125")


def test_a_position_without_a_cost_has_an_unknown_one(signed_in: Client, account: InvestmentAccount) -> None:
    signed_in.post(f"/investments/accounts/{account.pk}/positions/new/", POSITION | {"cost_basis": ""})
    assert held(account) == {"VTI": (Decimal("12.5"), None)}


def test_only_what_may_be_left_out_is_called_optional(signed_in: Client, account: InvestmentAccount) -> None:
    page = signed_in.get(f"/investments/accounts/{account.pk}/positions/new/").content.decode()
    assert ">Ticker</label>" in page
    assert '>Name <span class="optional">optional</span></label>' in page


def test_cash_needs_neither_ticker_nor_cost(signed_in: Client, account: InvestmentAccount) -> None:
    cash = POSITION | {"security_type": "cash", "ticker": "", "name": "", "quantity": "1520.33"}
    signed_in.post(f"/investments/accounts/{account.pk}/positions/new/", cash)
    assert held(account) == {"CUR:USD": (Decimal("1520.33"), None)}
    assert Holding.objects.get().value == Decimal("1520.33")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ticker": ""}, "Say what it is"),
        ({"ticker": "VTI; DROP"}, "A ticker has letters"),
        ({"quantity": "0"}, "Nothing of it is no position"),
        ({"quantity": "many"}, "Enter a number"),
        ({"quantity": "99999999999999999"}, "more than the app can count"),
        ({"quantity": "1e12", "price": "1e6"}, "more than the app can count"),
        ({"cost_basis": "-5"}, "greater than or equal to 0"),
        ({"price": "0"}, "more than zero"),
        ({"price": "NaN"}, "Enter a number"),
        ({"currency": "US"}, "three letters"),
        ({"security_type": "tulips"}, "Select a valid choice"),
    ],
)
def test_what_can_be_no_position_is_refused_in_words(
    signed_in: Client, account: InvestmentAccount, change: dict[str, str], words: str
) -> None:
    response = signed_in.post(f"/investments/accounts/{account.pk}/positions/new/", POSITION | change)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not Holding.objects.exists()


def test_a_security_is_not_added_twice_to_an_account(signed_in: Client, account: InvestmentAccount) -> None:
    address = f"/investments/accounts/{account.pk}/positions/new/"
    signed_in.post(address, POSITION)
    response = signed_in.post(address, POSITION | {"quantity": "1"})
    assert "holds it already" in response.content.decode()
    assert held(account) == {"VTI": (Decimal("12.5"), Decimal(2500))}


def test_the_form_asks_for_the_next_position_when_that_is_wanted(signed_in: Client, account: InvestmentAccount) -> None:
    address = f"/investments/accounts/{account.pk}/positions/new/"
    assert signed_in.post(address, POSITION | {"more": ""})["Location"] == address


def test_a_position_is_edited_and_keeps_the_price_that_was_not_changed(
    signed_in: Client, account: InvestmentAccount
) -> None:
    security = make_security("ART")
    set_price(security, Decimal("40.5"), day=today())
    set_position(account, security, quantity=Decimal(2), cost_basis=None, today=today())
    address = f"/investments/accounts/{account.pk}/positions/{security.pk}/"
    assert 'value="40.5"' in signed_in.get(address).content.decode()
    signed_in.post(address, {"quantity": "3", "cost_basis": "90", "price": "40.5"})
    assert held(account) == {"ART": (Decimal(3), Decimal(90))}
    assert Holding.objects.get().value == Decimal("121.5")


def test_a_position_that_no_source_prices_asks_for_a_price(signed_in: Client, account: InvestmentAccount) -> None:
    security = make_security("ART", is_price_stale=True)
    set_position(account, security, quantity=Decimal(2), cost_basis=None, today=today())
    page = signed_in.get(account.get_absolute_url()).content.decode()
    assert f"/positions/{security.pk}/#id_price" in page


def test_a_position_is_removed(signed_in: Client, account: InvestmentAccount) -> None:
    security = make_security("ART")
    set_position(account, security, quantity=Decimal(2), cost_basis=None, today=today())
    response = signed_in.post(f"/investments/accounts/{account.pk}/positions/{security.pk}/remove/", follow=True)
    assert "Removed ART." in response.content.decode()
    assert held(account) == {}


def test_positions_of_a_connected_account_are_the_institutions_to_say(signed_in: Client) -> None:
    account = make_account()
    assert signed_in.post(f"/investments/accounts/{account.pk}/positions/new/", POSITION).status_code == 404
    assert signed_in.post(f"/investments/accounts/{account.pk}/positions/1/remove/").status_code == 404


def test_an_account_kept_by_hand_is_deleted_by_typing_its_name(signed_in: Client, account: InvestmentAccount) -> None:
    set_position(account, make_security("ART"), quantity=Decimal(2), cost_basis=None, today=today())
    make_trade(account, "buy", "80")
    address = f"/investments/accounts/{account.pk}/delete/"
    page = signed_in.get(address).content.decode()
    assert "1 position with 1 day of values" in page
    assert "1 entry of its activity" in page
    assert signed_in.post(address, {"name": "wallet"}).status_code == 422
    assert InvestmentAccount.objects.exists()
    assert signed_in.post(address, {"name": "hardware wallet"})["Location"] == "/investments/"
    assert not InvestmentAccount.objects.exists()
    assert not Holding.objects.exists()


def test_a_coin_is_not_added_twice_under_another_of_its_names(signed_in: Client, account: InvestmentAccount) -> None:
    address = f"/investments/accounts/{account.pk}/positions/new/"
    coin = POSITION | {"security_type": "cryptocurrency", "ticker": "BTC", "name": ""}
    signed_in.post(address, coin)
    response = signed_in.post(address, coin | {"ticker": "btc-usd", "quantity": "1"})
    assert "holds it already" in response.content.decode()
    assert Holding.objects.get().quantity == Decimal("12.5")
