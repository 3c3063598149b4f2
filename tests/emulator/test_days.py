"""The passing of days: what happens to rows, and what always holds."""

from collections import Counter
from datetime import timedelta

import pytest

from plaid_sync.emulator.institutions import INSTITUTIONS
from tests.emulator.asking import read_all, send
from tests.emulator.conftest import TODAY


def replay(books, update):
    """Apply an update to a dict of rows by id, as an application does."""
    for row in update.added + update.modified:
        books[row["transaction_id"]] = row
    for row in update.removed:
        books.pop(row["transaction_id"], None)


def ledger_account(server, account_id):
    ledger = send(f"{server.url}/emulator/ledger", None).body
    return next(
        account for item in ledger["items"] for account in item["accounts"] if account["account_id"] == account_id
    )


@pytest.mark.parametrize("institution_id", ["ins_109508", "ins_127287"])
def test_syncing_through_forty_days_ends_with_the_banks_own_rows(server, ask, institution_id):
    linked = server.bank.link(institution_id, days=90)
    for account in linked.accounts.values():
        server.bank.tick()
        books, cursor = {}, ""
        for _ in range(13):
            update = read_all(ask, linked, account, cursor, count=100)
            replay(books, update)
            cursor = update.cursor
            server.bank.tick(3)
        replay(books, read_all(ask, linked, account, cursor))

        truth = ledger_account(server, account)
        assert sorted(books) == sorted(row["transaction_id"] for row in truth["rows"])
        assert sum(row["amount"] for row in books.values() if not row["pending"]) == truth["sum"]
        assert truth["count"] == len(books)


@pytest.mark.parametrize("days", [30, 365, 730])
def test_balances_are_opening_plus_posted_rows(server, days):
    linked = server.bank.link(days=days)
    for _ in range(5):
        server.bank.tick(4)
        for role, account in linked.accounts.items():
            truth = ledger_account(server, account)
            posted = sum(row["amount"] for row in truth["rows"] if not row["pending"])
            assert truth["balance"] == truth["opening"] + (posted if role == "card" else -posted)


def test_the_balance_does_not_depend_on_how_much_history_was_asked_for(server):
    short, long = server.bank.link(days=30), server.bank.link(days=730)

    for role in short.accounts:
        one, other = (ledger_account(server, linked.accounts[role]) for linked in (short, long))
        assert one["balance"] == other["balance"]
        assert one["count"] < other["count"]


def test_a_second_link_has_the_same_purchases_under_other_ids(server):
    first, second = server.bank.link(days=90), server.bank.link(days=90)

    one, other = (server.bank.rows(linked.accounts["card"]) for linked in (first, second))

    assert Counter((row.date, row.cents, row.description) for row in one) == Counter(
        (row.date, row.cents, row.description) for row in other
    )
    assert not {row.transaction_id for row in one} & {row.transaction_id for row in other}


def test_a_quarter_sees_every_kind_of_change(server, ask):
    linked = server.bank.link(days=30)
    account = linked.accounts["card"]
    cursor = read_all(ask, linked, account).cursor
    settled = tipped = lapsed = modified = churned = 0
    pending = {row.transaction_id: row.cents for row in server.bank.rows(account) if row.is_pending}
    for _ in range(180):
        server.bank.tick()
        update = read_all(ask, linked, account, cursor)
        cursor = update.cursor
        links = {row["pending_transaction_id"] for row in update.added}
        settled += sum(link in pending for link in links)
        tipped += sum(
            pending.get(row["pending_transaction_id"], row["amount"] * 100) != row["amount"] * 100
            for row in update.added
        )
        lapsed += sum(row["transaction_id"] in pending and row["transaction_id"] not in links for row in update.removed)
        churned += sum(row["transaction_id"] not in pending for row in update.removed)
        modified += len(update.modified)
        pending = {row.transaction_id: row.cents for row in server.bank.rows(account) if row.is_pending}

    assert settled > 20
    assert min(tipped, lapsed, modified, churned) > 0


def test_nothing_stays_pending_for_long(server):
    linked = server.bank.link(days=30)
    server.bank.tick(30)

    for account in linked.accounts.values():
        for row in server.bank.rows(account):
            assert not row.is_pending or row.date > server.world.today - timedelta(days=5)


def test_a_sign_in_at_houndstooth_wears_off(server, ask):
    linked = server.bank.link("ins_109512", days=30)
    assert ask("/accounts/get", access_token=linked.access_token).status == 200

    server.bank.tick()
    assert ask("/accounts/get", access_token=linked.access_token).body["error_code"] == "ITEM_LOGIN_REQUIRED"
    server.bank.repair_login(linked.item_id)
    assert ask("/accounts/get", access_token=linked.access_token).status == 200


def test_no_deposit_account_is_ever_overdrawn_and_no_card_over_its_limit(server):
    for institution_id in INSTITUTIONS:
        linked = server.bank.link(institution_id)
        for account in linked.accounts.values():
            truth = ledger_account(server, account)
            if truth["type"] not in {"depository", "credit"}:
                continue
            balance, lowest = truth["opening"], truth["opening"]
            for row in truth["rows"]:
                balance += row["amount"] if truth["type"] == "credit" else -row["amount"]
                lowest = min(lowest, balance)
            assert lowest > 0
            assert truth["available"] > 0


def test_time_moves_by_the_operators_control(server, ask):
    linked = server.bank.link(days=30)
    before = len(server.bank.rows(linked.accounts["card"]))

    answer = send(f"{server.url}/emulator/tick", b'{"days": 7}')

    assert answer.body["today"] == (TODAY + timedelta(days=7)).isoformat()
    assert len(server.bank.rows(linked.accounts["card"])) > before


@pytest.mark.parametrize("body", [b'{"days": 0}', b'{"days": "7"}', b'{"weeks": 1}'])
def test_a_tick_that_makes_no_sense_is_refused(server, body):
    assert send(f"{server.url}/emulator/tick", body).status == 400


def test_the_operator_chooses_the_phase_of_new_items_and_moves_them_on(server, ask):
    send(f"{server.url}/emulator/phase", b'{"phase": "NOT_READY"}')
    linked = server.bank.link(days=90)
    assert read_all(ask, linked, None).status == "NOT_READY"

    for phase in ("INITIAL", "HISTORICAL"):
        body = f'{{"phase": "{phase}", "item_id": "{linked.item_id}"}}'.encode()
        send(f"{server.url}/emulator/phase", body)
        assert read_all(ask, linked, None).status == f"{phase}_UPDATE_COMPLETE"


def test_not_ready_items_have_no_transactions_to_get(server, ask):
    send(f"{server.url}/emulator/phase", b'{"phase": "NOT_READY"}')
    linked = server.bank.link(days=90)

    answer = ask("/transactions/get", access_token=linked.access_token, start_date="2026-07-01", end_date="2026-07-21")

    assert answer.body["error_code"] == "PRODUCT_NOT_READY"


def test_days_that_pass_before_the_history_is_there_lose_nothing(server, ask):
    send(f"{server.url}/emulator/phase", b'{"phase": "NOT_READY"}')
    linked = server.bank.link(days=90)
    server.bank.tick(4)
    send(f"{server.url}/emulator/phase", f'{{"phase": "HISTORICAL", "item_id": "{linked.item_id}"}}'.encode())

    for account in linked.accounts.values():
        books = {}
        replay(books, read_all(ask, linked, account))
        assert sorted(books) == sorted(row.transaction_id for row in server.bank.rows(account))
