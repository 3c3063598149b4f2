"""What /transactions/sync promises: a true change log, in pages, by cursor."""

from decimal import Decimal

import pytest

from plaid_sync.emulator.bank import Phase
from tests.emulator.asking import ask_page, read_all


@pytest.fixture
def linked(server):
    """An item whose checking account has no rows."""
    linked = server.bank.link(days=90)
    server.bank.clear(linked.accounts["checking"])
    return linked


def test_pages_of_an_account_hold_exactly_the_banks_rows(server, ask):
    linked = server.bank.link(days=120)
    account = linked.accounts["card"]

    update = read_all(ask, linked, account, count=20)

    assert update.pages > 3
    assert [row["transaction_id"] for row in update.added] == [row.transaction_id for row in server.bank.rows(account)]
    assert {row["account_id"] for row in update.added} == {account}
    assert update.modified == update.removed == []


def test_the_stream_of_an_item_has_the_rows_of_all_its_accounts(server, ask):
    linked = server.bank.link(days=60)

    update = read_all(ask, linked, None)

    assert {row["account_id"] for row in update.added} == set(linked.accounts.values())


def test_nothing_new_gives_the_same_cursor_and_no_accounts(server, ask, linked):
    cursor = read_all(ask, linked, linked.accounts["card"]).cursor

    again = read_all(ask, linked, linked.accounts["card"], cursor)

    assert again.cursor == cursor
    assert again.added == again.modified == again.removed == again.accounts == []


def test_a_pending_row_posts_under_a_new_id_that_names_the_old_one(server, ask, linked):
    account = linked.accounts["checking"]
    pending = server.bank.add(account, "50.00", pending=True)
    cursor = read_all(ask, linked, account).cursor

    posted = server.bank.settle(pending, "59.50")
    update = read_all(ask, linked, account, cursor)

    assert [row["transaction_id"] for row in update.removed] == [pending]
    assert [(row["transaction_id"], row["pending_transaction_id"]) for row in update.added] == [(posted[0], pending)]
    assert update.added[0]["amount"] == Decimal("59.50")
    assert update.modified == []


def test_a_shipment_posts_in_two_parts(server, ask, linked):
    account = linked.accounts["checking"]
    pending = server.bank.add(account, "84.20", pending=True)

    server.bank.settle(pending, "34.20", "50.00")
    update = read_all(ask, linked, account)

    assert sorted(row["amount"] for row in update.added) == [Decimal("34.20"), Decimal("50.00")]
    assert {row["pending_transaction_id"] for row in update.added} == {pending}


def test_a_churned_row_comes_again_without_naming_the_old_one(server, ask, linked):
    account = linked.accounts["checking"]
    old = server.bank.add(account, "12.00")
    cursor = read_all(ask, linked, account).cursor

    new = server.bank.churn(old)
    update = read_all(ask, linked, account, cursor)

    assert [row["transaction_id"] for row in update.removed] == [old]
    assert [(row["transaction_id"], row["pending_transaction_id"]) for row in update.added] == [(new, None)]


def test_one_update_never_has_an_id_twice(server, ask, linked):
    account = linked.accounts["checking"]
    cursor = read_all(ask, linked, account).cursor
    changed_and_new = server.bank.add(account, "1.00")
    server.bank.modify(changed_and_new, amount="2.00")
    server.bank.remove(server.bank.add(account, "3.00"))

    update = read_all(ask, linked, account, cursor)

    assert [(row["transaction_id"], row["amount"]) for row in update.added] == [(changed_and_new, Decimal("2.00"))]
    assert update.modified == update.removed == []


def test_a_known_row_that_changes_is_modified(server, ask, linked):
    account = linked.accounts["checking"]
    row = server.bank.add(account, "1.00")
    cursor = read_all(ask, linked, account).cursor

    server.bank.modify(row, description="BETTER LINE")
    changed = read_all(ask, linked, account, cursor).modified

    assert [(entry["transaction_id"], entry["original_description"]) for entry in changed] == [(row, "BETTER LINE")]


def test_from_the_start_there_are_no_removals(server, ask, linked):
    account = linked.accounts["checking"]
    server.bank.remove(server.bank.add(account, "1.00"))

    assert read_all(ask, linked, account).removed == []


