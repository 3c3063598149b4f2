"""Syncs of a bank that sends what no bank should: hand-written pages over HTTP."""

import json
from collections.abc import Iterator

import pytest
from django.utils import timezone

from accounts.models import Account, HeldLine, SyncLog
from plaid_sync.gateway import gateway_from_settings
from plaid_sync.models import LinkedAccount, PlaidItem, SyncPage
from plaid_sync.pacing import Pace
from plaid_sync.stream_run import Outcome
from plaid_sync.sync import sync
from plaid_sync.vault import encrypt_token
from tests.plaid_sync.faults import FaultServer, answer

pytestmark = pytest.mark.django_db
Status = SyncLog.Status
HISTORICAL = "HISTORICAL_UPDATE_COMPLETE"


def row(transaction_id: str, /, **changes) -> dict:
    facts = {
        "transaction_id": transaction_id,
        "account_id": "a1",
        "amount": 4.5,
        "iso_currency_code": "USD",
        "unofficial_currency_code": None,
        "date": "2026-03-02",
        "authorized_date": None,
        "name": f"Shop {transaction_id}",
        "pending": False,
        "pending_transaction_id": None,
    }
    return facts | changes


def page(*added, cursor: str | None = "c1", more: bool = False, status: str = HISTORICAL, **parts) -> bytes:
    facts = {
        "added": list(added),
        "modified": [],
        "removed": [],
        "accounts": [{"account_id": "a1", "balances": {"current": 100.0, "iso_currency_code": "USD"}}],
        "next_cursor": cursor,
        "has_more": more,
        "transactions_update_status": status,
        "request_id": "r1",
    }
    return json.dumps(facts | parts).encode()


class OddBank:
    """One linked account whose bank answers with the given pages, the last one for ever."""

    def __init__(self, linked: LinkedAccount, settings) -> None:
        self.linked = linked
        self._settings = settings
        self.servers: list[FaultServer] = []

    def sync(self, *pages: bytes) -> Outcome:
        self.servers.append(FaultServer(*(answer(body) for body in pages)))
        self._settings.PLAID_EMULATOR_URL = self.servers[-1].url
        return sync(self.linked.pk, "manual", gateway=gateway_from_settings(), pace=Pace())

    @property
    def calls(self) -> int:
        return len(self.servers[-1].requests)

    def link(self) -> LinkedAccount:
        return LinkedAccount.objects.get(pk=self.linked.pk)

    def names(self) -> list[str]:
        rows = self.linked.account.transactions.live()
        return sorted(rows.values_list("bank_description", flat=True))


@pytest.fixture
def odd(db, settings, tmp_path) -> Iterator[OddBank]:
    settings.DATA_DIR, settings.PLAID_TOKEN_ENCRYPTION_KEY, settings.HAS_DATABASE_SERVER = tmp_path, "", False
    settings.PLAID_ENV = settings.PLAID_CLIENT_ID = settings.PLAID_SECRET = "emulator"
    token = encrypt_token("access-sandbox-0123456789", item_id="i1")
    item = PlaidItem.objects.create(item_id="i1", access_token=token, environment="emulator")
    account = Account.objects.create(name="Odd", connection_status="connected")
    linked = LinkedAccount.objects.create(account=account, item=item, plaid_account_id="a1", feed="plaid:f1")
    bank = OddBank(linked, settings)
    yield bank
    for server in bank.servers:
        server.stop()


def test_one_malformed_row_of_500_is_held_and_the_others_posted(odd):
    rows = [row(f"t{number}") for number in range(499)]
    log = odd.sync(page(*rows, row("bad", amount=None))).log
    assert (log.status, log.added, log.held) == (Status.SUCCESS, 499, 1)
    held = HeldLine.objects.get()
    assert (held.reason, held.external_id, held.raw["name"]) == ("malformed", "bad", "Shop bad")
    assert odd.link().cursor == "c1"
    assert odd.linked.account.transactions.count() == 499


def test_a_held_row_is_posted_when_the_bank_sends_it_well(odd):
    odd.sync(page(row("t1", amount=None)))
    odd.sync(page(modified=[row("t1")], cursor="c2"))
    assert HeldLine.objects.get().resolved_at is not None
    assert odd.names() == ["Shop t1"]


def test_a_held_row_is_tried_again_at_every_sync(odd):
    odd.sync(page(row("t1", date=None)))
    held = HeldLine.objects.get()
    odd.sync(page(cursor="c2"))
    assert HeldLine.objects.get().resolved_at is None
    HeldLine.objects.update(raw=held.raw | {"date": "2026-03-02"})
    assert odd.sync(page(cursor="c3")).log.added == 1
    assert HeldLine.objects.get().resolved_at is not None
    assert odd.names() == ["Shop t1"]


def test_the_opening_balance_waits_until_every_row_could_be_read(odd):
    odd.sync(page(row("t1"), row("t2", amount=None)))
    assert Account.objects.get().opening_balance is None
    odd.sync(page(modified=[row("t2")], cursor="c2"))
    assert str(Account.objects.get().opening_balance) == "109.0000"


