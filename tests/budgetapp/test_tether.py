import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.budgetapp.processes import ROOT

# A command that starts a child of its own; both write their ids down and then wait for ever.
FAMILY = """
import os, signal, sys, time
{ignore}
open(sys.argv[1] + "/parent", "w").write(str(os.getpid()))
if os.fork() == 0:
    open(sys.argv[1] + "/child", "w").write(str(os.getpid()))
while True:
    time.sleep(1)
"""
STUBBORN = FAMILY.format(ignore="signal.signal(signal.SIGTERM, signal.SIG_IGN)")
POLITE = FAMILY.format(ignore="")


def tethered(code: str, folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "budgetapp.tether", sys.executable, "-c", code, str(folder)]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE)


def family(folder: Path) -> list[int]:
    """The ids of the two processes, once both are there."""
    for _ in range(200):
        files = [folder / "parent", folder / "child"]
        if all(file.exists() and file.read_text() for file in files):
            return [int(file.read_text()) for file in files]
        time.sleep(0.05)
    raise AssertionError("The command did not start.")


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def assert_gone(pids: list[int]) -> None:
    for _ in range(200):
        if not any(is_running(pid) for pid in pids):
            return
        time.sleep(0.05)
    raise AssertionError(f"Still running: {[pid for pid in pids if is_running(pid)]}")


def test_a_command_ends_with_its_children_when_the_pipe_is_closed(tmp_path: Path) -> None:
    tether = tethered(POLITE, tmp_path)
    pids = family(tmp_path)
    assert tether.stdin is not None
    tether.stdin.close()
    tether.wait(timeout=20)
    assert_gone(pids)


def test_a_command_that_does_not_listen_ends_too(tmp_path: Path) -> None:
    tether = tethered(STUBBORN, tmp_path)
    pids = family(tmp_path)
    assert tether.stdin is not None
    tether.stdin.close()
    tether.wait(timeout=30)
    assert_gone(pids)


HOLDER = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-m", "budgetapp.tether", sys.executable, "-c", sys.argv[1], sys.argv[2]],
                 stdin=subprocess.PIPE)
time.sleep(60)
"""


def test_a_command_ends_when_its_holder_is_killed(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, POLITE, str(tmp_path)], cwd=ROOT)
    pids = family(tmp_path)
    holder.kill()
    holder.wait()
    assert_gone(pids)


def test_a_child_that_a_command_left_behind_ends_with_it(tmp_path: Path) -> None:
    tether = tethered(POLITE, tmp_path)
    parent, child = family(tmp_path)
    os.kill(parent, signal.SIGKILL)
    assert tether.wait(timeout=20) == -signal.SIGKILL % 256
    assert_gone([child])


@pytest.mark.parametrize("code", [0, 3])
def test_the_exit_code_is_the_commands(tmp_path: Path, code: int) -> None:
    command = [sys.executable, "-m", "budgetapp.tether", sys.executable, "-c", f"raise SystemExit({code})"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE) as tether:
        assert tether.wait(timeout=20) == code
