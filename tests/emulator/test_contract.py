"""Every answer of every endpoint passes plaid-python's typed models, with type checking on."""

from datetime import timedelta

import plaid
import pytest
from plaid.api.plaid_api import PlaidApi
from plaid.model.accounts_balance_get_request import AccountsBalanceGetRequest
from plaid.model.accounts_get_request import AccountsGetRequest
from plaid.model.country_code import CountryCode
from plaid.model.institutions_get_by_id_request import InstitutionsGetByIdRequest
from plaid.model.institutions_get_by_id_request_options import InstitutionsGetByIdRequestOptions
from plaid.model.institutions_get_request import InstitutionsGetRequest
from plaid.model.item_get_request import ItemGetRequest
from plaid.model.item_public_token_exchange_request import ItemPublicTokenExchangeRequest
from plaid.model.item_remove_request import ItemRemoveRequest
from plaid.model.link_token_create_request import LinkTokenCreateRequest
from plaid.model.link_token_create_request_update import LinkTokenCreateRequestUpdate
from plaid.model.link_token_create_request_user import LinkTokenCreateRequestUser
from plaid.model.link_token_get_request import LinkTokenGetRequest
from plaid.model.link_token_transactions import LinkTokenTransactions
from plaid.model.products import Products
from plaid.model.sandbox_item_reset_login_request import SandboxItemResetLoginRequest
from plaid.model.sandbox_public_token_create_request import SandboxPublicTokenCreateRequest
from plaid.model.transactions_get_request import TransactionsGetRequest
from plaid.model.transactions_get_request_options import TransactionsGetRequestOptions
from plaid.model.transactions_sync_request import TransactionsSyncRequest
from plaid.model.transactions_sync_request_options import TransactionsSyncRequestOptions

from tests.emulator.asking import walk_through_link
from tests.emulator.conftest import TODAY

US = [CountryCode("US")]


@pytest.fixture
def api(server):
    keys = {"clientId": "emulator", "secret": "emulator"}
    with plaid.ApiClient(plaid.Configuration(host=server.url, api_key=keys)) as client:
        yield PlaidApi(client)


@pytest.fixture
def linked(server):
    return server.bank.link(days=10)


def test_a_bank_is_linked_and_removed(api):
    created = api.sandbox_public_token_create(
        SandboxPublicTokenCreateRequest(institution_id="ins_127287", initial_products=[Products("transactions")])
    )
    exchanged = api.item_public_token_exchange(ItemPublicTokenExchangeRequest(public_token=created.public_token))
    item = api.item_get(ItemGetRequest(access_token=exchanged.access_token)).item

    assert created.public_token.startswith("public-sandbox-")
    assert exchanged.access_token.startswith("access-sandbox-")
    assert item.item_id == exchanged.item_id
    assert item.institution_name == "Platypus OAuth Bank"
    assert api.item_remove(ItemRemoveRequest(access_token=exchanged.access_token)).request_id


def test_an_item_in_error_still_describes_itself(api, linked):
    assert api.sandbox_item_reset_login(SandboxItemResetLoginRequest(access_token=linked.access_token)).reset_login

    item = api.item_get(ItemGetRequest(access_token=linked.access_token)).item

    assert item.error.error_code == "ITEM_LOGIN_REQUIRED"


def test_link_tokens(api):
    created = api.link_token_create(
        LinkTokenCreateRequest(
            client_name="BudgetApp",
            language="en",
            country_codes=US,
            user=LinkTokenCreateRequestUser(client_user_id="household"),
            products=[Products("transactions")],
            additional_consented_products=[Products("investments"), Products("liabilities")],
            transactions=LinkTokenTransactions(days_requested=730),
            redirect_uri="http://127.0.0.1:8000/oauth-callback",
        )
    )
    found = api.link_token_get(LinkTokenGetRequest(link_token=created.link_token))

    assert created.link_token.startswith("link-sandbox-")
    assert found.expiration == created.expiration
    assert found.metadata.redirect_uri == "http://127.0.0.1:8000/oauth-callback"


def test_a_finished_link_token_names_what_was_linked(api, server):
    created = api.link_token_create(
        LinkTokenCreateRequest(
            client_name="BudgetApp",
            language="en",
            country_codes=US,
            user=LinkTokenCreateRequestUser(client_user_id="household"),
            products=[Products("transactions")],
        )
    )
    walk_through_link(server.url, created.link_token, "ins_109508", "checking", "card")

    (session,) = api.link_token_get(LinkTokenGetRequest(link_token=created.link_token)).link_sessions
    (result,) = session.results.item_add_results
    exchanged = api.item_public_token_exchange(ItemPublicTokenExchangeRequest(public_token=result.public_token))
    accounts = api.accounts_get(AccountsGetRequest(access_token=exchanged.access_token)).accounts

    assert result.institution.institution_id == "ins_109508"
    assert [account.id for account in result.accounts] == [account.account_id for account in accounts]
    assert [account.mask for account in accounts] == ["0000", "3333"]


