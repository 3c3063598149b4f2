"""Syncs of investment accounts: what is recorded equals the institution's own books."""

import datetime
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from functools import partial

import pytest
from django.utils import timezone

from accounts.models import WorkerHeartbeat
from investments.market_hours import market_day
from investments.models import Holding, InvestmentTransaction, PriceQuote, Security
from plaid_sync.brokerage import leave
from plaid_sync.brokerage.tasks import sync_due_investments
from plaid_sync.emulator import errors as bank_errors
from plaid_sync.emulator.bank import Phase
from plaid_sync.emulator.investment_payloads import security_id
from plaid_sync.models import InvestmentLink, InvestmentRun, PlaidItem
from tests.plaid_sync.runs import MINUTE, a_pace, here, in_threads
from tests.plaid_sync.visits import ARGYLE, GINGHAM, TATTERSALL

pytestmark = pytest.mark.django_db
HOLDINGS, TRADES = "/investments/holdings/get", "/investments/transactions/get"
DAY = datetime.timedelta(days=1)


def snapshot(brokerage, mask, day=None):
    """(security, quantity, cost) of what is held by the last snapshot, or by that of a day."""
    rows = brokerage.account(mask).holdings.select_related("security").exclude(quantity=0)
    last = day or max(rows.values_list("as_of_date", flat=True))
    return {
        row.security.plaid_security_id: (row.quantity, row.cost_basis, row.value)
        for row in rows.filter(as_of_date=last)
    }


def held(brokerage, mask):
    return {
        security_id(holding.security.key): (holding.quantity, holding.cost, holding.value)
        for holding in brokerage.book(mask).holdings()
    }


def recorded_trades(brokerage, mask):
    rows = brokerage.account(mask).transactions.live()
    columns = ("external_id", "date", "raw_type", "raw_subtype", "quantity", "amount", "price", "fees")
    return sorted(rows.values_list(*columns))


def own_trades(brokerage, mask):
    return sorted(
        (t.trade_id, t.date, t.type, t.subtype, t.quantity, t.amount, t.price, t.fees)
        for t in brokerage.book(mask).trades.values()
    )


class TestFirstSync:
    @pytest.mark.parametrize("institution_id", [GINGHAM, TATTERSALL, ARGYLE])
    def test_records_what_the_institution_has_in_its_books(self, follow_institution, institution_id):
        brokerage = follow_institution(institution_id)
        for mask in brokerage.links:
            outcome = brokerage.sync(mask)
            assert outcome.status == "success", outcome.error
            assert snapshot(brokerage, mask) == held(brokerage, mask)
            assert recorded_trades(brokerage, mask) == own_trades(brokerage, mask)
            account = brokerage.account(mask)
            assert account.balance_current == brokerage.book(mask).value
            assert (account.connection_status, account.last_sync_error) == ("connected", "")
            assert outcome.log.positions == len(held(brokerage, mask))
            assert outcome.log.added == len(own_trades(brokerage, mask))

    def test_says_when_what_it_read_begins_and_when_it_is_due_again(self, brokerage):
        pace = a_pace()
        brokerage.sync(pace=pace)
        link, account = brokerage.link(), brokerage.account()
        assert link.next_sync_at == pace.now() + datetime.timedelta(hours=6)
        assert account.last_synced_at == pace.now()
        assert link.read_from == account.history_from == market_day(pace.now()) - 730 * DAY

    def test_keeps_prices_with_the_day_that_they_are_of(self, brokerage):
        brokerage.sync()
        security = Security.objects.get(ticker="XPLT")
        market = brokerage.server.world.market
        own = next(each.security for each in brokerage.book().holdings() if each.security.ticker == "XPLT")
        assert security.close_price == market.close(own, brokerage.book().as_of)
        assert security.close_price_as_of == market.priced_on(own, brokerage.book().as_of)
        assert security.price_source == "plaid"
        quote = PriceQuote.objects.get(security=security)
        assert (quote.day, quote.close) == (security.close_price_as_of, security.close_price)
        assert not PriceQuote.objects.filter(security__security_type="cash").exists()

    def test_of_two_accounts_knows_each_security_once(self, follow_institution):
        for institution_id in (GINGHAM, TATTERSALL):
            brokerage = follow_institution(institution_id)
            for mask in brokerage.links:
                brokerage.sync(mask)
        assert Security.objects.filter(ticker="XPLT").count() == 1


