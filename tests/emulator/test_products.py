"""Which bank serves what, which item may be asked for what, and how consent comes about."""

import re
from urllib.request import urlopen

import pytest

from tests.emulator.asking import walk_through_link

GINGHAM, TARTAN, PLATYPUS, OAUTH = "ins_900101", "ins_109511", "ins_109508", "ins_127287"
INVESTMENTS = ("/investments/holdings/get", "/investments/refresh")


def code(answer):
    return answer.status, answer.body.get("error_type"), answer.body.get("error_code")


def new_link_token(ask, **fields):
    answer = ask(
        "/link/token/create",
        client_name="BudgetApp",
        language="en",
        country_codes=["US"],
        user={"client_user_id": "household"},
        **fields,
    )
    assert answer.status == 200, answer.body
    return answer.body["link_token"]


def exchanged(ask, token):
    (session,) = ask("/link/token/get", link_token=token).body["link_sessions"]
    public_token = session["results"]["item_add_results"][0]["public_token"]
    return ask("/item/public_token/exchange", public_token=public_token).body["access_token"]


def banks_shown(server, token):
    with urlopen(f"{server.url}/link/start?token={token}&origin=http://127.0.0.1:8000", timeout=20) as page:
        return re.findall(r'value="(ins_\d+)"', page.read().decode())


@pytest.mark.parametrize("path", INVESTMENTS)
def test_a_bank_without_investments_does_not_support_them(server, ask, path):
    linked = server.bank.link(OAUTH, consented=("investments",))

    assert code(ask(path, access_token=linked.access_token)) == (400, "ITEM_ERROR", "PRODUCTS_NOT_SUPPORTED")


@pytest.mark.parametrize("path", [*INVESTMENTS, "/liabilities/get"])
def test_what_the_customer_was_not_asked_for_needs_consent(server, ask, path):
    linked = server.bank.link(TARTAN)

    assert code(ask(path, access_token=linked.access_token)) == (400, "INVALID_INPUT", "ADDITIONAL_CONSENT_REQUIRED")


def test_a_product_that_was_consented_to_is_added_by_its_first_call(server, ask):
    linked = server.bank.link(TARTAN, consented=("investments", "liabilities"))

    assert ask("/item/get", access_token=linked.access_token).body["status"]["investments"] is None
    assert ask("/investments/holdings/get", access_token=linked.access_token).status == 200
    described = ask("/item/get", access_token=linked.access_token).body

    assert described["item"]["products"] == ["transactions", "investments"]
    assert described["status"]["investments"]["last_successful_update"]


def test_a_brokerage_has_no_transactions(server, ask):
    linked = server.bank.link(GINGHAM)

    answer = ask("/transactions/sync", access_token=linked.access_token)

    assert code(answer) == (400, "ITEM_ERROR", "PRODUCTS_NOT_SUPPORTED")


def test_an_item_that_shares_no_investment_account_says_so(server, ask):
    item = server.world.open_item(TARTAN, products=("investments",), roles={"checking"})

    answer = ask("/investments/holdings/get", access_token=item.access_token)

    assert code(answer) == (400, "ITEM_ERROR", "NO_INVESTMENT_ACCOUNTS")


def test_an_item_that_shares_no_liability_says_so(server, ask):
    item = server.world.open_item(PLATYPUS, products=("transactions", "liabilities"), roles={"checking", "savings"})

    answer = ask("/liabilities/get", access_token=item.access_token)

    assert code(answer) == (400, "ITEM_ERROR", "NO_LIABILITY_ACCOUNTS")


def test_a_sandbox_item_has_what_its_bank_serves(ask):
    created = ask("/sandbox/public_token/create", institution_id=GINGHAM, initial_products=["investments"])
    refused = ask("/sandbox/public_token/create", institution_id=GINGHAM, initial_products=["transactions"])

    token = ask("/item/public_token/exchange", public_token=created.body["public_token"]).body["access_token"]
    accounts = ask("/accounts/get", access_token=token).body["accounts"]
    assert [(account["type"], account["subtype"]) for account in accounts] == [
        ("investment", "brokerage"),
        ("investment", "roth"),
    ]
    assert code(refused) == (400, "ITEM_ERROR", "PRODUCTS_NOT_SUPPORTED")


