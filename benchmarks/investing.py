"""The time that the database takes for the portfolio page, with few and with many holdings over two years."""

import datetime
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.db import connections
from django.test import Client
from django.utils import timezone

from benchmarks import install
from benchmarks.figures import Result
from investments.benchmark import TICKER
from investments.market_hours import market_day
from investments.models import DayValue, Holding, InvestmentAccount, InvestmentTransaction, PriceQuote, Security

FEW, MANY = 10, 200
DAYS = 731
ROUNDS, TURNS = 15, 10
DATABASE = "investments"

Query = tuple[str, Any]


def result() -> Result:
    """All queries of the page, over all of its history, at 200 holdings against 10."""
    install.fresh_database()
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(User.objects.create_user("bench"))
    queries, seconds = {}, {}
    for count in (FEW, MANY):
        install.use_investments(f"{count}-holdings")
        _fill(count)
        queries[count], seconds[count] = _queries_of_page(client)
    if len(queries[FEW]) != len(queries[MANY]):
        raise SystemExit(
            f"The page took {len(queries[FEW])} queries for {FEW} holdings, {len(queries[MANY])} for {MANY}"
        )
    few, many = _shortest_times(queries)
    detail = f"{many * 1000:.1f} ms against {few * 1000:.1f} ms in {len(queries[MANY])} queries, "
    detail += f"page {seconds[MANY]:.2f} s against {seconds[FEW]:.2f} s"
    return Result(f"portfolio with {MANY} holdings x 2 years against {FEW}", many / few, 3, detail=detail)


def _queries_of_page(client: Client) -> tuple[list[Query], float]:
    """What the page asks the investments database, and how long the whole answer takes the second time."""
    queries: list[Query] = []
    elapsed = 0.0
    for _ in range(2):
        started = time.perf_counter()
        with _recorded(queries):
            response = client.get("/investments/", {"period": "all"})
        elapsed = time.perf_counter() - started
        if response.status_code != 200:
            raise SystemExit(f"The portfolio page answered {response.status_code}")
    return queries, elapsed


@contextmanager
def _recorded(queries: list[Query]) -> Iterator[None]:
    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        queries.append((sql, params))
        return execute(sql, params, many, context)

    queries.clear()
    with connections[DATABASE].execute_wrapper(note):
        yield


def _shortest_times(queries: dict[int, list[Query]]) -> list[float]:
    """Of running all queries and fetching every row, in turns: so short a time is only ever measured too long."""
    times: dict[int, list[float]] = {count: [] for count in queries}
    for _ in range(ROUNDS):
        for count, asked in queries.items():
            install.use_investments(f"{count}-holdings")
            with connections[DATABASE].cursor() as cursor:
                for _ in range(TURNS):
                    started = time.perf_counter()
                    for sql, params in asked:
                        cursor.execute(sql, params)
                        cursor.fetchall()
                    times[count].append(time.perf_counter() - started)
    return [min(measured) for measured in times.values()]


def _fill(count: int) -> None:
    """One account with this many holdings, a snapshot and a close of each day, and a deposit each month."""
    today = market_day(timezone.now())
    first = today - datetime.timedelta(days=DAYS - 1)
    account = InvestmentAccount.objects.create(name="Bench", connection_status="connected", history_from=first)
    securities = Security.objects.bulk_create(
        Security(ticker=ticker, name=ticker, security_type="etf", price_source="plaid")
        for ticker in [*(f"T{number}" for number in range(count)), TICKER]
    )
    price = {"price": Decimal("10.25"), "price_as_of": today, "value": Decimal("35.875"), "cost_basis": Decimal(30)}
    Holding.objects.bulk_create(
        Holding(investment_account=account, security=security, as_of_date=today, quantity=Decimal("3.5"), **price)
        for security in securities[:count]
    )
    PriceQuote.objects.bulk_create(
        PriceQuote(security=security, day=today, close=Decimal("10.25"), currency="USD", source="simulated")
        for security in securities
    )
    InvestmentTransaction.objects.bulk_create(
        InvestmentTransaction(investment_account=account, kind="deposit", amount=Decimal(-100), date=day)
        for day in (today - datetime.timedelta(days=30 * month + 1) for month in range(24))
    )
    _repeat_every_day(Holding._meta.db_table, "as_of_date")
    _repeat_every_day(PriceQuote._meta.db_table, "day")
    PriceQuote.objects.filter(day__week_day__in=[1, 7]).delete()  # weekends
    DayValue.objects.add_up(account.pk, first, today)
    with connections[DATABASE].cursor() as cursor:
        cursor.execute("ANALYZE")


def _repeat_every_day(table: str, day_column: str) -> None:
    """The table's rows again for each earlier day, in the order of days: one by one they take half a minute."""
    with connections[DATABASE].cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} LIMIT 0")  # noqa: S608  a table name of ours
        columns = [name for name, *_ in cursor.description if name != "id"]
        copied = [f"date({name}, -n || ' days')" if name == day_column else name for name in columns]
        cursor.execute(
            f"WITH RECURSIVE earlier(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM earlier WHERE n < {DAYS - 1}) "  # noqa: S608  of ours too
            f"INSERT INTO {table} ({', '.join(columns)}) "
            f"SELECT {', '.join(copied)} FROM {table}, earlier ORDER BY n DESC"
        )