class TestLaterSync:
    def test_again_on_the_same_day_changes_nothing(self, brokerage):
        brokerage.sync()
        before = list(Holding.objects.order_by("pk").values_list("pk", "quantity", "value", "as_of_date"))
        run = brokerage.sync().log
        assert list(Holding.objects.order_by("pk").values_list("pk", "quantity", "value", "as_of_date")) == before
        assert (run.added, run.modified, run.withdrawn, run.ended) == (0, 0, 0, 0)
        assert run.unchanged > 0

    def test_of_a_sold_position_ends_it_in_todays_snapshot_and_keeps_earlier_ones(self, brokerage):
        noon = datetime.datetime(2026, 11, 20, 17, tzinfo=datetime.UTC)
        brokerage.sync(pace=a_pace(noon))
        sell(brokerage, "xbnd")
        run = brokerage.sync(pace=a_pace(noon + DAY)).log
        rows = Holding.objects.filter(security__ticker="XBND").order_by("as_of_date")
        assert [(row.as_of_date, row.quantity == 0) for row in rows] == [
            (datetime.date(2026, 11, 20), False),
            (datetime.date(2026, 11, 21), True),
        ]
        assert run.ended == 1
        assert snapshot(brokerage, "6011") == held(brokerage, "6011")

    def test_of_the_same_day_corrects_that_an_ended_position_is_back(self, brokerage):
        pace = a_pace(datetime.datetime(2026, 11, 20, 17, tzinfo=datetime.UTC))
        brokerage.sync(pace=pace)
        sell(brokerage, "xbnd")
        brokerage.sync(pace=pace)
        assert Holding.objects.get(security__ticker="XBND").quantity == 0
        brokerage.server.bank.trade(brokerage.links["6011"].plaid_account_id, "xbnd", "3")
        brokerage.sync(pace=pace)
        assert Holding.objects.get(security__ticker="XBND").quantity == 3

    def test_withdraws_what_the_institution_takes_back_and_keeps_it(self, brokerage):
        account_id = brokerage.links["6011"].plaid_account_id
        trade_id = brokerage.server.bank.trade(account_id, "xplt", "2")
        brokerage.sync()
        brokerage.server.bank.cancel_trade(account_id, trade_id)
        run = brokerage.sync().log
        row = InvestmentTransaction.objects.get(external_id=trade_id)
        assert row.withdrawn_at is not None
        assert run.withdrawn == 1
        assert recorded_trades(brokerage, "6011") == own_trades(brokerage, "6011")

    def test_leaves_what_is_older_than_its_window_alone(self, brokerage):
        brokerage.sync()
        old = min(brokerage.book().trades.values(), key=lambda trade: trade.date)
        brokerage.server.bank.cancel_trade(brokerage.links["6011"].plaid_account_id, old.trade_id)
        run = brokerage.sync().log
        assert run.withdrawn == 0
        assert InvestmentTransaction.objects.get(external_id=old.trade_id).withdrawn_at is None
        assert run.pages == 2

    def test_after_a_long_break_reads_back_to_where_it_was(self, brokerage):
        start = datetime.datetime(2026, 3, 1, 17, tzinfo=datetime.UTC)
        brokerage.sync(pace=a_pace(start))
        account_id = brokerage.links["6011"].plaid_account_id
        trade_id = brokerage.server.bank.trade(account_id, "xplt", "2", on=datetime.date(2026, 3, 10))
        brokerage.sync(pace=a_pace(datetime.datetime(2026, 11, 20, 17, tzinfo=datetime.UTC)))
        assert InvestmentTransaction.objects.filter(external_id=trade_id).exists()


def sell(brokerage, key):
    quantity = brokerage.book().quantity(key)
    brokerage.server.bank.trade(brokerage.links["6011"].plaid_account_id, key, str(-quantity))