def test_link_shows_the_banks_that_serve_everything_asked_for(server, ask):
    banks = ["ins_109508", "ins_127287", "ins_109512", "ins_132361", TARTAN]

    assert banks_shown(server, new_link_token(ask, products=["transactions"])) == banks
    assert banks_shown(server, new_link_token(ask, products=["investments"])) == [
        TARTAN,
        GINGHAM,
        "ins_900102",
        "ins_900103",
    ]
    assert banks_shown(server, new_link_token(ask, products=["investments", "transactions"])) == [TARTAN]


def test_a_brokerage_is_linked_through_link(server, ask):
    token = new_link_token(ask, products=["investments"], additional_consented_products=["transactions"])

    walk_through_link(server.url, token, GINGHAM, "ira")
    access_token = exchanged(ask, token)

    (account,) = ask("/investments/holdings/get", access_token=access_token).body["accounts"]
    assert account["name"] == "Gingham Roth IRA"


def test_link_does_not_let_a_bank_be_chosen_that_it_does_not_show(server, ask):
    token = new_link_token(ask, products=["transactions"])

    with urlopen(f"{server.url}/link/start?token={token}&origin=http://127.0.0.1:8000", timeout=20) as page:
        address = page.url
    with urlopen(address, f"institution_id={GINGHAM}".encode(), timeout=20) as page:
        shown = page.read().decode()

    assert "PRODUCTS_NOT_SUPPORTED" in shown
    assert "Choose your bank" in shown


def test_update_mode_asks_for_the_consent_that_lacked(server, ask):
    linked = server.bank.link(TARTAN)
    token = new_link_token(ask, access_token=linked.access_token, additional_consented_products=["investments"])

    with urlopen(f"{server.url}/link/start?token={token}&origin=http://127.0.0.1:8000", timeout=20) as page:
        session = page.url.rpartition("/")[0]
    urlopen(f"{session}/credentials", b"user=user_good&password=pass_good", timeout=20).close()

    assert ask("/investments/holdings/get", access_token=linked.access_token).status == 200


def test_institutions_are_found_by_words_of_their_name(ask):
    def found(query, **fields):
        answer = ask("/institutions/search", query=query, country_codes=["US"], **fields)
        return [institution["institution_id"] for institution in answer.body["institutions"]]

    assert found("platypus bank") == ["ins_109508", "ins_127287", "ins_132361"]
    assert found("GINGHAM") == [GINGHAM]
    assert found("bank", products=["investments"]) == [TARTAN]
    assert found("bank", options={"oauth": True}) == [OAUTH]
    assert found("nobody") == []


def test_what_is_owed_and_on_what_terms(server, ask):
    linked = server.bank.link(TARTAN, consented=("liabilities",))
    card = server.bank.link(PLATYPUS, consented=("liabilities",))

    owed = ask("/liabilities/get", access_token=linked.access_token).body
    (credit,) = ask("/liabilities/get", access_token=card.access_token).body["liabilities"]["credit"]

    balances = {account["account_id"]: account["balances"]["current"] for account in owed["accounts"]}
    (mortgage,), (student,) = owed["liabilities"]["mortgage"], owed["liabilities"]["student"]
    assert owed["liabilities"]["credit"] is None
    assert mortgage["origination_principal_amount"] == balances[linked.accounts["mortgage"]]
    assert student["last_statement_balance"] == balances[linked.accounts["student"]]
    assert credit["last_statement_issue_date"] == "2026-06-30"
    assert credit["last_payment_date"].startswith("2026-")
    assert 0 < credit["minimum_payment_amount"] <= credit["last_statement_balance"]
