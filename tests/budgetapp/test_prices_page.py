import re
from datetime import timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone
from django_q.models import OrmQ
from pytest_django import DjangoAssertNumQueries

from accounts.worker import beat
from investments.by_hand import set_position
from investments.market_hours import market_day
from investments.models import InvestmentAccount, PriceRun, Security
from plaid_sync.emulator.server import EmulatorServer

pytestmark = pytest.mark.django_db
Status = PriceRun.Status


def make_run(status: str = "success", minutes_ago: int = 12, **facts: object) -> PriceRun:
    started_at = timezone.now() - timedelta(minutes=minutes_ago)
    usual: dict[str, object] = {"source": "simulated", "asked": 3, "priced": 3}
    finished_at = None if status == Status.RUNNING else started_at + timedelta(seconds=2)
    return PriceRun.objects.create(status=status, started_at=started_at, finished_at=finished_at, **(usual | facts))


def hold(ticker: str, **facts: object) -> Security:
    account, _ = InvestmentAccount.objects.get_or_create(name="Savings plan")
    security = Security.objects.create(**{"ticker": ticker, "name": ticker, "security_type": "etf"} | facts)
    today = market_day(timezone.now())
    set_position(account, security, quantity=Decimal(2), cost_basis=None, today=today)
    return security


def shown(client: Client, address: str = "/investments/prices/") -> str:
    return unescape(client.get(address).content.decode())


def words_of(page: str) -> str:
    return re.sub(r"<[^>]+>", "", page)


def test_a_run_says_how_many_prices_came_and_which_did_not(signed_in: Client, bank: EmulatorServer) -> None:
    make_run(priced=2, failures={"GONE": "The source knows no price."})
    page = shown(signed_in)
    for words in ("2 of 3", "GONE", "The source knows no price.", "12 minutes ago", "2.0 s", "simulated market"):
        assert words in page


def test_what_is_held_without_a_fresh_price_stands_with_its_last_one(signed_in: Client, bank: EmulatorServer) -> None:
    day = {"close_price": Decimal("12.5000000000"), "close_price_as_of": "2026-03-16", "price_source": "plaid"}
    hold("GONE", name="A fund that is gone", is_price_stale=True, **day)
    hold("NEVER", is_price_stale=True)
    hold("FRESH", is_price_stale=False)
    make_run(failures={"GONE": "The source knows no price."})
    page = words_of(shown(signed_in))
    for words in ("A fund that is gone", "$12.50", "16 Mar 2026", "Your institution", "NEVER"):
        assert words in page
    assert "FRESH" not in page


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("rate_limited", "asked for a pause"),
        ("unreachable", "did not answer"),
        ("out_of_time", "Goes on"),
        ("interrupted", "Interrupted"),
    ],
)
def test_a_run_that_did_not_end_well_says_what_happens_next(
    signed_in: Client, bank: EmulatorServer, status: str, words: str
) -> None:
    make_run(status, asked=1, priced=1, left=2)
    assert words in shown(signed_in)


def test_before_the_first_run_the_page_says_what_will_be_there(signed_in: Client, bank: EmulatorServer) -> None:
    assert "No price was asked for yet" in shown(signed_in)


def test_with_quotes_off_there_is_no_button(signed_in: Client) -> None:
    page = shown(signed_in)
    assert "PRICE_QUOTES=yahoo" in page
    assert '<button class="button primary">' not in page


def test_a_source_outside_is_named_with_what_it_learns(signed_in: Client, settings) -> None:
    settings.PRICE_QUOTES = "yahoo"
    assert "From Yahoo Finance, which learns the tickers that you hold, not how many" in shown(signed_in)


def test_the_button_hands_a_run_to_the_worker(signed_in: Client, bank: EmulatorServer) -> None:
    beat()
    hold("XPLT")
    answer = signed_in.post("/investments/prices/refresh/")
    assert OrmQ.objects.get().func() == "investments.tasks.refresh_all_prices"
    assert bank.calls["/simulated/quotes/XPLT"] == 0
    assert "every 2s" in shown(signed_in, answer["Location"])


def test_without_a_worker_the_button_says_so_and_nothing_is_queued(signed_in: Client, bank: EmulatorServer) -> None:
    answer = signed_in.post("/investments/prices/refresh/", follow=True)
    assert "The background worker is not running" in answer.content.decode()
    assert OrmQ.objects.count() == 0


def test_with_quotes_off_the_button_queues_nothing(signed_in: Client) -> None:
    beat()
    answer = signed_in.post("/investments/prices/refresh/", follow=True)
    assert "Prices are switched off" in answer.content.decode()
    assert OrmQ.objects.count() == 0


def test_only_a_run_that_works_or_is_awaited_is_followed(signed_in: Client, bank: EmulatorServer) -> None:
    now = int(timezone.now().timestamp())
    assert "every 2s" not in shown(signed_in)
    assert "every 2s" in shown(signed_in, f"/investments/prices/?asked={now}")
    assert "every 2s" not in shown(signed_in, f"/investments/prices/?asked={now - 90}")
    assert "every 2s" not in shown(signed_in, "/investments/prices/?asked=yesterday")
    make_run(minutes_ago=0)
    assert "every 2s" not in shown(signed_in, f"/investments/prices/?asked={now - 5}")
    make_run("running", minutes_ago=0)
    assert "every 2s" in shown(signed_in)


def test_the_fragment_is_asked_for_by_htmx(signed_in: Client, bank: EmulatorServer) -> None:
    page = signed_in.get("/investments/prices/", headers={"HX-Request": "true"}).content.decode()
    assert page.strip().startswith('<div id="prices-state"')


def test_the_page_takes_a_fixed_number_of_queries(
    signed_in: Client, bank: EmulatorServer, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(12):
        hold(f"GONE{number}", is_price_stale=True)
        make_run(failures={f"GONE{number}": "The source knows no price."})
    with django_assert_num_queries(3, connection=connections["investments"]):  # runs, last snapshots, stale ones
        signed_in.get("/investments/prices/", headers={"HX-Request": "true"})