class TestDay:
    def test_of_the_snapshot_is_new_yorks(self, brokerage):
        midnight_in_london = datetime.datetime(2026, 11, 21, 0, 30, tzinfo=datetime.UTC)
        brokerage.sync(pace=a_pace(midnight_in_london))
        assert set(Holding.objects.values_list("as_of_date", flat=True)) == {datetime.date(2026, 11, 20)}

    def test_is_decided_once_although_midnight_passes_in_mid_run(self, brokerage):
        moments = iter([datetime.datetime(2026, 11, 21, 4, 59, 59, tzinfo=datetime.UTC)] * 2)
        later = datetime.datetime(2026, 11, 21, 5, 0, 1, tzinfo=datetime.UTC)
        pace = a_pace()
        brokerage.sync(pace=replace(pace, now=lambda: next(moments, later)))
        assert set(Holding.objects.values_list("as_of_date", flat=True)) == {datetime.date(2026, 11, 20)}
        assert InvestmentRun.objects.get().finished_at == later


class TestPages:
    @pytest.fixture
    def busy(self, brokerage):
        for _n in range(520):
            brokerage.server.bank.trade(brokerage.links["6011"].plaid_account_id, "xplt", "0.01")
        return brokerage

    def test_are_read_to_the_end(self, busy):
        run = busy.sync().log
        assert run.pages > 2
        assert recorded_trades(busy, "6011") == own_trades(busy, "6011")

    def test_that_shift_in_mid_read_are_read_again(self, busy):
        account_id = busy.links["6011"].plaid_account_id
        busy.server.script.before(TRADES, lambda: busy.server.bank.trade(account_id, "xplt", "1"), call=2)
        assert busy.sync().status == "success"
        assert recorded_trades(busy, "6011") == own_trades(busy, "6011")
        assert busy.server.calls[TRADES] == 4

    def test_that_never_stand_still_end_the_run_and_it_tries_later(self, busy):
        account_id = busy.links["6011"].plaid_account_id
        for call in range(1, 20):
            busy.server.script.before(TRADES, lambda: busy.server.bank.trade(account_id, "xplt", "1"), call=call)
        pace = a_pace()
        outcome = busy.sync(pace=pace)
        assert (outcome.status, outcome.log.error_code) == ("error", "TOTAL_CHANGED")
        assert busy.link().next_sync_at == pace.now() + MINUTE
        assert not InvestmentTransaction.objects.exists()


class TestNotReady:
    def test_shows_holdings_at_once_and_asks_for_the_history_again(self, bank, follow_institution):
        bank.bank.begin_items_at(Phase.NOT_READY)
        brokerage = follow_institution(ARGYLE)
        waits = []
        for _attempt in range(4):
            pace = a_pace()
            assert brokerage.sync("4010", pace=pace).status == "not_ready"
            waits.append(brokerage.link("4010").next_sync_at - pace.now())
        assert waits == [MINUTE, 5 * MINUTE, 15 * MINUTE, 15 * MINUTE]
        assert snapshot(brokerage, "4010") == held(brokerage, "4010")
        assert brokerage.account("4010").history_from is None
        bank.bank.advance(brokerage.link("4010").item.item_id, Phase.HISTORICAL)
        assert brokerage.sync("4010").status == "success"
        assert recorded_trades(brokerage, "4010") == own_trades(brokerage, "4010")


class TestTrouble:
    def test_of_the_login_stops_all_its_accounts_and_a_success_ends_it(self, brokerage):
        bank = brokerage.server.bank
        bank.reset_login(brokerage.link().item.item_id)
        outcome = brokerage.sync()
        assert (outcome.status, outcome.error.code) == ("error", "ITEM_LOGIN_REQUIRED")
        for mask in brokerage.links:
            link = brokerage.link(mask)
            assert (link.connection_status, link.next_sync_at) == ("login_required", None)
            assert brokerage.account(mask).connection_status == "login_required"
            assert "Gingham Brokerage asks you to sign in again." in brokerage.account(mask).last_sync_error
        bank.repair_login(brokerage.link().item.item_id)
        assert brokerage.sync().status == "success"
        assert brokerage.link("6022").connection_status == "connected"
        assert brokerage.link("6022").next_sync_at is not None

    def test_that_passes_leaves_the_account_connected_and_says_why(self, brokerage):
        brokerage.server.script.refuse(HOLDINGS, bank_errors.institution_down())
        pace = a_pace()
        brokerage.sync(pace=pace)
        account = brokerage.account()
        assert account.connection_status == "connected"
        assert account.last_sync_error == brokerage.link().last_sync_error != ""
        assert brokerage.link().next_sync_at == pace.now() + MINUTE

    def test_of_missing_consent_stays_with_the_investments(self, brokerage):
        brokerage.server.script.refuse(HOLDINGS, bank_errors.additional_consent_required("investments"))
        brokerage.sync()
        assert brokerage.link().item.status == "active"
        assert (brokerage.account().connection_status, brokerage.link().next_step) == ("login_required", "sign_in")
        assert brokerage.link().next_sync_at is None

    def test_in_mid_run_leaves_everything_as_it_was(self, brokerage):
        brokerage.server.script.refuse(TRADES, bank_errors.institution_down())
        brokerage.sync()
        assert not Holding.objects.exists()
        assert not Security.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_accounts_that_hold_the_same_are_synced_at_once_and_share_their_securities(follow_institution):
    brokerages = [follow_institution(institution_id) for institution_id in (GINGHAM, TATTERSALL)]
    runs = [partial(brokerage.sync, mask) for brokerage in brokerages for mask in brokerage.links]
    outcomes = in_threads(*runs)
    assert [str(outcome.status) for outcome in outcomes] == ["success"] * 4
    ids = Security.objects.values_list("plaid_security_id", flat=True)
    assert len(ids) == len(set(ids))
    for brokerage in brokerages:
        for mask in brokerage.links:
            assert snapshot(brokerage, mask) == held(brokerage, mask)


