from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone
from django_q.models import OrmQ, Schedule, Success
from django_q.tasks import async_task

from accounts.models import WorkerHeartbeat
from accounts.worker import beat, is_late, last_result, run_soon

NOW = datetime(2026, 3, 14, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db
ran: list[tuple[int, str]] = []


def remember(number: int, word: str) -> None:
    ran.append((number, word))


@pytest.fixture(autouse=True)
def nothing_ran() -> None:
    ran.clear()


def seen_at(moment: datetime) -> None:
    WorkerHeartbeat.objects.update_or_create(pk=1, defaults={"beat_at": moment})


def test_a_worker_that_was_never_seen_is_late() -> None:
    assert is_late(NOW)


@pytest.mark.parametrize(("minutes", "late"), [(0, False), (5, False), (5.1, True), (600, True)])
def test_a_worker_is_late_after_five_minutes(minutes: float, late: bool) -> None:
    seen_at(NOW - timedelta(minutes=minutes))
    assert is_late(NOW) is late


def test_a_beat_is_seen_and_there_is_one_row_of_them() -> None:
    beat()
    beat()
    assert not is_late(timezone.now())
    assert WorkerHeartbeat.objects.count() == 1


def test_a_worker_whose_heartbeat_waits_behind_long_jobs_is_not_late() -> None:
    async_task("math.sqrt", 4, sync=True)
    assert not is_late(timezone.now())


def test_a_job_is_through_when_its_result_is_stored() -> None:
    beat()
    assert last_result() is None
    async_task("math.sqrt", 4, sync=True)
    assert last_result() is not None
    assert [task.result for task in Success.objects.all()] == [2.0]


def test_work_is_queued_while_the_worker_is_there() -> None:
    beat()
    assert run_soon(remember, 3, "three") is True
    assert ran == []
    [queued] = OrmQ.objects.all()
    assert queued.task["func"] == f"{__name__}.remember"
    assert queued.task["args"] == (3, "three")


def test_work_is_done_at_once_when_there_is_no_worker() -> None:
    assert run_soon(remember, 3, "three") is False
    assert ran == [(3, "three")]
    assert not OrmQ.objects.exists()


def test_what_a_failed_transaction_queued_never_runs() -> None:
    beat()
    with pytest.raises(RuntimeError), transaction.atomic():
        run_soon(remember, 3, "three")
        raise RuntimeError("The transaction fails.")
    assert not OrmQ.objects.exists()


@pytest.fixture
def on_time() -> None:
    """No schedule is late, however long ago the database was made."""
    Schedule.objects.update(next_run=timezone.now())


def test_worker_health_is_quiet_about_a_well_worker(on_time: None) -> None:
    beat()
    output = StringIO()
    call_command("worker_health", stdout=output)
    assert "The worker is well: last seen" in output.getvalue()


def test_worker_health_fails_when_the_worker_is_late() -> None:
    with pytest.raises(CommandError, match="never been seen"):
        call_command("worker_health")
    seen_at(timezone.now() - timedelta(minutes=6))
    with pytest.raises(CommandError, match="late: last seen"):
        call_command("worker_health")


def test_worker_health_fails_when_schedules_stand_still(on_time: None) -> None:
    beat()
    Schedule.objects.filter(name="Heartbeat").update(next_run=timezone.now() - timedelta(minutes=6))
    with pytest.raises(CommandError, match="Heartbeat is overdue"):
        call_command("worker_health")


def test_worker_health_can_ask_and_says_when_nobody_answers() -> None:
    seen_at(timezone.now() - timedelta(minutes=1))
    with pytest.raises(CommandError, match="did not answer within 0 seconds: last seen"):
        call_command("worker_health", ping=0)
    assert [queued.task["func"] for queued in OrmQ.objects.all()] == ["accounts.worker.beat"]
