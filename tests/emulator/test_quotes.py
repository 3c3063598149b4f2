from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from plaid_sync.emulator.server import EmulatorServer
from tests.emulator.asking import Answer, send
from tests.emulator.conftest import TODAY


@pytest.fixture
def quotes(server: EmulatorServer) -> Callable[[str], Answer]:
    return lambda path: send(f"{server.url}/simulated/quotes/{path}", None)


def closes(answer: Answer) -> dict[date, Decimal]:
    assert answer.status == 200, answer.body
    return {date.fromisoformat(row["day"]): Decimal(row["close"]) for row in answer.body["closes"]}


def test_shares_have_a_close_on_each_weekday_up_to_today(quotes) -> None:
    answer = quotes("XPLT?days=14")
    days = [TODAY - timedelta(days=number) for number in range(13, -1, -1)]
    assert list(closes(answer)) == [day for day in days if day.weekday() < 5]
    assert (answer.body["currency"], answer.body["name"]) == ("USD", "Platypus Total Market ETF")


def test_coins_have_one_on_each_day_under_their_pair(quotes) -> None:
    assert len(closes(quotes("BTC-USD?days=7"))) == 7
    assert quotes("BTC?days=7").status == 404


def test_prices_are_those_that_the_brokerages_state(server: EmulatorServer, ask, quotes) -> None:
    linked = server.bank.link("ins_900101")
    answer = ask("/investments/holdings/get", access_token=linked.access_token)
    stated = {
        security["ticker_symbol"]: (date.fromisoformat(security["close_price_as_of"]), security["close_price"])
        for security in answer.body["securities"]
        if security["ticker_symbol"] in {"PLTP", "XPLT", "XBND"}
    }
    assert stated
    for ticker, (day, price) in stated.items():
        assert closes(quotes(ticker))[day] == price


def test_prices_before_a_split_are_as_they_were_traded(quotes) -> None:
    prices = list(closes(quotes("PLTP?days=730")).values())
    falls = [before / after for before, after in pairwise(prices)]
    assert max(falls) > Decimal("3.5")
    assert sum(fall > Decimal("1.5") for fall in falls) == 1


def test_the_index_is_there_though_nobody_holds_it(quotes) -> None:
    assert len(closes(quotes("SPY?days=730"))) > 500


@pytest.mark.parametrize("path", ["CUR:USD", "CUR%3AUSD", "NOPE", "", "XPLT/more"])
def test_what_is_not_listed_is_not_found(quotes, path: str) -> None:
    assert quotes(path).status == 404


@pytest.mark.parametrize("days", ["0", "-1", "731", "many"])
def test_days_have_a_range(quotes, days: str) -> None:
    assert quotes(f"XPLT?days={days}").status == 400