class TestAlone:
    def test_a_second_run_is_told_at_once_that_one_is_at_it(self, brokerage):
        InvestmentLink.objects.filter(pk=brokerage.links["6011"].pk).update(
            lease_token="other", lease_until=datetime.datetime(2099, 1, 1, tzinfo=datetime.UTC)
        )
        assert brokerage.sync().status == "already_running"
        assert not InvestmentRun.objects.exists()

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize("ending", [leave.disconnect, leave.delete])
    def test_a_run_whose_account_is_ended_meanwhile_records_nothing(self, brokerage, ending):
        account = brokerage.account()
        brokerage.server.script.after(TRADES, here(lambda: ending(account)))
        assert brokerage.sync().status == "cancelled"
        assert not Holding.objects.exists()
        assert not InvestmentTransaction.objects.exists()
        assert set(InvestmentRun.objects.values_list("status", flat=True)) <= {"cancelled"}
        assert not InvestmentLink.objects.filter(account_key=account.key).exists()


def test_sums_of_quantities_over_all_trades_are_the_holdings(follow_institution):
    brokerage = follow_institution(TATTERSALL)
    for mask in brokerage.links:
        brokerage.sync(mask)
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for row in brokerage.account(mask).transactions.live().exclude(security=None):
            sums[row.security.plaid_security_id] += row.quantity
        shares = {key: quantity for key, (quantity, _cost, _value) in snapshot(brokerage, mask).items()}
        shares.pop(security_id("usd"))
        assert {key: quantity for key, quantity in sums.items() if quantity} == shares


class TestSchedule:
    @pytest.fixture(autouse=True)
    def due(self, brokerage):
        InvestmentLink.objects.update(next_sync_at=timezone.now() + DAY)
        InvestmentLink.objects.filter(mask="6022").update(next_sync_at=timezone.now() - MINUTE)

    def test_syncs_the_accounts_whose_time_has_come(self, brokerage):
        assert sync_due_investments() == 1
        run = InvestmentRun.objects.get()
        assert (run.name, run.trigger, run.status) == ("Gingham Roth IRA ••6022", "scheduled", "success")
        assert brokerage.link("6022").next_sync_at > timezone.now() + datetime.timedelta(hours=5)

    def test_queues_what_is_due_once_for_the_worker(self, brokerage):
        WorkerHeartbeat.objects.create(pk=1, beat_at=timezone.now())
        assert (sync_due_investments(), sync_due_investments()) == (1, 0)

    @pytest.mark.parametrize("state", ["attaching", "detaching", "deleting"])
    def test_leaves_an_account_alone_that_is_on_its_way_in_or_out(self, brokerage, state):
        InvestmentLink.objects.update(state=state)
        assert sync_due_investments() == 0

    def test_asks_nobody_while_the_login_is_in_error(self, brokerage):
        PlaidItem.objects.update(status=PlaidItem.Status.LOGIN_REQUIRED)
        assert sync_due_investments() == 0

    def test_does_nothing_without_credentials(self, brokerage, settings):
        settings.PLAID_CLIENT_ID = ""
        assert sync_due_investments() == 0
