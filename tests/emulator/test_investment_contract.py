"""Every answer about investments and liabilities passes plaid-python's typed models, with type checking on."""

from datetime import timedelta

import plaid
import pytest
from plaid.api.plaid_api import PlaidApi
from plaid.model.accounts_get_request import AccountsGetRequest
from plaid.model.country_code import CountryCode
from plaid.model.institutions_search_request import InstitutionsSearchRequest
from plaid.model.institutions_search_request_options import InstitutionsSearchRequestOptions
from plaid.model.investments_holdings_get_request import InvestmentsHoldingsGetRequest
from plaid.model.investments_refresh_request import InvestmentsRefreshRequest
from plaid.model.investments_transactions_get_request import InvestmentsTransactionsGetRequest
from plaid.model.investments_transactions_get_request_options import InvestmentsTransactionsGetRequestOptions
from plaid.model.item_get_request import ItemGetRequest
from plaid.model.item_public_token_exchange_request import ItemPublicTokenExchangeRequest
from plaid.model.liabilities_get_request import LiabilitiesGetRequest
from plaid.model.link_token_create_request import LinkTokenCreateRequest
from plaid.model.link_token_create_request_user import LinkTokenCreateRequestUser
from plaid.model.products import Products
from plaid.model.sandbox_public_token_create_request import SandboxPublicTokenCreateRequest

from tests.emulator.conftest import TODAY

BROKERAGES = ["ins_900101", "ins_900102", "ins_900103", "ins_109511"]
US = [CountryCode("US")]


@pytest.fixture
def api(server):
    keys = {"clientId": "emulator", "secret": "emulator"}
    with plaid.ApiClient(plaid.Configuration(host=server.url, api_key=keys)) as client:
        yield PlaidApi(client)


@pytest.mark.parametrize("institution_id", BROKERAGES)
def test_holdings(api, server, institution_id):
    linked = server.bank.link(institution_id, products=("investments",))

    answer = api.investments_holdings_get(InvestmentsHoldingsGetRequest(access_token=linked.access_token))

    assert {holding.security_id for holding in answer.holdings} == {each.security_id for each in answer.securities}
    assert {account.type.value for account in answer.accounts} == {"investment"}
    assert api.investments_refresh(InvestmentsRefreshRequest(access_token=linked.access_token)).request_id


@pytest.mark.parametrize("institution_id", BROKERAGES)
def test_transactions(api, server, institution_id):
    linked = server.bank.link(institution_id, products=("investments",))

    answer = api.investments_transactions_get(
        InvestmentsTransactionsGetRequest(
            access_token=linked.access_token,
            start_date=TODAY - timedelta(days=730),
            end_date=TODAY,
            options=InvestmentsTransactionsGetRequestOptions(count=500, offset=0, async_update=True),
        )
    )

    assert answer.total_investment_transactions == len(answer.investment_transactions)
    assert answer.investment_transactions[0].date >= answer.investment_transactions[-1].date


def test_liabilities(api, server):
    loans = server.bank.link("ins_109511", consented=("liabilities",))
    card = server.bank.link("ins_109508", consented=("liabilities",))

    owed = api.liabilities_get(LiabilitiesGetRequest(access_token=loans.access_token)).liabilities
    credit = api.liabilities_get(LiabilitiesGetRequest(access_token=card.access_token)).liabilities.credit

    assert owed.mortgage[0].interest_rate.percentage == 4.125
    assert owed.student[0].loan_status.type == "deferment"
    assert credit[0].account_id == card.accounts["card"]


def test_institutions_are_searched(api):
    answer = api.institutions_search(
        InstitutionsSearchRequest(
            query="brokerage",
            country_codes=US,
            products=[Products("investments")],
            options=InstitutionsSearchRequestOptions(include_optional_metadata=True),
        )
    )

    assert [institution.name for institution in answer.institutions] == ["Gingham Brokerage"]


def test_a_brokerage_is_linked(api):
    created = api.sandbox_public_token_create(
        SandboxPublicTokenCreateRequest(institution_id="ins_900103", initial_products=[Products("investments")])
    )
    exchanged = api.item_public_token_exchange(ItemPublicTokenExchangeRequest(public_token=created.public_token))

    described = api.item_get(ItemGetRequest(access_token=exchanged.access_token))
    (account,) = api.accounts_get(AccountsGetRequest(access_token=exchanged.access_token)).accounts

    assert described.item.products == [Products("investments")]
    assert described.status.investments.last_successful_update
    assert account.subtype.value == "401k"


def test_a_link_token_for_brokerages(api):
    created = api.link_token_create(
        LinkTokenCreateRequest(
            client_name="BudgetApp",
            language="en",
            country_codes=US,
            user=LinkTokenCreateRequestUser(client_user_id="household"),
            products=[Products("investments")],
            additional_consented_products=[Products("transactions"), Products("liabilities")],
        )
    )

    assert created.link_token.startswith("link-sandbox-")
