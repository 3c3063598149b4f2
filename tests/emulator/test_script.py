"""What tests can arrange around single calls."""

import threading

from plaid_sync.emulator.errors import Fault, institution_down
from tests.emulator.asking import ask_page, read_all


def test_calls_are_counted_by_path(server, ask):
    linked = server.bank.link(days=10)
    read_all(ask, linked, linked.accounts["savings"])
    ask("/item/remove", access_token=linked.access_token)

    assert server.calls == {"/transactions/sync": 1, "/item/remove": 1}


def test_a_call_to_come_can_be_refused(server, ask):
    linked = server.bank.link(days=10)
    server.script.refuse("/accounts/get", institution_down(), call=2)

    codes = [ask("/accounts/get", access_token=linked.access_token).body.get("error_code") for _ in range(3)]

    assert codes == [None, "INSTITUTION_DOWN", None]


def test_a_refusal_keeps_its_status(server, ask):
    fault = Fault("RATE_LIMIT_EXCEEDED", "TRANSACTIONS_SYNC_LIMIT", "rate limit exceeded", status=429)
    linked = server.bank.link(days=10)
    server.script.refuse("/transactions/sync", fault)

    assert ask_page(ask, linked, None, "").status == 429


def test_rows_can_appear_between_two_pages(server, ask):
    linked = server.bank.link(days=90)
    account = linked.accounts["card"]
    server.script.before("/transactions/sync", lambda: server.bank.add(account, "1.00"), call=2)

    page = ask_page(ask, linked, account, "")
    refused = ask_page(ask, linked, account, page.body["next_cursor"])

    assert refused.body["error_code"] == "TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION"


def test_a_held_answer_does_not_hold_up_the_others(server, ask):
    linked = server.bank.link(days=90)
    gate = server.script.hold("/transactions/sync")
    answers = []
    caller = threading.Thread(target=lambda: answers.append(ask_page(ask, linked, None, "")))
    caller.start()

    assert gate.arrived()
    assert ask("/item/remove", access_token=linked.access_token).status == 200
    assert answers == []
    gate.open()
    caller.join()

    assert answers[0].status == 200
    assert answers[0].body["added"]


def test_a_failure_inside_answers_with_plaids_error_and_the_server_lives_on(server, ask, caplog):
    def fail():
        raise ZeroDivisionError

    linked = server.bank.link(days=10)
    server.script.before("/accounts/get", fail)

    answer = ask("/accounts/get", access_token=linked.access_token)

    assert (answer.status, answer.body["error_code"]) == (500, "INTERNAL_SERVER_ERROR")
    assert ask("/accounts/get", access_token=linked.access_token).status == 200
    assert "/accounts/get" in caplog.text


def test_an_account_can_be_filled_for_a_benchmark(server, ask):
    linked = server.bank.link(days=1)
    account = linked.accounts["savings"]
    server.bank.clear(account)
    server.bank.fill(account, 1_200)

    update = read_all(ask, linked, account)

    assert (len(update.added), update.pages) == (1_200, 3)
    assert min(row["date"] for row in update.added) >= "2024-07-21"
