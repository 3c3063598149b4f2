"""The worker and its schedules."""

import ast
from datetime import datetime

from django.utils.module_loading import import_string
from django_q.models import OrmQ, Schedule

from accounts.worker import LATE_AFTER, is_late, last_beat
from budgetapp.health.finding import Finding, error, warning, well
from budgetapp.schedules import JOBS, overdue


def worker(now: datetime) -> Finding:
    """Whether jobs are worked on."""
    seen_at, waiting = last_beat(), OrmQ.objects.count()
    queue = [f"{waiting} job{'' if waiting == 1 else 's'} in the queue"] if waiting else []
    if is_late(now):
        seen = f"It was last seen {seen_at:%Y-%m-%d %H:%M} UTC." if seen_at else "It was never seen."
        return error(
            f"The worker is not running. {seen}",
            "Start it with manage.py worker. Sync by hand works all the same.",
            *queue,
        )
    return well("The worker is running.", *queue)


def schedules(now: datetime) -> Finding:
    """Whether every job of ours is scheduled, in time, and no row stops the others."""
    names = set(Schedule.objects.values_list("name", flat=True))
    missing = [job.name for job in JOBS if job.name not in names]
    malformed = [schedule.name or f"number {schedule.pk}" for schedule in _all() if not _is_sane(schedule)]
    if missing or malformed:
        return error(
            "Schedules are missing or can’t be read; one that can’t be read stops all of them.",
            "Run: manage.py migrate. It makes ours anew; remove others in the admin’s database.",
            *(f"missing: {name}" for name in missing),
            *(f"can’t be read: {name}" for name in malformed),
        )
    if late := overdue(now, LATE_AFTER):
        return warning("Schedules are overdue.", "See whether the worker is running.", *late)
    return well(f"{len(JOBS)} schedules are in time.")


def _all() -> list[Schedule]:
    return list(Schedule.objects.order_by("pk"))


def _is_sane(schedule: Schedule) -> bool:
    """Whether the scheduler can turn the row into a job. Of keywords that it can’t read it takes none."""
    try:
        import_string(schedule.func)
        ast.literal_eval(schedule.args or "()")
    except (ImportError, ValueError, SyntaxError):
        return False
    return schedule.schedule_type != Schedule.MINUTES or bool(schedule.minutes)