def test_update_mode_keeps_the_item_and_renews_its_consent(api, server):
    linked = server.bank.link("ins_109508", days=10, roles={"checking"})
    server.bank.expire_consent(linked.item_id, days=5)
    before = api.item_get(ItemGetRequest(access_token=linked.access_token)).item
    created = api.link_token_create(
        LinkTokenCreateRequest(
            client_name="BudgetApp",
            language="en",
            country_codes=US,
            user=LinkTokenCreateRequestUser(client_user_id="household"),
            access_token=linked.access_token,
            update=LinkTokenCreateRequestUpdate(account_selection_enabled=True),
        )
    )
    found = api.link_token_get(LinkTokenGetRequest(link_token=created.link_token))
    walk_through_link(server.url, created.link_token, "", "checking", "card")

    item = api.item_get(ItemGetRequest(access_token=linked.access_token)).item
    accounts = api.accounts_get(AccountsGetRequest(access_token=linked.access_token)).accounts
    assert found.expiration - found.created_at == timedelta(minutes=30)
    assert item.item_id == linked.item_id
    assert (before.consent_expiration_time.date() - TODAY, item.consent_expiration_time) == (timedelta(days=5), None)
    assert [account.mask for account in accounts] == ["0000", "3333"]
    assert accounts[0].account_id == linked.accounts["checking"]


def test_accounts(api, linked):
    accounts = api.accounts_get(AccountsGetRequest(access_token=linked.access_token)).accounts
    balances = api.accounts_balance_get(AccountsBalanceGetRequest(access_token=linked.access_token)).accounts

    assert [(account.type.value, account.subtype.value) for account in accounts] == [
        ("depository", "checking"),
        ("depository", "savings"),
        ("credit", "credit card"),
    ]
    assert [account.account_id for account in balances] == [account.account_id for account in accounts]


def test_transactions_sync(api, server, linked):
    account = linked.accounts["checking"]
    options = TransactionsSyncRequestOptions(account_id=account, include_original_description=True)
    server.bank.add(account, "20.00", "CHECK # 1043")
    page = api.transactions_sync(TransactionsSyncRequest(access_token=linked.access_token, options=options, count=30))
    first, second = page.added[:2]
    server.bank.remove(first.transaction_id)
    server.bank.modify(second.transaction_id, amount="1.23")

    following = api.transactions_sync(
        TransactionsSyncRequest(access_token=linked.access_token, cursor=page.next_cursor, options=options)
    )

    assert page.transactions_update_status.value == "HISTORICAL_UPDATE_COMPLETE"
    assert first.original_description
    assert first.personal_finance_category.version.value == "v2"
    assert [row.transaction_id for row in following.removed] == [first.transaction_id]
    assert [row.amount for row in following.modified] == [1.23]
    assert following.accounts[0].account_id == account


def test_transactions_get(api, linked):
    answer = api.transactions_get(
        TransactionsGetRequest(
            access_token=linked.access_token,
            start_date=TODAY.replace(day=1),
            end_date=TODAY,
            options=TransactionsGetRequestOptions(count=5, offset=1),
        )
    )

    assert len(answer.transactions) == 5
    assert answer.total_transactions > 5
    assert answer.transactions[0].date >= answer.transactions[-1].date


def test_institutions(api):
    listed = api.institutions_get(InstitutionsGetRequest(count=50, offset=0, country_codes=US))
    found = api.institutions_get_by_id(
        InstitutionsGetByIdRequest(
            institution_id="ins_109508",
            country_codes=US,
            options=InstitutionsGetByIdRequestOptions(include_optional_metadata=True),
        )
    )

    assert listed.total == len(listed.institutions) >= 4
    assert found.institution.name == "First Platypus Bank"
    assert found.institution.connection_availability is not None


def test_errors_arrive_as_the_clients_exceptions(api):
    with pytest.raises(plaid.ApiException) as raised:
        api.accounts_get(AccountsGetRequest(access_token="access-sandbox-00000000-0000-0000-0000-000000000000"))

    assert raised.value.status == 400
    assert '"error_code":"INVALID_ACCESS_TOKEN"' in raised.value.body
