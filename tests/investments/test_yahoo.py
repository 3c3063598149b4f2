import json
from datetime import date
from decimal import Decimal

import pytest
import requests

from investments.quotes import Quotes, RateLimited, SourceFailed, Span
from investments.yahoo import YahooQuotes, exact
from tests.budgetapp.processes import ROOT
from tests.investments.yahoo_answers import HTML, NOT_FOUND, Answer, Yahoo, chart, session_with, week

RECORDINGS = ROOT.parent / "shared" / "data" / "yahoo"
FRIDAY = date(2026, 3, 20)


def ask(symbol: str, answer: Answer | Exception, span: Span = Span.WEEK) -> Quotes | None:
    return YahooQuotes(session_with(Yahoo({symbol: answer}))).quotes(symbol, span)


def recording(name: str) -> Answer:
    path = RECORDINGS / name
    if not path.exists():
        pytest.skip(f"{path} is not here")
    response = json.loads(path.read_text())["response"]
    return response["status"], json.dumps(response["bodyJson"])


@pytest.mark.parametrize(
    ("symbol", "name", "currency", "day", "close"),
    [
        ("AAPL", "chart-AAPL-2020-01-01-to-2020-01-03.json", "USD", date(2020, 1, 2), "75.0875"),
        ("ABBV", "chart-ABBV-2020-01-01-to-2020-01-03.json", "USD", date(2020, 1, 2), "89.55"),
        ("CRON", "chart-CRON-2020-01-01-to-2020-01-03.json", "USD", date(2020, 1, 2), "7.36"),
        ("GOOG", "chart-GOOG-2020-01-01-to-2020-01-03.json", "USD", date(2020, 1, 2), "68.3685"),
        ("QQQ", "chart-QQQ-2020-01-01-to-2020-01-03.json", "USD", date(2020, 1, 2), "216.16"),
        ("OCDO.L", "chart-OCDO.L-2020-01-01-to-2020-01-03.json", "GBP", date(2020, 1, 2), "12.595"),
        ("BTC-USD", "chart-BTC-USD-2020-01-01-to-2020-01-03.json", "USD", date(2020, 1, 3), "7344.8843"),
        ("ORSTED.CO", "historical-via-chart-ORSTED.CO-2020-01-01-to-2020-01-03.json", "DKK", date(2020, 1, 2), "681"),
        ("WSKT.JK", "historical-via-chart-WSKT.JK-2020-01-01-to-2020-01-03.json", "IDR", date(2020, 1, 2), "1505"),
        (
            "EURUSD=X", "historical-via-chart-EURUSD=X-2020-01-01-to-2020-01-03.json",
            "USD", date(2020, 1, 3), "1.1171438",
        ),
    ],
)  # fmt: skip
def test_recorded_answers_give_the_price_and_its_currency(
    symbol: str, name: str, currency: str, day: date, close: str
) -> None:
    quotes = ask(symbol, recording(name))
    assert quotes is not None
    assert (quotes.currency, list(quotes.closes)[-1], quotes.closes[day]) == (currency, day, Decimal(close))


def test_a_recorded_split_is_taken_out_of_the_days_before_it() -> None:
    quotes = ask("NVDA", recording("historical-via-chart-NVDA-split-2021-02-01-to-2022-01-31.csv.json"), Span.TWO_YEARS)
    assert quotes is not None
    # 4 to 1 on 20 July 2021. The recording is of 2025, so that the split of 2024 (10 to 1) is still in all of them.
    assert quotes.closes[date(2021, 7, 19)] * 10 == pytest.approx(Decimal("751.19"), abs=Decimal("0.01"))
    assert quotes.closes[date(2021, 7, 20)] * 10 == pytest.approx(Decimal("186.12"), abs=Decimal("0.01"))


def test_the_closes_of_all_days_come_with_the_name() -> None:
    quotes = ask("ALLD", week(10.5, 11.25, 12, name="All days"))
    assert quotes == Quotes(
        "USD",
        {date(2026, 3, 18): Decimal("10.5"), date(2026, 3, 19): Decimal("11.25"), FRIDAY: Decimal(12)},
        "All days",
    )


@pytest.mark.parametrize(
    ("quoted_in", "currency"), [("GBp", "GBP"), ("GBX", "GBP"), ("ZAc", "ZAR"), ("ILA", "ILS"), ("CAD", "CAD")]
)
def test_hundredths_become_whole_units(quoted_in: str, currency: str) -> None:
    quotes = ask(f"HU{currency}{quoted_in}".upper(), week(250, currency=quoted_in))
    assert quotes is not None
    assert (quotes.currency, quotes.closes[FRIDAY]) == (
        currency,
        Decimal(250) if quoted_in == "CAD" else Decimal("2.5"),
    )


def test_a_split_and_a_later_one_are_both_taken_out() -> None:
    closes = {date(2026, 3, day): 10.0 for day in (16, 17, 18, 19)}
    quotes = ask("SPLT", chart(closes, splits={date(2026, 3, 17): 2, date(2026, 3, 19): 0.5}))
    assert quotes is not None
    assert list(quotes.closes.values()) == [10, 5, 5, 10]


@pytest.mark.parametrize("missing", [None, 0.0, float("nan")])
def test_a_day_without_a_close_is_left_out(missing: float | None) -> None:
    quotes = ask(f"GAP{missing}".upper(), week(10, missing))
    assert quotes is not None
    assert list(quotes.closes) == [date(2026, 3, 19)]


@pytest.mark.parametrize(
    ("symbol", "answer"),
    [
        ("UNKNOWN", (404, json.dumps(NOT_FOUND))),
        ("NOROWS", chart({})),
        ("ONLYNAN", week(None, None)),
        ("NOMONEY", week(10, currency=None)),
        ("NOTIMES", (200, json.dumps({"chart": {"result": [{"meta": {}, "indicators": {"quote": [{}]}}]}}))),
    ],
)
def test_no_price_is_none_and_never_zero(symbol: str, answer: Answer) -> None:
    assert ask(symbol, answer) is None


@pytest.mark.parametrize("name", ["chart-notimestamp-quotes-length.fake.json"])
def test_a_recorded_answer_without_days_has_no_price(name: str) -> None:
    assert ask("NODAYS", recording(name)) is None


@pytest.mark.parametrize(
    ("symbol", "answer"),
    [
        ("PAGE", (200, HTML)),
        ("BROKEN", (502, HTML)),
        ("SLOW", requests.exceptions.ReadTimeout("10 seconds")),
        ("ALONE", requests.exceptions.ConnectionError("no route")),
    ],
)
def test_an_answer_that_says_nothing_of_the_symbol_is_a_failure(symbol: str, answer: Answer | Exception) -> None:
    with pytest.raises(SourceFailed):
        ask(symbol, answer)


def test_too_many_requests_are_told_apart() -> None:
    with pytest.raises(RateLimited):
        ask("BUSY", (429, "Too Many Requests"))


def test_the_cache_of_the_client_lies_in_the_data_folder(settings) -> None:
    ask("CACHED", week(10))
    # One folder for the whole process, as for a worker.
    assert list((settings.DATA_DIR / "cache" / "yfinance").iterdir())


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        (75.0875015258789, "75.0875"),
        (305.3, "305.3"),
        (1259.5, "1259.5"),
        (0.00001234, "0.00001234"),
        (700123.4375, "700123.44"),
        (123456.78, "123456.78"),
    ],
)
def test_prices_lose_the_noise_of_32_bits(sent: float, meant: str) -> None:
    assert exact(sent) == Decimal(meant)
