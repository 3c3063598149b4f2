"""Every way to answer wrongly, at every endpoint that is used: a typed error in bounded time, and nothing half done."""

import datetime
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import urllib3
from django.contrib.auth.models import User

from accounts.models import HeldLine, SyncLog
from plaid_sync.credentials import credentials
from plaid_sync.emulator.faults import PlannedFault
from plaid_sync.emulator.linking import new_public_token
from plaid_sync.emulator.server import EmulatorServer
from plaid_sync.errors import PlaidError
from plaid_sync.gateway import Gateway, gateway_from_settings
from plaid_sync.models import SyncPage
from plaid_sync.transport import Answer, Transport
from tests.prove import invariants
from tests.prove.household import SYNC, Household

LONGEST = 25.0  # seconds, on a busy machine; without a deadline a call would take at least half a minute
MAKE_AN_ERROR: list[tuple[str, Any]] = [
    ("rate_limit", None),
    ("rate_limit", 30),
    *(("page", status) for status in (302, 404, 429, 500, 502, 503, 504)),
    ("error", "API_ERROR/INTERNAL_SERVER_ERROR"),
    ("error", "API_ERROR/PLANNED_MAINTENANCE"),
    ("error", "ITEM_ERROR/ITEM_LOGIN_REQUIRED"),
    ("error", "ITEM_ERROR/USER_PERMISSION_REVOKED"),
    ("error", "INSTITUTION_ERROR/INSTITUTION_DOWN"),
    ("error", "INVALID_INPUT/INVALID_API_KEYS"),
    ("error", "NOBODY_KNOWS/THIS_ONE"),
    ("hang_up", None),
    ("reset", None),
    ("cut", None),
    ("half_json", None),
    *(("body", text) for text in ("", "null", "[]", "7", '"text"', "<html>Sign in to this Wi-Fi</html>")),
    ("body", "\udcff\udcfe"),
    ("body", "[" * 100_000),
    ("not_gzip", None),
    ("bomb", 40_000_000),
    ("large", 40_000_000),
    ("not_http", None),
]
TAKE_FOR_EVER: list[tuple[str, Any]] = [
    ("silence", None),
    ("drip", None),
    ("drip_headers", None),
    ("endless_body", None),
]
VALUES: list[Any] = [None, "text", 7, True, [], {}, [None], {"a": None}, float("nan"), "9" * 500]
TODAY = datetime.date(2026, 7, 21)


def named(kind: str, argument: Any) -> str:
    """The fault in the table of what was done."""
    return kind if argument is None else f"{kind} {argument!r}"


class HurriedTransport(Transport):
    """The real transport, with a deadline of a third of a second for whoever would give half a minute."""

    def request(self, method: str, url: str, *, timeout: urllib3.Timeout, **facts: Any) -> Answer:
        return super().request(method, url, timeout=urllib3.Timeout(total=0.3), **facts)


class ListeningTransport(Transport):
    """The real transport; keeps what came last."""

    heard = b""

    def request(self, *arguments: Any, **facts: Any) -> Answer:
        answer = super().request(*arguments, **facts)
        self.heard = answer.data
        return answer


class Endpoints:
    """Each of Plaid's endpoints that is used, ready to be called with what it needs."""

    def __init__(self, bank: EmulatorServer) -> None:
        self.bank = bank
        self.login = bank.bank.link("ins_109508", days=3)
        self.broker = bank.bank.link("ins_900101")
        self.calls: dict[str, Callable[[Gateway], object]] = {
            "/link/token/create": lambda plaid: plaid.link_token_create(client_user_id="household"),
            "/item/public_token/exchange": lambda plaid: plaid.exchange(self._public_token()),
            "/item/get": lambda plaid: plaid.item_get(self.login.access_token),
            "/item/remove": lambda plaid: plaid.item_remove(self._another_login()),
            "/item/webhook/update": lambda plaid: plaid.item_webhook_update(self.login.access_token, "http://x.test/"),
            "/accounts/get": lambda plaid: plaid.accounts_get(self.login.access_token),
            "/accounts/balance/get": lambda plaid: plaid.balances_get(self.login.access_token, [self._checking]),
            SYNC: lambda plaid: plaid.transactions_page(self.login.access_token, account_id=self._checking, cursor=""),
            "/investments/holdings/get": lambda plaid: plaid.holdings(
                self.broker.access_token, account_id=self._brokerage
            ),
            "/investments/transactions/get": lambda plaid: plaid.investment_transactions_page(
                self.broker.access_token, account_id=self._brokerage, first=TODAY, last=TODAY, offset=0
            ),
            "/webhook_verification_key/get": lambda plaid: plaid.webhook_verification_key(self._key_id()),
            "/institutions/get_by_id": lambda plaid: plaid.institution("ins_109508"),
        }

    @property
    def _checking(self) -> str:
        return self.login.accounts["checking"]

    @property
    def _brokerage(self) -> str:
        return next(iter(self.broker.accounts.values()))

    def _public_token(self) -> str:
        with self.bank.world.lock:
            return new_public_token(self.bank.world, self.bank.world.items[self.login.item_id])

    def _another_login(self) -> str:
        return self.bank.bank.link("ins_109508", days=1, roles=("savings",)).access_token

    def _key_id(self) -> str:
        return self.bank.world.keys.current.kid

    def outcome(self, path: str, plaid: Gateway, *faults: PlannedFault) -> PlaidError | None:
        """The error of the call with these faults; None if it went well. Anything else than a PlaidError is raised."""
        self.bank.faults.expect(faults)
        try:
            self.calls[path](plaid)
        except PlaidError as error:
            return error
        finally:
            self.bank.faults.expect([])
        return None


