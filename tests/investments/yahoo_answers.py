"""The real Yahoo client over a session whose answers are written down: no socket is opened."""

import json
from datetime import date, datetime, time, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import requests
from requests.adapters import BaseAdapter

Answer = tuple[int, str]
NOT_FOUND = {"chart": {"result": None, "error": {"code": "Not Found", "description": "No data found"}}}
HTML = "<html><body>Will be right back</body></html>"


class Yahoo(BaseAdapter):
    """Answers the chart of each symbol by what `charts` says, and every other address with nothing of use."""

    def __init__(self, charts: dict[str, Answer | Exception]) -> None:
        super().__init__()
        self.charts = charts
        self.asked_for: list[str] = []

    def send(self, request: requests.PreparedRequest, *_args: object, **_options: object) -> requests.Response:
        path = urlsplit(request.url or "").path
        answer: Answer | Exception = (200, "")
        if "/chart/" in path:
            symbol = path.rpartition("/")[2]
            if not self.asked_for or self.asked_for[-1] != symbol:
                self.asked_for.append(symbol)
            answer = self.charts.get(symbol, (404, json.dumps(NOT_FOUND)))
        elif "quoteSummary" in path or "/quote" in path:
            answer = (404, json.dumps(NOT_FOUND))
        if isinstance(answer, Exception):
            raise answer
        return respond(request, answer)

    def close(self) -> None:
        """Nothing is open."""


def respond(request: requests.PreparedRequest, answer: Answer) -> requests.Response:
    response = requests.Response()
    response.status_code, text = answer
    response._content = text.encode()
    response.url, response.request = request.url or "", request
    return response


def session_with(yahoo: Yahoo) -> requests.Session:
    session = requests.Session()
    session.mount("https://", yahoo)
    return session


def chart(
    closes: dict[date, float | None],
    *,
    currency: str | None = "USD",
    zone: str = "America/New_York",
    name: str = "A name",
    splits: dict[date, float] | None = None,
) -> Answer:
    """A chart as Yahoo sends it: one row a day, stamped with the opening of the exchange."""
    stamps = {day: int(datetime.combine(day, time(9, 30), ZoneInfo(zone)).timestamp()) for day in closes}
    rows = list(closes.values())
    quote = dict.fromkeys(("open", "high", "low", "close"), rows) | {"volume": [1000] * len(rows)}
    result = {
        "meta": {
            "currency": currency,
            "exchangeTimezoneName": zone,
            "instrumentType": "EQUITY",
            "longName": name,
            "regularMarketTime": max(stamps.values(), default=0),
            "validRanges": ["1d", "5d", "1mo", "2y"],
        },
        "timestamp": list(stamps.values()),
        "indicators": {"quote": [quote], "adjclose": [{"adjclose": rows}]},
    }
    if splits:
        events = {
            str(stamps[day]): {"date": stamps[day], "numerator": ratio, "denominator": 1, "splitRatio": f"{ratio}:1"}
            for day, ratio in splits.items()
        }
        result["events"] = {"splits": events}
    return 200, json.dumps({"chart": {"result": [result], "error": None}})


def week(*closes: float | None, ending: date = date(2026, 3, 20), **about: object) -> Answer:
    """A chart of so many days in a row."""
    first = ending - timedelta(days=len(closes) - 1)
    return chart({first + timedelta(days=number): close for number, close in enumerate(closes)}, **about)