def test_a_change_in_mid_pagination_is_an_error_until_the_loop_begins_again(server, ask, linked):
    account = linked.accounts["checking"]
    first_cursor = read_all(ask, linked, account).cursor
    for number in range(5):
        server.bank.add(account, f"{number}.10")
    page = ask_page(ask, linked, account, first_cursor)

    server.bank.add(account, "9.99")
    refused = [ask_page(ask, linked, account, page.body["next_cursor"]) for _ in range(2)]

    assert {answer.body["error_code"] for answer in refused} == {"TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION"}
    assert len(read_all(ask, linked, account, first_cursor, count=2).added) == 6


def test_a_change_on_another_account_leaves_the_pages_of_this_one_alone(server, ask, linked):
    account = linked.accounts["checking"]
    for number in range(5):
        server.bank.add(account, f"{number}.10")
    page = ask_page(ask, linked, account, "")

    server.bank.add(linked.accounts["savings"], "9.99")

    assert ask_page(ask, linked, account, page.body["next_cursor"]).status == 200


def test_a_page_can_be_asked_for_again(server, ask, linked):
    account = linked.accounts["checking"]
    for number in range(5):
        server.bank.add(account, f"{number}.10")
    cursor = ask_page(ask, linked, account, "").body["next_cursor"]

    once, twice = (ask_page(ask, linked, account, cursor) for _ in range(2))

    assert once.body["added"] == twice.body["added"]
    assert once.body["next_cursor"] == twice.body["next_cursor"]


@pytest.mark.parametrize("which", ["another filter", "another item", "nonsense"])
def test_a_cursor_of_elsewhere_is_refused(server, ask, linked, which):
    account = linked.accounts["checking"]
    other = server.bank.link(days=30)
    cursor = {
        "another filter": read_all(ask, linked, linked.accounts["savings"]).cursor,
        "another item": read_all(ask, other, other.accounts["checking"]).cursor,
        "nonsense": "bm90IGEgY3Vyc29y",
    }[which]

    answer = ask_page(ask, linked, account, cursor)

    assert answer.status == 400
    assert answer.body["error_code"] == "INVALID_FIELD"
    assert answer.body["error_message"] == "cursor not associated with access_token"


def test_cursors_are_short(server, ask, linked):
    assert 0 < len(read_all(ask, linked, linked.accounts["checking"]).cursor) <= 256


def test_the_cursor_now_skips_what_there_is(server, ask, linked):
    account = linked.accounts["checking"]
    server.bank.add(account, "1.00")
    cursor = read_all(ask, linked, account, "now").cursor
    row = server.bank.add(account, "2.00")

    assert [entry["transaction_id"] for entry in read_all(ask, linked, account, cursor).added] == [row]


def test_history_comes_in_three_phases(server, ask):
    server.bank.begin_items_at(Phase.NOT_READY)
    linked = server.bank.link()
    account = linked.accounts["checking"]

    not_ready = ask_page(ask, linked, account, "").body
    server.bank.advance(linked.item_id, Phase.INITIAL)
    initial = read_all(ask, linked, account)
    server.bank.advance(linked.item_id, Phase.HISTORICAL)
    historical = read_all(ask, linked, account, initial.cursor)

    assert (not_ready["transactions_update_status"], not_ready["next_cursor"]) == ("NOT_READY", "")
    assert not_ready["added"] == []
    assert initial.status == "INITIAL_UPDATE_COMPLETE"
    assert min(row["date"] for row in initial.added) >= "2026-06-21"
    assert historical.status == "HISTORICAL_UPDATE_COMPLETE"
    assert max(row["date"] for row in historical.added) < "2026-06-21"
    assert len(initial.added) + len(historical.added) == len(server.bank.rows(account))


def test_phases_never_go_back(server, ask, linked):
    server.bank.advance(linked.item_id, Phase.INITIAL)

    assert read_all(ask, linked, None).status == "HISTORICAL_UPDATE_COMPLETE"


def test_an_unknown_account_is_refused(ask, linked):
    assert ask_page(ask, linked, "nobody", "").body["error_code"] == "INVALID_ACCOUNT_ID"