@pytest.fixture
def endpoints(bank: EmulatorServer) -> Endpoints:
    return Endpoints(bank)


@pytest.fixture
def hurried(bank: EmulatorServer) -> Gateway:
    known_as = credentials()
    assert known_as
    plaid = Gateway(known_as)
    plaid._api.api_client.rest_client.pool_manager = HurriedTransport()
    return plaid


def told(error: PlaidError) -> str:
    """What a person reads of it: a sentence, and no piece of an answer or an address."""
    sentence = str(error)
    assert sentence.endswith(".")
    assert not {"http", "127.0.0.1", "<", "access-", "Traceback"} & {*sentence.split()}
    return sentence


def test_every_fault_at_every_endpoint_is_a_typed_error(endpoints, toll):
    plaid = gateway_from_settings()
    for path in endpoints.calls:
        assert endpoints.outcome(path, plaid) is None, path
        for kind, argument in MAKE_AN_ERROR:
            toll("faults", named(kind, argument))
            started = time.monotonic()
            error = endpoints.outcome(path, plaid, PlannedFault(path, kind, argument))
            assert error is not None or (path, argument) in HARMLESS, (path, kind, argument)
            if error:
                told(error)
            assert time.monotonic() - started < LONGEST, (path, kind)
        toll("faults", named("wrong_type", None))
        assert endpoints.outcome(path, plaid, PlannedFault(path, "wrong_type")) is None, path
        assert endpoints.outcome(path, plaid) is None, f"{path} after all that"
    assert len(MAKE_AN_ERROR) >= 30


# Their answers are not read, so that any JSON will do.
HARMLESS = {(path, text) for path in ("/item/remove", "/item/webhook/update") for text in ("null", "[]", "7", '"text"')}


def test_no_answer_however_slow_or_long_outlasts_the_deadline(endpoints, hurried, toll):
    for path in endpoints.calls:
        for kind, argument in TAKE_FOR_EVER:
            toll("faults", named(kind, argument))
            started = time.monotonic()
            assert endpoints.outcome(path, hurried, PlannedFault(path, kind, argument)) is not None, (path, kind)
            assert time.monotonic() - started < LONGEST, (path, kind)


def test_a_body_of_200_megabytes_is_not_read_to_its_end(endpoints):
    error = endpoints.outcome("/accounts/get", gateway_from_settings(), PlannedFault("/accounts/get", "large"))
    assert error is not None


def test_whatever_stands_in_a_field_is_an_answer_or_a_typed_error(endpoints, toll):
    plaid = gateway_from_settings()
    for path in endpoints.calls:
        for place in places(endpoints, path):
            toll("faults", f"in a field of {path}", len(VALUES) + 1)
            for value in VALUES:
                endpoints.outcome(path, plaid, PlannedFault(path, "set", {"at": place, "value": value}))
            endpoints.outcome(path, plaid, PlannedFault(path, "drop", {"at": place}))


def places(endpoints: Endpoints, path: str) -> Iterator[str]:
    """The paths of an answer's fields, three deep and of each list's first entry."""
    plaid, listening = gateway_from_settings(), ListeningTransport()
    usual = plaid._api.api_client.rest_client.pool_manager
    plaid._api.api_client.rest_client.pool_manager = listening
    endpoints.calls[path](plaid)
    plaid._api.api_client.rest_client.pool_manager = usual
    yield from _paths(json.loads(listening.heard), "", 3)


def _paths(value: Any, prefix: str, depth: int) -> Iterator[str]:
    entries = value.items() if isinstance(value, dict) else enumerate(value[:1]) if isinstance(value, list) else ()
    for key, inside in entries:
        yield f"{prefix}{key}"
        if depth > 1:
            yield from _paths(inside, f"{prefix}{key}.", depth - 1)


# The same in the middle of a sync

