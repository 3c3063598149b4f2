"""Sixteen visitors on all pages while the worker brings 10,000 rows into SQLite."""

import itertools
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

from budgetapp.demo.household import free_port
from budgetapp.demo.link import connect
from budgetapp.demo.visitor import Visitor
from plaid_sync.emulator.server import EmulatorServer
from tests.kills.installation import Installation, install, wait_until

VIEWS, VISITORS, ROWS = 500, 16, 10_000
PATIENCE = 300
BANK = "ins_109508"
PAGES = (
    "/accounts/",
    "/transactions/",
    "/needs-you/",
    "/connections/",
    "/investments/",
    "/import/",
    "/settings/health/",
)
OWNER = {"DJANGO_SUPERUSER_USERNAME": "alice", "DJANGO_SUPERUSER_PASSWORD": "a long enough password"}


def most_added(installation: Installation) -> int:
    """The rows of the run that brought the most."""
    with closing(sqlite3.connect(installation.folder / "budgetapp.sqlite3", timeout=20)) as database:
        return int(database.execute("SELECT max(added) FROM accounts_synclog").fetchone()[0] or 0)


def synced_accounts(installation: Installation) -> int:
    with closing(sqlite3.connect(installation.folder / "budgetapp.sqlite3", timeout=20)) as database:
        query = "SELECT count(DISTINCT account_id) FROM accounts_synclog WHERE status = 'success'"
        return int(database.execute(query).fetchone()[0])


def signed_in(site: str) -> Visitor:
    visitor = Visitor(site)
    page = visitor.get("/sign-in/")
    visitor.submit(page, page.form("password"), username="alice", password=OWNER["DJANGO_SUPERUSER_PASSWORD"])
    return visitor


def view_pages(site: str, is_over: Callable[[], bool]) -> list[float]:
    """How long each view took; an answer other than 200 fails. At least 500 views, and until it is over."""
    tickets, deadline = itertools.count(), time.monotonic() + PATIENCE
    took: list[float] = []
    failures: list[Exception] = []

    def view(visitor: Visitor) -> None:
        try:
            while (number := next(tickets)) < VIEWS or not is_over():
                began = time.monotonic()
                assert began < deadline, "the sync does not end"
                visitor.get(PAGES[number % len(PAGES)])
                took.append(time.monotonic() - began)
        except Exception as failure:  # noqa: BLE001  told by the test, which fails
            failures.append(failure)

    visitors = [signed_in(site) for _ in range(VISITORS)]
    threads = [threading.Thread(target=view, args=[visitor]) for visitor in visitors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    return took


def test_no_page_and_no_job_meets_a_locked_database_during_a_long_sync(tmp_path: Path, record_property):
    port = free_port()
    site = f"http://127.0.0.1:{port}"
    gunicorn = [sys.executable, "-m", "gunicorn", "budgetapp.wsgi", "--bind", f"127.0.0.1:{port}"]
    with ExitStack() as stack:
        server = stack.enter_context(EmulatorServer())
        plaid = {"PLAID_ENV": "emulator", "PLAID_EMULATOR_URL": server.url, "SITE_URL": site}
        installation = install(tmp_path, **plaid, **OWNER, DJANGO_SUPERUSER_EMAIL="")
        installation.manage("createsuperuser", "--noinput")
        threads = ["--threads", str(VISITORS), "--timeout", "180", "--no-control-socket"]
        stack.enter_context(installation.running(*gunicorn, *threads, log="web.log"))
        stack.enter_context(installation.running(sys.executable, "manage.py", "worker", log="worker.log"))
        installation.manage("worker_health", "--ping", "60")
        wait_until(lambda: "Listening" in installation.log("web.log"), "the web server answers")
        visitor = signed_in(site)
        connect(visitor, server.url, BANK)
        wait_until(lambda: synced_accounts(installation) == 3, "the first syncs are done")
        savings = server.world.items[next(iter(server.world.items))].accounts
        [account_id] = [name for name, each in savings.items() if each.plan.role == "savings"]
        server.bank.fill(account_id, ROWS)
        stack.enter_context(installation.running(sys.executable, "manage.py", "sync_all", log="sync.log"))
        took = sorted(view_pages(site, lambda: most_added(installation) >= ROWS))
    for name in ("web.log", "worker.log", "sync.log"):
        assert "locked" not in installation.log(name), installation.log(name)[-4000:]
        assert "Traceback" not in installation.log(name), installation.log(name)[-4000:]
    p95, worst = took[len(took) * 95 // 100], took[-1]
    record_property(
        "toll", ["page views", f"in a long sync: p95 {p95 * 1000:.0f} ms, worst {worst * 1000:.0f} ms", len(took)]
    )
