"""What Plaid tells leads to: the bank's webhooks over HTTP, the app's address, the worker's jobs."""

import time
from datetime import timedelta

import pytest
from django.db import connections
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ

from accounts.models import SyncLog
from plaid_sync.emulator import errors as bank_errors
from plaid_sync.emulator import news
from plaid_sync.emulator.bank import Phase
from plaid_sync.models import InvestmentLink, InvestmentRun, LinkedAccount, PlaidItem, WebhookEvent
from plaid_sync.stream_run import ALREADY_RUNNING
from plaid_sync.tasks import sync_due_accounts, sync_linked_account, tidy_connections
from plaid_sync.webhooks.tasks import act_on_webhooks
from tests.plaid_sync.notices import (
    body_of,
    item_id,
    outcomes,
    post,
    queued,
    send,
    settle,
    tell_the_app,
    triggers,
    work,
)
from tests.plaid_sync.runs import in_threads

pytestmark = pytest.mark.django_db(transaction=True)
SYNC = "/transactions/sync"
Outcome = WebhookEvent.Outcome


# New rows


def test_rows_that_appear_at_the_bank_appear_in_the_books_by_themselves(told_bank):
    told_bank.server.bank.tick(3)
    settle(told_bank)
    work()
    for role in told_bank.links:
        assert told_bank.rows(role) == told_bank.ledger(role)
    assert triggers() == ["webhook"] * 3
    assert ("SYNC_UPDATES_AVAILABLE", Outcome.DONE) in outcomes()
    assert not OrmQ.objects.exists()


def test_a_burst_of_webhooks_is_one_run_per_account(told_bank):
    for _ in range(5):
        told_bank.server.bank.tick()
    settle(told_bank)
    work()
    assert triggers() == ["webhook"] * 3


def test_the_older_webhooks_mean_nothing_once_an_account_is_synced(told_bank):
    told_bank.server.bank.notify(item_id(told_bank), news=news.News("TRANSACTIONS", "DEFAULT_UPDATE"))
    settle(told_bank)
    work()
    assert triggers() == []
    assert outcomes() == [("DEFAULT_UPDATE", Outcome.NOTED)]


def test_the_older_webhooks_begin_a_stream_that_had_nothing_yet(told_bank):
    LinkedAccount.objects.filter(pk=told_bank.links["card"].pk).update(cursor="")
    told_bank.server.bank.notify(item_id(told_bank), news=news.News("TRANSACTIONS", "INITIAL_UPDATE"))
    settle(told_bank)
    work()
    assert triggers() == ["webhook"]
    assert SyncLog.objects.get().account == told_bank.account("card")


def test_a_history_that_gets_ready_is_fetched_when_the_bank_says_so(told_bank):
    item = told_bank.server.world.items[item_id(told_bank)]
    item.phase = Phase.NOT_READY
    told_bank.server.bank.advance(item.item_id, Phase.HISTORICAL)
    settle(told_bank)
    work()
    assert triggers() == ["webhook"] * 3


# One run, whoever asks


def test_two_workers_a_button_a_schedule_and_a_webhook_are_one_run(told_bank, signed_in):
    told_bank.server.bank.add(told_bank.links["checking"].plaid_account_id, "4.50")
    LinkedAccount.objects.filter(pk=told_bank.links["checking"].pk).update(next_sync_at=timezone.now())
    signed_in.post(reverse("sync_account", args=[told_bank.account().pk]))
    sync_due_accounts()
    told_bank.server.bank.refresh(item_id(told_bank))
    settle(told_bank)

    in_turns(queued())

    work()
    assert len(triggers(told_bank.account())) == 1
    assert told_bank.rows() == told_bank.ledger()


def in_turns(calls) -> None:
    """Two workers that take turns at the queue."""
    in_threads(*[lambda mine=calls[start::2]: [call() for call in mine] for start in (0, 1)])


def test_a_delivery_that_arrives_several_times_at_once_is_one_event(told_bank):
    body = body_of(item_id(told_bank))
    signature = told_bank.server.world.keys.current.sign(body, at=time.time())
    assert in_threads(*[lambda: post(body, signature).status_code] * 6) == [200] * 6
    assert WebhookEvent.objects.count() == OrmQ.objects.count() == 1