@pytest.mark.parametrize("day", ["0001-01-01", "1899-12-31", "2200-01-01", "9999-12-31"])
@pytest.mark.parametrize("column", ["date", "authorized_date"])
def test_a_day_that_cannot_be_is_held_and_keeps_no_other_row_back(odd, column, day):
    log = odd.sync(page(row("t1"), row("t2", **{column: day}))).log
    assert (log.status, log.added, log.held) == (Status.SUCCESS, 1, 1)
    assert odd.link().cursor == "c1"


def test_a_row_of_another_account_is_kept_in_sight(odd):
    log = odd.sync(page(row("t1"), row("t2", account_id="a2"))).log
    assert (log.added, log.held) == (1, 1)
    assert HeldLine.objects.get().reason == "other_account"
    assert odd.names() == ["Shop t1"]


def test_unknown_fields_and_values_are_no_trouble(odd):
    odd.sync(page(row("t1", payment_channel="telepathy", brand_new={"x": [1]}), brand_new=True))
    assert odd.names() == ["Shop t1"]


@pytest.mark.parametrize(
    "text", ["NUL \x00 inside", "half a \ud800 pair", "🎉 emoji", "'; DROP TABLE accounts_account; --", "<script>"]
)
def test_any_text_can_be_stored(odd, text):
    assert odd.sync(page(row("t1", name=text), row("t2", name=text, amount=None))).status == Status.SUCCESS


def test_the_same_id_over_and_over_is_one_row(odd):
    twice = page(row("t1"), row("t1", amount=5), modified=[row("t1", amount=6)], removed=[{"transaction_id": "x"}])
    odd.sync(twice)
    assert [str(amount) for amount in odd.linked.account.transactions.values_list("amount", flat=True)] == ["6.0000"]


@pytest.mark.parametrize(
    "pages",
    [
        [page(row("t1"), cursor="")],
        [page(row("t1"), cursor=None)],
        [page(cursor="", more=True)],
        [page(row("t1"), cursor="c1", more=True), page(cursor="c1", more=True)],
        [page(row("t1"), cursor="c1", more=True), page(row("t2"), cursor="")],
    ],
    ids=["rows but no cursor", "null cursor", "more but no cursor", "cursor stands still", "cursor lost on the way"],
)
def test_pages_that_lead_nowhere_change_nothing(odd, pages):
    outcome = odd.sync(*pages)
    assert (outcome.status, outcome.log.error_code) == (Status.ERROR, "PROVIDER_LOOP")
    assert (odd.names(), odd.link().cursor) == ([], "")
    assert odd.link().next_sync_at > timezone.now()
    assert not SyncPage.objects.exists()


def test_an_empty_cursor_never_replaces_a_stored_one(odd):
    odd.sync(page(row("t1")))
    outcome = odd.sync(page(cursor="", status="NOT_READY"))
    assert outcome.log.error_code == "PROVIDER_LOOP"
    assert odd.link().cursor == "c1"
    assert odd.names() == ["Shop t1"]


def test_pages_without_end_stop_at_the_cap(odd, settings):
    bodies = [page(cursor=f"c{number}", more=True) for number in range(600)]
    outcome = odd.sync(*bodies)
    assert outcome.log.error_code == "PROVIDER_LOOP"
    assert odd.calls == 500
    assert odd.link().cursor == ""


def test_empty_pages_on_the_way_are_no_end(odd):
    odd.sync(page(cursor="c1", more=True), page(cursor="c2", more=True), page(row("t1"), cursor="c3"))
    assert (odd.names(), odd.link().cursor) == (["Shop t1"], "c3")


@pytest.mark.parametrize("cursor", ["", None])
def test_nothing_at_all_means_that_the_bank_is_preparing(odd, cursor):
    assert odd.sync(page(cursor=cursor, status="TRANSACTIONS_UPDATE_STATUS_UNKNOWN")).status == Status.NOT_READY
    assert odd.link().cursor == ""


def test_what_is_known_of_the_history_never_becomes_less(odd):
    odd.sync(page(row("t1")))
    odd.sync(page(cursor="c2", status="INITIAL_UPDATE_COMPLETE"))
    assert odd.link().history_status == HISTORICAL


def test_a_broken_page_leaves_the_ones_before_it_for_the_next_run(odd):
    outcome = odd.sync(page(row("t1"), more=True), b'{"added": [')
    assert (outcome.status, outcome.log.error_code) == (Status.ERROR, "BAD_ANSWER")
    odd.sync(page(row("t2"), cursor="c2"))
    assert odd.calls == 1
    assert odd.names() == ["Shop t1", "Shop t2"]


def test_nobody_at_the_other_end_is_an_error_that_passes(odd, settings):
    odd.sync(page(row("t1")))
    odd.servers[-1].stop()
    outcome = sync(odd.linked.pk, "manual", gateway=gateway_from_settings(), pace=Pace())
    assert outcome.status == Status.ERROR
    assert "tries again" in outcome.log.error_message
    assert odd.link().next_sync_at > timezone.now()
