from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
from django.core.management import call_command
from django.db import connections
from django_q.models import Schedule

from budgetapp.schedules import JOBS, Job, ensure_schedules

NOW = datetime(2026, 3, 14, 12, tzinfo=UTC)


def names() -> list[str]:
    return list(Schedule.objects.order_by("name").values_list("name", flat=True))


@pytest.mark.django_db
def test_migrating_creates_every_schedule_once() -> None:
    assert names() == sorted(job.name for job in JOBS)
    call_command("migrate", verbosity=0)
    assert names() == sorted(job.name for job in JOBS)


@pytest.mark.django_db
def test_extra_schedules_of_our_names_go_and_those_of_others_stay() -> None:
    Schedule.objects.create(name=JOBS[0].name, func="accounts.worker.beat", args="not (python")
    Schedule.objects.create(name="Somebody's own", func="math.sqrt", args="4")
    ensure_schedules(NOW)
    assert names() == sorted([*(job.name for job in JOBS), "Somebody's own"])


@pytest.mark.django_db
def test_a_changed_schedule_is_mended() -> None:
    Schedule.objects.filter(name=JOBS[0].name).update(args="not (python", minutes=999, repeats=0, func="math.sqrt")
    ensure_schedules(NOW)
    kept = Schedule.objects.get(name=JOBS[0].name)
    assert (kept.args, kept.minutes, kept.repeats, kept.func) == (None, 1, -1, "accounts.worker.beat")


@pytest.mark.django_db
@pytest.mark.parametrize("astray", [None, NOW + timedelta(days=365), NOW + timedelta(minutes=31)])
def test_a_run_set_for_never_or_the_far_future_is_due_now(astray: datetime | None) -> None:
    Schedule.objects.filter(name=JOBS[1].name).update(next_run=astray)
    ensure_schedules(NOW)
    assert Schedule.objects.get(name=JOBS[1].name).next_run == NOW


@pytest.mark.django_db
@pytest.mark.parametrize("sane", [NOW - timedelta(hours=3), NOW + timedelta(minutes=14)])
def test_a_sane_time_is_kept(sane: datetime) -> None:
    Schedule.objects.filter(name=JOBS[1].name).update(next_run=sane)
    ensure_schedules(NOW)
    assert Schedule.objects.get(name=JOBS[1].name).next_run == sane


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_every_job_is_a_function_without_arguments(job: Job) -> None:
    module, _, name = job.function.rpartition(".")
    assert callable(getattr(import_module(module), name))


def _ensure_in_a_thread(_number: int) -> None:
    try:
        ensure_schedules(NOW)
    finally:
        connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_processes_that_migrate_at_once_create_each_schedule_once() -> None:
    for _round in range(5):
        Schedule.objects.all().delete()
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(_ensure_in_a_thread, range(8)))
        assert names() == sorted(job.name for job in JOBS)