def test_news_and_a_lost_sign_in_at_once_do_not_wait_for_each_other(told_bank):
    key = told_bank.server.world.keys.current
    told_bank.server.world.items[item_id(told_bank)].needs_login = True
    roles = list(told_bank.links)
    news_of = [lambda age=age: send(key, body_of(item_id(told_bank)), age=age).status_code for age in range(1, 4)]
    came_to = in_threads(*news_of, *[lambda role=role: told_bank.sync(role).status for role in roles], act_on_webhooks)
    assert came_to[:3] == [200] * 3
    act_on_webhooks()
    assert PlaidItem.objects.get().status == PlaidItem.Status.LOGIN_REQUIRED
    assert not LinkedAccount.objects.exclude(next_sync_at=None).exists()
    assert not WebhookEvent.objects.filter(outcome=Outcome.WAITING).exists()


def test_what_the_bank_tells_during_a_run_is_fetched_by_one_more(told_bank):
    link = told_bank.links["checking"]
    added: list[str] = []
    elsewhere: list[object] = []  # what another worker's jobs come to

    def late_purchase() -> None:
        try:
            added.append(told_bank.server.bank.add(link.plaid_account_id, "4.50"))
            send(told_bank.server.world.keys.current, body_of(item_id(told_bank)))
            act_on_webhooks()
            elsewhere.extend(call() for call in queued())
        finally:
            connections.close_all()

    LinkedAccount.objects.filter(pk=link.pk).update(is_wanted=True)
    told_bank.server.script.after(SYNC, late_purchase)
    sync_linked_account(link.pk, "scheduled")
    work()
    assert ALREADY_RUNNING in elsewhere
    assert triggers(link.account) == ["scheduled", "retry"]
    assert added[0] in [row[0] for row in told_bank.rows()]


def test_without_a_worker_what_was_told_during_a_run_is_due_at_once(told_bank):
    link = told_bank.links["checking"]
    asked = LinkedAccount.objects.filter(pk=link.pk)
    told_bank.server.script.after(SYNC, lambda: (asked.update(is_wanted=True), connections.close_all()))
    told_bank.sync()
    assert told_bank.link().next_sync_at <= timezone.now()


def test_an_event_that_no_worker_took_is_acted_on_by_the_schedule(told_bank):
    told_bank.server.bank.add(told_bank.links["checking"].plaid_account_id, "4.50")
    told_bank.server.bank.refresh(item_id(told_bank))
    settle(told_bank)
    OrmQ.objects.all().delete()
    assert act_on_webhooks() == 3
    work()
    assert triggers() == ["webhook"] * 3


# Investments


@pytest.fixture
def told_brokerage(live_server, brokerage):
    """A followed and synced brokerage whose webhooks reach the app by HTTP; a worker is there."""
    for mask in brokerage.links:
        brokerage.sync(mask)
    InvestmentRun.objects.all().delete()
    item = next(iter(brokerage.links.values())).item
    tell_the_app(brokerage.server, item.item_id, live_server.url)
    return brokerage


def test_a_trade_at_the_brokerage_is_read_by_itself_once(told_brokerage):
    link = next(iter(told_brokerage.links.values()))
    told_brokerage.server.bank.trade(link.plaid_account_id, "xplt", "3")
    told_brokerage.server.bank.refresh(link.item.item_id)
    settle(told_brokerage)
    assert {event.kind for event in WebhookEvent.objects.all()} == {"HOLDINGS", "INVESTMENTS_TRANSACTIONS"}
    work()
    runs = InvestmentRun.objects.order_by("pk")
    assert list(runs.values_list("trigger", "status")) == [("webhook", "success")] * len(told_brokerage.links)
    assert runs.get(account_key=link.account_key).added == 1


