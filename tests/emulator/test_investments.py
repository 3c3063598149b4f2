"""The brokerages: books that always add up, and answers that Plaid would give about them."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from plaid_sync.emulator.bank import Phase
from plaid_sync.emulator.investment_payloads import security_id
from plaid_sync.emulator.server import EmulatorServer
from tests.emulator.asking import poster, send
from tests.emulator.conftest import TODAY

GINGHAM, TATTERSALL, ARGYLE, TARTAN = "ins_900101", "ins_900102", "ins_900103", "ins_109511"
CASH = security_id("usd")
LONG_AGO = "2000-01-01"


def holdings(ask, linked, **options):
    answer = ask("/investments/holdings/get", access_token=linked.access_token, options=options)
    assert answer.status == 200, answer.body
    return answer.body


def page(ask, linked, start=LONG_AGO, end="2099-01-01", **options):
    return ask(
        "/investments/transactions/get",
        access_token=linked.access_token,
        start_date=start,
        end_date=end,
        options=options,
    )


def trades(ask, linked, **days):
    found = []
    while len(answer := page(ask, linked, count=500, offset=len(found), **days).body["investment_transactions"]):
        found += answer
    return found


def summed(entries):
    """(account, security) -> quantity, cash counted as a security."""
    held = defaultdict(Decimal)
    for entry in entries:
        held[entry["account_id"], CASH] -= entry["amount"]
        if entry["security_id"]:
            held[entry["account_id"], entry["security_id"]] += entry["quantity"]
    return {key: quantity for key, quantity in held.items() if quantity}


def position(body, key):
    return next(holding for holding in body["holdings"] if holding["security_id"] == security_id(key))


@pytest.mark.parametrize("institution_id", [GINGHAM, TATTERSALL, ARGYLE, TARTAN])
@pytest.mark.parametrize("days", [0, 1, 40, 400])
def test_holdings_are_what_the_trades_add_up_to(server, ask, institution_id, days):
    linked = server.bank.link(institution_id, products=("investments",))
    if days:
        server.bank.tick(days)

    body = holdings(ask, linked)

    held = {(entry["account_id"], entry["security_id"]): entry["quantity"] for entry in body["holdings"]}
    assert held == summed(trades(ask, linked))
    assert all(quantity > 0 for quantity in held.values())


@pytest.mark.parametrize("institution_id", [GINGHAM, TATTERSALL, ARGYLE])
def test_an_account_is_worth_its_holdings_at_their_prices(server, ask, institution_id):
    linked = server.bank.link(institution_id)

    body = holdings(ask, linked)

    worth = defaultdict(Decimal)
    prices = {security["security_id"]: security["close_price"] for security in body["securities"]}
    for holding in body["holdings"]:
        value = (holding["quantity"] * holding["institution_price"]).quantize(Decimal("0.01"))
        assert holding["institution_value"] == value
        assert holding["institution_price"] == prices[holding["security_id"]]
        worth[holding["account_id"]] += value
    assert {account["account_id"]: account["balances"]["current"] for account in body["accounts"]} == worth
    assert ask("/accounts/get", access_token=linked.access_token).body["accounts"][0]["balances"]["current"] > 0


def test_there_is_no_money_that_was_not_there_before(server):
    for institution_id in (GINGHAM, TATTERSALL, ARGYLE, TARTAN):
        linked = server.bank.link(institution_id)
        server.bank.tick(30)
        for account in linked.accounts.values():
            if portfolio := server.world.items[linked.item_id].accounts[account].portfolio:
                cash = Decimal(0)
                for trade in portfolio.trades.values():
                    cash -= trade.amount
                    assert cash >= 0


def test_every_kind_of_security_and_of_trade_occurs(server, ask):
    items = [server.bank.link(institution_id) for institution_id in (GINGHAM, TATTERSALL, ARGYLE)]

    kinds = {security["type"] for linked in items for security in holdings(ask, linked)["securities"]}
    pairs = {(entry["type"], entry["subtype"]) for linked in items for entry in trades(ask, linked)}

    assert kinds == {
        "cash",
        "cryptocurrency",
        "derivative",
        "equity",
        "etf",
        "fixed income",
        "mutual fund",
    }
    assert pairs == {
        ("buy", "buy"),
        ("buy", "dividend reinvestment"),
        ("cash", "contribution"),
        ("cash", "deposit"),
        ("cash", "dividend"),
        ("cash", "interest"),
        ("cash", "withdrawal"),
        ("fee", "account fee"),
        ("fee", "management fee"),
        ("sell", "sell"),
        ("transfer", "spin off"),
        ("transfer", "split"),
        ("transfer", "transfer"),
    }


def test_a_cost_can_be_unknown_and_it_can_be_zero(server, ask):
    body = holdings(ask, server.bank.link(TATTERSALL))

    assert position(body, "womb")["cost_basis"] is None
    assert position(body, "wbts")["cost_basis"] == 0
    assert position(body, "call")["cost_basis"] > 0


def test_a_cost_is_for_the_whole_position_and_sales_take_their_share(server, ask):
    linked = server.bank.link(GINGHAM)
    bought = [entry for entry in trades(ask, linked) if entry["security_id"] == security_id("pltp")]
    (paid,) = (entry["amount"] for entry in bought if entry["type"] == "buy")

    pltp = position(holdings(ask, linked), "pltp")

    assert pltp["quantity"] == 24 * 4 - 20
    assert pltp["cost_basis"] == (paid * 76 / 96).quantize(Decimal("0.01"))


def test_a_split_changes_the_price_and_not_the_worth(server):
    linked = server.bank.link(GINGHAM)
    portfolio = server.bank.portfolio(linked.accounts["brokerage"])
    split = next(trade for trade in portfolio.trades.values() if trade.subtype == "split")
    prices = [
        portfolio.market.close(position.security, day)
        for position in portfolio.holdings()
        if position.security.key == "pltp"
        for day in (split.date - timedelta(days=1), split.date)
    ]

    assert split.amount == 0
    assert prices[0] / 4 * Decimal("0.9") < prices[1] < prices[0] / 4 * Decimal("1.1")


def test_a_sold_position_is_no_holding_any_more(server, ask):
    linked = server.bank.link(GINGHAM)
    gone = security_id("gngh")

    sold = [entry for entry in trades(ask, linked) if entry["security_id"] == gone and entry["type"] == "sell"]

    assert gone not in {holding["security_id"] for holding in holdings(ask, linked)["holdings"]}
    assert len(sold) == 2
    for entry in sold:
        proceeds = (-entry["quantity"] * entry["price"]).quantize(Decimal("0.01"))
        assert entry["amount"] == entry["fees"] - proceeds


def test_a_dividend_is_paid_and_where_it_is_wished_reinvested(server, ask):
    entries = trades(ask, server.bank.link(GINGHAM))
    paid = {(e["security_id"], e["date"]): -e["amount"] for e in entries if e["subtype"] == "dividend"}
    put_back = {(e["security_id"], e["date"]): e["amount"] for e in entries if e["subtype"] == "dividend reinvestment"}

    assert {key for key, _day in paid} - {key for key, _day in put_back} == {security_id("pltp"), security_id("xbnd")}
    for key, amount in put_back.items():
        assert 0 < amount <= paid[key] + Decimal("0.01")


def test_an_option_ends_and_leaves_nothing(server, ask):
    linked = server.bank.link(TATTERSALL)

    server.bank.tick(366)

    ended = [entry for entry in trades(ask, linked) if entry["subtype"] == "expire"]
    assert [(entry["quantity"], entry["amount"]) for entry in ended] == [(-200, 0)]
    assert security_id("call") not in {holding["security_id"] for holding in holdings(ask, linked)["holdings"]}


def test_securities_without_a_ticker_have_the_terms_that_name_them(server, ask):
    found = {
        security["type"]: security
        for institution_id in (TATTERSALL, ARGYLE)
        for security in holdings(ask, server.bank.link(institution_id))["securities"]
    }

    assert found["fixed income"]["ticker_symbol"] is None
    assert found["fixed income"]["fixed_income"]["face_value"] == 1000
    assert found["derivative"]["option_contract"]["strike_price"] == 75
    assert found["mutual fund"]["ticker_symbol"] is None
    assert found["mutual fund"]["close_price"].as_tuple().exponent == -4


def test_time_brings_trades_dividends_and_prices(server, ask):
    linked = server.bank.link(GINGHAM)
    before, known = holdings(ask, linked), {entry["investment_transaction_id"] for entry in trades(ask, linked)}

    server.bank.tick(92)
    after = holdings(ask, linked)
    new = [entry for entry in trades(ask, linked) if entry["investment_transaction_id"] not in known]

    assert {"buy", "deposit", "dividend", "dividend reinvestment"} <= {entry["subtype"] for entry in new}
    assert min(entry["date"] for entry in new) > TODAY.isoformat()
    assert position(before, "pltp")["institution_price"] != position(after, "pltp")["institution_price"]
    assert position(after, "pltp")["institution_price_as_of"] == "2026-10-21"


def test_shares_have_no_price_of_a_weekend_and_coins_have(ask, server):
    linked = server.bank.link(TATTERSALL)
    server.bank.tick(4)  # a Saturday

    body = holdings(ask, linked)

    assert position(body, "womb")["institution_price_as_of"] == "2026-07-24"
    assert position(body, "btc")["institution_price_as_of"] == "2026-07-25"


def test_the_same_seed_trades_the_same_and_another_one_does_not():
    def worth(seed):
        with EmulatorServer(today=TODAY, seed=seed) as server:
            linked = server.bank.link(TATTERSALL)
            return holdings(poster(server.url), linked)["holdings"]

    assert worth("one") == worth("one")
    assert worth("one") != worth("two")


def test_days_that_come_one_by_one_are_the_days_that_come_at_once():
    def books(start, days):
        with EmulatorServer(today=TODAY) as server:
            server.bank.tick(start)
            linked = server.bank.link(GINGHAM)
            for _ in range(days):
                server.bank.tick()
            accounts = (server.bank.portfolio(account) for account in linked.accounts.values())
            return [list(portfolio.trades.values()) for portfolio in accounts]

    assert books(1, 60) == books(61, 0)


def test_trades_come_in_pages_newest_first(server, ask):
    linked = server.bank.link(GINGHAM)

    first = page(ask, linked, count=20).body
    second = page(ask, linked, count=20, offset=20).body
    everything = trades(ask, linked)

    assert first["total_investment_transactions"] == second["total_investment_transactions"] == len(everything)
    assert first["investment_transactions"] + second["investment_transactions"] == everything[:40]
    assert all(one["date"] >= other["date"] for one, other in pairwise(everything))
    assert page(ask, linked, offset=10_000).body["investment_transactions"] == []
    assert {entry["security_id"] for entry in first["investment_transactions"]} - {None} == {
        security["security_id"] for security in first["securities"]
    }


def test_trades_are_those_of_the_days_and_accounts_asked_for(server, ask):
    linked = server.bank.link(GINGHAM)

    body = page(ask, linked, "2026-01-01", "2026-03-31", account_ids=[linked.accounts["ira"]]).body

    assert {entry["account_id"] for entry in body["investment_transactions"]} == {linked.accounts["ira"]}
    assert all("2026-01-01" <= entry["date"] <= "2026-03-31" for entry in body["investment_transactions"])
    assert [account["account_id"] for account in body["accounts"]] == [linked.accounts["ira"]]
    held = holdings(ask, linked, account_ids=[linked.accounts["ira"]])["holdings"]
    assert {holding["account_id"] for holding in held} == {linked.accounts["ira"]}


def test_the_total_can_grow_and_shrink_while_it_is_read(server, ask):
    linked = server.bank.link(GINGHAM)
    account = linked.accounts["brokerage"]
    made = []

    def buy():
        made.append(server.bank.trade(account, "womb", "3", fees="1.00"))

    server.script.after("/investments/transactions/get", buy)
    first = page(ask, linked, count=50).body
    second = page(ask, linked, count=50, offset=50).body
    server.bank.cancel_trade(account, made[0])
    third = page(ask, linked, count=50).body

    total = first["total_investment_transactions"]
    assert (second["total_investment_transactions"], third["total_investment_transactions"]) == (total + 1, total)
    assert second["investment_transactions"][0] == first["investment_transactions"][-1]
    assert third["investment_transactions"] == first["investment_transactions"]


def test_a_history_that_is_being_pulled_is_not_ready_for_those_who_do_not_wait(server, ask):
    server.bank.begin_items_at(Phase.NOT_READY)
    linked = server.bank.link(GINGHAM)

    refused = page(ask, linked, async_update=True)
    assert (refused.status, refused.body["error_code"]) == (400, "PRODUCT_NOT_READY")
    server.bank.advance(linked.item_id, Phase.HISTORICAL)
    assert page(ask, linked, async_update=True).body["total_investment_transactions"] > 100


def test_who_waits_gets_the_history_at_once(server, ask):
    server.bank.begin_items_at(Phase.NOT_READY)
    linked = server.bank.link(GINGHAM)

    assert page(ask, linked).status == page(ask, linked, async_update=True).status == 200


@pytest.mark.parametrize("options", [{"count": 501}, {"count": 0}, {"offset": -1}])
def test_pages_have_limits(server, ask, options):
    answer = page(ask, server.bank.link(GINGHAM), **options)

    assert answer.body["error_code"] == "INVALID_FIELD"


def test_days_in_the_wrong_order_are_refused(server, ask):
    answer = page(ask, server.bank.link(GINGHAM), "2026-02-01", "2026-01-01")

    assert answer.body["error_code"] == "INVALID_FIELD"


def test_brokerages_are_down_and_ask_for_sign_ins_like_banks(server, ask):
    linked = server.bank.link(GINGHAM)

    server.bank.reset_login(linked.item_id)
    assert page(ask, linked).body["error_code"] == "ITEM_LOGIN_REQUIRED"
    server.bank.repair_login(linked.item_id)
    server.bank.take_down(GINGHAM)
    assert page(ask, linked).body["error_code"] == "INSTITUTION_DOWN"


def test_the_operators_ledger_has_the_trades_and_what_they_leave(server, ask):
    linked = server.bank.link(GINGHAM)

    (item,) = send(f"{server.url}/emulator/ledger", None).body["items"]

    for account in item["accounts"]:
        left = summed([entry | {"account_id": account["account_id"]} for entry in account["trades"]])
        held = {(account["account_id"], each["security_id"]): each["quantity"] for each in account["holdings"]}
        assert held == left
        assert account["balance"] == sum(each["value"] for each in account["holdings"])
    told = {entry["investment_transaction_id"] for entry in trades(ask, linked)}
    assert told == {entry["investment_transaction_id"] for each in item["accounts"] for entry in each["trades"]}


def test_the_books_survive_a_restart(tmp_path):
    file = tmp_path / "state.json"
    with EmulatorServer(file, today=TODAY) as server:
        linked = server.bank.link(TATTERSALL)
        server.bank.trade(linked.accounts["trader"], "womb", "-1.5", fees="0.02", on=date(2026, 7, 1))
        before = holdings(poster(server.url), linked), trades(poster(server.url), linked)
    with EmulatorServer(file, today=TODAY) as server:
        after = holdings(poster(server.url), linked), trades(poster(server.url), linked)

    assert after[1] == before[1]
    assert after[0] | {"request_id": ""} == before[0] | {"request_id": ""}


def test_two_sign_ins_at_one_brokerage_tell_of_the_same_trades_under_other_ids(server, ask):
    one, two = server.bank.link(GINGHAM), server.bank.link(GINGHAM)

    def told(linked):
        return sorted((e["date"], e["name"], e["amount"], e["quantity"]) for e in trades(ask, linked))

    assert told(one) == told(two)
    assert not {e["investment_transaction_id"] for e in trades(ask, one)} & {
        e["investment_transaction_id"] for e in trades(ask, two)
    }
