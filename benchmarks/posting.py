"""Parsing, matching and storing lines, against the least that SQLite itself needs for the same rows."""

import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from decimal import Decimal
from statistics import median

from django.db import connection, transaction
from django.utils import timezone

from accounts import ledger
from accounts.lines import Delivery, Tally
from accounts.models import Account, SourceRecord, SyncLog, Transaction
from benchmarks import bank, install
from benchmarks.figures import Result
from plaid_sync.payloads import Fold
from plaid_sync.replies import parse_json

FEED = "plaid:bench"
ROUNDS = 5
TURNS = 15


def results() -> Iterator[Result]:
    """10,000 new lines, the same again, and 100 lines into small and large tables."""
    bodies = list(bank.pages(0, 10_000))
    raw, first, again = [], [], []
    for _ in range(ROUNDS):
        rows = _stored_rows(bodies)
        raw.append(raw_insert(bodies, rows))
        install.fresh_database()
        account = Account.objects.create(name="Bench")
        first.append(_timed_post(account, bodies, Tally(added=10_000)))
        again.append(_timed_post(account, bodies, Tally(unchanged=10_000)))
    detail = f"{median(first):.2f} s against {median(raw):.2f} s"
    yield Result("10,000 new lines against raw insert + JSON", median(first) / median(raw), 8, detail=detail)
    yield Result("the same 10,000 again against the first time", median(again) / median(first), 1 / 3)
    small, large = _hundred_into(10_000, 200_000)
    detail = f"{large * 1000:.0f} ms against {small * 1000:.0f} ms"
    yield Result("100 new lines into 200,000 rows against into 10,000", large / small, 1.5, detail=detail)


def _timed_post(account: Account, bodies: Sequence[str], expected: Tally) -> float:
    run = SyncLog.objects.create(account=account, source="plaid", trigger="manual", started_at=timezone.now())
    started = time.perf_counter()
    fold = Fold(bank.ACCOUNT_ID)
    for body in bodies:
        fold.add(parse_json(body))
    delivery = Delivery(FEED, list(fold.lines.values()), frozenset(fold.removed_ids), fold.unpostable)
    with transaction.atomic():
        tally = ledger.post(account, delivery, run, now=timezone.now())
    elapsed = time.perf_counter() - started
    if tally != expected:
        raise SystemExit(f"The benchmark posted {tally}, not {expected}")
    return elapsed


def _stored_rows(bodies: Sequence[str]) -> list[tuple[str, list[tuple[object, ...]]]]:
    """What a post stores, table by table, as the driver takes it."""
    install.fresh_database()
    account = Account.objects.create(name="Bench")
    _timed_post(account, bodies, Tally(added=10_000))
    return [rows_of(Transaction._meta.db_table), rows_of(SourceRecord._meta.db_table)]


def rows_of(table: str) -> tuple[str, list[tuple[object, ...]]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} ORDER BY id")  # noqa: S608  a table name of ours
        return table, cursor.fetchall()


def raw_insert(bodies: Sequence[str], tables: Sequence[tuple[str, list[tuple[object, ...]]]]) -> float:
    """Seconds for JSON and `executemany`, committed every 500 rows, into tables of the same indexes."""
    file = install.fresh_database()
    raw = sqlite3.connect(file)
    raw.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL")
    started = time.perf_counter()
    for body in bodies:
        json.loads(body, parse_float=Decimal)
    for table, rows in tables:
        places = ", ".join("?" * len(rows[0]))
        for start in range(0, len(rows), bank.PAGE_ROWS):
            raw.executemany(f"INSERT INTO {table} VALUES ({places})", rows[start : start + bank.PAGE_ROWS])  # noqa: S608
            raw.commit()
    elapsed = time.perf_counter() - started
    raw.close()
    return elapsed


def _hundred_into(*sizes: int) -> list[float]:
    """Seconds for 100 new lines into accounts of these sizes, measured in turns."""
    accounts = {size: _filled(size) for size in sizes}
    times: dict[int, list[float]] = {size: [] for size in sizes}
    for turn in range(TURNS):
        for size, account in accounts.items():
            install.use_database(f"{size}-rows")
            lines = list(bank.pages(size + turn * 100, 100, days=30))
            times[size].append(_timed_post(account, lines, Tally(added=100)))
    return [median(times[size]) for size in sizes]


def _filled(rows: int) -> Account:
    """An account with this many rows over ten years, in a database of its own."""
    install.fresh_database(f"{rows}-rows")
    account = Account.objects.create(name="Bench")
    for start in range(0, rows, 20_000):
        count = min(20_000, rows - start)
        _timed_post(account, list(bank.pages(start, count, days=3650)), Tally(added=count))
    return account