def test_what_is_told_while_investments_are_read_is_due_at_once(told_brokerage):
    mask, link = next(iter(told_brokerage.links.items()))
    asked = InvestmentLink.objects.filter(pk=link.pk)
    holdings = "/investments/holdings/get"
    told_brokerage.server.script.after(holdings, lambda: (asked.update(is_wanted=True), connections.close_all()))
    told_brokerage.sync(mask)
    assert told_brokerage.link(mask).next_sync_at <= timezone.now()


# What means nothing here


def test_an_item_that_nobody_knows_is_written_down(told_bank):
    key = told_bank.server.world.keys.current
    assert send(key, body_of("nobody's")).status_code == 200
    work()
    assert outcomes() == [("SYNC_UPDATES_AVAILABLE", Outcome.UNKNOWN_ITEM)]
    assert triggers() == []


def test_an_item_of_another_environment_is_nobodys(told_bank):
    PlaidItem.objects.update(environment="production")
    send(told_bank.server.world.keys.current, body_of(item_id(told_bank)))
    work()
    assert outcomes() == [("SYNC_UPDATES_AVAILABLE", Outcome.UNKNOWN_ITEM)]


def test_an_item_that_was_given_back_stays_so(told_bank):
    PlaidItem.objects.update(status=PlaidItem.Status.REMOVED)
    told_bank.server.bank.reset_login(item_id(told_bank))
    settle(told_bank)
    work()
    assert outcomes() == [("ERROR", Outcome.UNKNOWN_ITEM)]
    assert PlaidItem.objects.get().status == PlaidItem.Status.REMOVED


@pytest.mark.parametrize(
    ("kind", "code"),
    [("ITEM", "WEBHOOK_UPDATE_ACKNOWLEDGED"), ("TRANSACTIONS", "RECURRING_TRANSACTIONS_UPDATE"), ("X", "Y")],
)
def test_a_code_without_a_meaning_is_written_down(told_bank, kind, code):
    send(told_bank.server.world.keys.current, body_of(item_id(told_bank), code, kind))
    work()
    assert outcomes() == [(code, Outcome.NOTED)]
    assert triggers() == []


# Trouble


def test_while_plaid_does_not_answer_an_event_waits_for_a_day(told_bank):
    told_bank.server.bank.reset_login(item_id(told_bank))
    settle(told_bank)
    told_bank.server.script.refuse("/item/get", bank_errors.internal_server_error())
    act_on_webhooks()
    assert outcomes() == [("ERROR", Outcome.WAITING)]
    act_on_webhooks()
    assert outcomes() == [("ERROR", Outcome.DONE)]
    assert PlaidItem.objects.get().status == PlaidItem.Status.LOGIN_REQUIRED


def test_an_event_that_nothing_came_of_for_a_day_is_given_up(told_bank):
    told_bank.server.bank.reset_login(item_id(told_bank))
    settle(told_bank)
    WebhookEvent.objects.update(received_at=timezone.now() - timedelta(hours=25))
    told_bank.server.script.refuse("/item/get", bank_errors.internal_server_error())
    act_on_webhooks()
    assert outcomes() == [("ERROR", Outcome.FAILED)]


def test_events_are_forgotten_after_a_month(told_bank):
    told_bank.server.bank.reset_login(item_id(told_bank))
    told_bank.server.bank.repair_login(item_id(told_bank))
    settle(told_bank)
    oldest = WebhookEvent.objects.order_by("pk").first()
    WebhookEvent.objects.filter(pk=oldest.pk).update(received_at=timezone.now() - timedelta(days=31))
    tidy_connections()
    assert not WebhookEvent.objects.filter(pk=oldest.pk).exists()
    assert WebhookEvent.objects.count() == 1


def test_the_admin_shows_events_and_changes_none(told_bank, admin_client):
    told_bank.server.bank.reset_login(item_id(told_bank))
    settle(told_bank)
    event = WebhookEvent.objects.get()
    page = admin_client.get(reverse("admin:plaid_sync_webhookevent_changelist")).content.decode()
    assert "ITEM" in page
    address = reverse("admin:plaid_sync_webhookevent_change", args=[event.pk])
    assert admin_client.get(address).status_code == 200
    assert admin_client.post(address, {"outcome": "done"}).status_code == 403
