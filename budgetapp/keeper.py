"""Keeps the job worker at work: starts it again when it ends, and when nothing has come through it for long.

A cluster of django-q does not get over every death among its processes: one that is killed while it waits at a queue
takes the queue's lock with it, and its successor waits for ever. If that is the process which stores results, jobs are
done, but never leave the queue, and are done again later. Only a job that went all the way tells: a heartbeat is one.
"""

import logging
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone

from accounts.worker import LATE_AFTER, last_result
from budgetapp.demo_mode.bank import DemoBanks
from budgetapp.tether import pipe_of, tethered

logger = logging.getLogger(__name__)

CLUSTER = (sys.executable, str(settings.BASE_DIR / "manage.py"), "qcluster")
LOOK_EVERY = 5.0
LONGEST_JOB = 150.0  # a job works for two minutes at most


def keep_at_work(command: Sequence[str] = CLUSTER, *, late_after: timedelta = LATE_AFTER) -> None:
    """Runs the worker, and the demo's banks beside it, until an exception ends this.

    Asked to end by one, as SystemExit in a signal's handler, the worker finishes its job first. Killed, this process
    takes the others with it at once.
    """
    with DemoBanks() as banks:
        while True:
            worker, since = tethered(command), timezone.now()
            try:
                while worker.poll() is None and not _is_silent(since, late_after):
                    banks.look()
                    time.sleep(LOOK_EVERY)
            except (SystemExit, KeyboardInterrupt):
                _ask_to_end(worker)
                raise
            finally:
                _end(worker)
            logger.error("The worker ended or stood still; it is started again")
            time.sleep(LOOK_EVERY)


def _is_silent(since: datetime, late_after: timedelta) -> bool:
    """Whether no job's result was stored for so long; not while the database can't tell."""
    try:
        seen = last_result()
    except DatabaseError:
        logger.warning("The database can't be asked when a job's result was last stored", exc_info=True)
        return False
    finally:
        connection.close()
    return timezone.now() - max(seen or since, since) > late_after


def _ask_to_end(worker: subprocess.Popen[bytes]) -> None:
    pipe = pipe_of(worker)
    try:
        pipe.write(b"\n")
        pipe.flush()
        worker.wait(LONGEST_JOB)
    except (BrokenPipeError, subprocess.TimeoutExpired):
        pass  # it has ended, or has to be ended


def _end(worker: subprocess.Popen[bytes]) -> None:
    """Ends every process of the worker that is left."""
    pipe_of(worker).close()
    worker.wait()
