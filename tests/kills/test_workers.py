"""A real worker, killed part by part: it goes on by itself, or the keeper starts it again."""

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.kills.installation import install, wait_until
from tests.kills.workers import KEEPING, LOG, PARTS, KeptWorker, kept_worker

BUSY = """
import django
django.setup()
from django_q.tasks import async_task
async_task("time.sleep", 6)
"""


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    with kept_worker(tmp_path_factory.mktemp("install")) as worker:
        yield worker


@pytest.mark.parametrize("part", PARTS)
def test_a_worker_goes_on_after_one_of_its_processes_was_killed(kept: KeptWorker, toll, part):
    toll("kills", f"worker: {part}")
    victim = kept.part(part)
    victim.kill()
    wait_until(lambda: victim.pid not in {each.pid for each in kept.clusters()}, "it is gone")
    kept.wait_until_well()


def test_a_worker_goes_on_after_it_was_killed_at_work(kept: KeptWorker, toll):
    toll("kills", "worker: busy worker")
    count = kept.installation.log(LOG).count("'time.sleep'")
    subprocess.run([sys.executable, "-c", BUSY], env=kept.installation.environment, check=True)
    wait_until(lambda: kept.installation.log(LOG).count("'time.sleep'") > count, "it works")
    kept.part("worker").kill()
    kept.wait_until_well()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
def test_nobody_is_left_when_the_keeper_ends(tmp_path, toll, number):
    toll("kills", f"worker: keeper by {number.name}")
    installation = install(tmp_path)
    with installation.running(sys.executable, "-c", KEEPING, log=LOG) as keeper:
        wait_until(lambda: "ready for work" in installation.log(LOG), "it has started")
        os.kill(keeper.pid, number)
        keeper.wait(30)
        wait_until(lambda: installation.processes() == [], "all have ended")


def test_a_worker_that_is_asked_to_end_finishes_its_job(tmp_path):
    installation = install(tmp_path)
    command = (sys.executable, "manage.py", "worker")
    with installation.running(*command, log=LOG) as keeper:
        wait_until(lambda: "ready for work" in installation.log(LOG), "it has started")
        subprocess.run([sys.executable, "-c", BUSY], env=installation.environment, check=True)
        wait_until(lambda: "'time.sleep'" in installation.log(LOG), "it works")
        began = time.monotonic()
        keeper.send_signal(signal.SIGTERM)
        assert keeper.wait(60) == 0
        assert time.monotonic() - began > 3
    assert "Processed 'time.sleep'" in installation.log(LOG)
    assert installation.processes() == []
