import gc
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from accounts.saved_settings import read_anew
from plaid_sync.emulator.server import EmulatorServer

BOTH_DATABASES = ["default", "investments"]

# No test fails because a machine is busy; and a fixture that all examples of a test share is meant so.
hypothesis_settings.register_profile(
    "house", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
hypothesis_settings.load_profile("house")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kill-rounds", type=int, default=1, help="how often each kill is made")
    parser.addoption("--race-rounds", type=int, default=10, help="how often eight processes race for one thing")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Races count their rounds themselves; a test of kills is made anew for each."""
    names, rounds = metafunc.fixturenames, metafunc.config.option.kill_rounds
    if "toll" in names and "race_rounds" not in names and rounds > 1:
        metafunc.parametrize("_round", range(rounds))


@pytest.fixture
def race_rounds(request: pytest.FixtureRequest) -> int:
    return request.config.option.race_rounds


@pytest.fixture
def _round() -> int:
    return 0


@pytest.fixture
def toll(_round: int, record_property: Callable[[str, object], None]) -> Callable[..., None]:
    """Counts for the table at the end: what was done (kills, races, faults), to what, and how often."""
    return lambda what, whom, count=1: record_property("toll", [what, whom, count])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    made: Counter[tuple[str, str]] = Counter()
    failed: Counter[tuple[str, str]] = Counter()
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            for name, value in report.user_properties if report.when == "call" else []:
                if name == "toll":
                    what, whom, count = value
                    made[what, whom] += count
                    failed[what, whom] += outcome == "failed"
    if made:
        terminalreporter.section("kills, races and faults")
    for (what, whom), count in sorted(made.items()):
        terminalreporter.line(f"{what:11}{whom:56.56}{count:6}   violations {failed[what, whom]}")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A test that may use the database may use both, as the app does: the accounts page reads the investments.

    On a database server only those tests are made: the others are the same there as beside SQLite.
    """
    is_server = settings.HAS_DATABASE_SERVER
    elsewhere = "sqlite" if is_server else "postgresql"
    chosen, others = [], []
    for item in items:
        is_of_databases = _let_use_both(item)
        is_for_here = (is_of_databases or not is_server) and not item.get_closest_marker(elsewhere)
        (chosen if is_for_here else others).append(item)
    config.hook.pytest_deselected(items=others)
    items[:] = chosen


def _let_use_both(item: pytest.Item) -> bool:
    """Whether the test may use the database; if so, it now may use both."""
    mark = item.get_closest_marker("django_db")
    if not mark and not {"db", "transactional_db"} & set(getattr(item, "fixturenames", ())):
        return False
    databases = {"databases": BOTH_DATABASES} | (mark.kwargs if mark else {})
    item.add_marker(pytest.mark.django_db(**databases), append=False)
    return True


def pytest_collection_finish() -> None:
    """What is imported by now stays: those who fork need not look through it for what has to go first.

    Most of what tests leave behind is freed at once; looking for the rest as often as usual takes a seventh of a
    history's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)


@pytest.fixture(autouse=True)
def _settings_are_read_anew() -> None:
    """What an earlier test saved is rolled back; nobody may remember it."""
    read_anew()


@pytest.fixture
def user(db: None) -> User:
    return User.objects.create_user("alice", password="a long enough password")


@pytest.fixture
def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def bank(settings, tmp_path: Path) -> Iterator[EmulatorServer]:
    """A simulated bank that the app is configured for, and a data folder of the test's own."""
    settings.DATA_DIR = tmp_path
    settings.PLAID_TOKEN_ENCRYPTION_KEY = ""
    settings.HAS_DATABASE_SERVER = False
    settings.PLAID_WEBHOOK_URL = "http://nobody.invalid/"  # a test that wants webhooks says where to
    with EmulatorServer() as server:
        settings.PLAID_ENV = settings.PLAID_CLIENT_ID = settings.PLAID_SECRET = "emulator"
        settings.PLAID_EMULATOR_URL = server.url
        yield server