IN_A_SYNC: list[tuple[str, Any]] = [
    *MAKE_AN_ERROR,
    ("error", "TRANSACTIONS_ERROR/TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION"),
    ("set", {"at": "next_cursor", "value": ""}),
    ("set", {"at": "next_cursor", "value": None}),
    ("set", {"at": "next_cursor", "value": "x" * 2000}),
    ("set", {"at": "has_more", "value": None}),
    ("set", {"at": "added", "value": None}),
    ("drop", {"at": "removed"}),
]
FOR_EVER = 10_000
ROWS: list[tuple[str, Any]] = [
    *(("set", {"at": "added.0.amount", "value": value}) for value in (None, "4.50", float("nan"), 10**30, True)),
    *(("set", {"at": "added.0.date", "value": value}) for value in (None, "yesterday", "2026-02-30", "0001-01-01", 7)),
    *(("set", {"at": f"added.0.{name}", "value": None}) for name in ("pending", "account_id", "iso_currency_code")),
    ("drop", {"at": "added.0.transaction_id"}),
    ("set", {"at": "added.0.transaction_id", "value": ""}),
    ("set", {"at": "added.0.account_id", "value": "of-somebody-else"}),
    ("set", {"at": "added.0", "value": "not a row"}),
]
HARMLESS_ROWS: list[tuple[str, Any]] = [
    ("set", {"at": "added.0.payment_channel", "value": "telepathy"}),
    ("set", {"at": "added.0.personal_finance_category", "value": None}),
    ("set", {"at": "brand_new", "value": {"x": [1]}}),
    ("set", {"at": "transactions_update_status", "value": "SOMETHING_NEW"}),
    ("copy", {"at": "added.0", "to": "added"}),
    ("copy", {"at": "added.0", "to": "modified"}),
    ("wrong_type", None),
]


@pytest.fixture
def household(transactional_db: None, bank: EmulatorServer, user: User) -> Household:
    """An account with a few synced rows, and news of three pages at its bank."""
    made = Household(bank, user)
    made.add("12.00", 5, "SAFEWAY 0042", pending=False)
    assert made.sync()
    return made


def news(household: Household, number: int) -> None:
    for part in range(7):
        household.add(f"{number}.{part:02}", part, f"PURCHASE {number} {part}", pending=part == 6)


def a_clean_sync_makes_it_good(household: Household) -> None:
    household.order([])
    outcome = household.sync("scheduled")
    assert outcome
    assert outcome.status == SyncLog.Status.SUCCESS
    invariants.books_equal_the_bank(household)
    invariants.runs_are_finished(household)


@pytest.mark.parametrize("page", [1, 2, 3])
def test_a_sync_that_fails_on_a_page_leaves_the_books_as_they_were(household, page, toll):
    for number, (kind, argument) in enumerate(IN_A_SYNC, start=1):
        toll("faults", named(kind, argument))
        news(household, number)
        before, cursor = invariants.dump(household), household.linked.cursor
        household.order([PlannedFault(SYNC, kind, argument, page, FOR_EVER)])
        started = time.monotonic()
        outcome = household.sync()
        assert outcome.status == SyncLog.Status.ERROR, (kind, argument)
        assert isinstance(outcome.error, PlaidError)
        told(outcome.error)
        assert time.monotonic() - started < LONGEST
        assert (invariants.dump(household), household.linked.cursor) == (before, cursor), (kind, argument)
        invariants.the_cursor_is_never_ahead(household)
        a_clean_sync_makes_it_good(household)


def test_pages_without_end_are_given_up_after_500(household):
    news(household, 1)
    before, calls = invariants.dump(household), household.transport.calls
    household.order([PlannedFault(SYNC, "endless_pages", times=FOR_EVER)])
    assert household.sync(work_seconds=FOR_EVER).log.error_code == "PROVIDER_LOOP"
    assert household.transport.calls - calls == 500
    assert invariants.dump(household) == before
    a_clean_sync_makes_it_good(household)


def test_a_row_that_no_bank_should_send_is_held_and_the_others_are_posted(household, toll):
    for number, (kind, argument) in enumerate(ROWS, start=1):
        toll("faults", named(kind, argument))
        news(household, number)
        held, known = HeldLine.objects.count(), household.account.transactions.count()
        household.order([PlannedFault(SYNC, kind, argument)])
        outcome = household.sync()
        assert (outcome.status, outcome.log.held) == (SyncLog.Status.SUCCESS, 1), (kind, argument)
        assert HeldLine.objects.count() == held + 1
        assert household.account.transactions.count() == known + 6, (kind, argument)
        invariants.books_equal_the_bank(household)


def test_what_is_new_or_said_twice_is_no_trouble(household, toll):
    for number, (kind, argument) in enumerate(HARMLESS_ROWS, start=1):
        toll("faults", named(kind, argument))
        news(household, number)
        household.order([PlannedFault(SYNC, kind, argument)])
        assert household.sync().status == SyncLog.Status.SUCCESS, (kind, argument)
        household.order([])
        invariants.books_equal_the_bank(household)
    assert not HeldLine.objects.exists()


def test_data_that_changes_under_the_run_is_read_anew_at_most_three_times(household):
    mutation = "TRANSACTIONS_ERROR/TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION"
    for times, status in ((1, "success"), (3, "success"), (4, "error")):
        news(household, times)
        calls = household.transport.calls
        household.order([PlannedFault(SYNC, "error", mutation, 2 * time) for time in range(1, times + 1)])
        assert household.sync().status == status, times
        assert household.transport.calls - calls <= 2 * times + 4
        assert not SyncPage.objects.exists()
        a_clean_sync_makes_it_good(household)
