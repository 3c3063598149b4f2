"""Runs a command that does not outlive whoever holds the other end of this process's standard input.

The holder can be killed in any way: the kernel closes its end of the pipe, and the command ends with every process
that it started. A holder that writes to the pipe first asks the command to end in its own time. `tethered` starts
one; it runs as `python -m budgetapp.tether COMMAND...`.
"""

import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 5.0
# From linux/prctl.h.
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def tethered(
    command: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    stdout: IO[bytes] | int | None = None,
    stderr: IO[bytes] | None = None,
) -> subprocess.Popen[bytes]:
    """The tether of `command`, at work in the project's folder; signals to this process's group don't reach it."""
    tether = [sys.executable, "-m", "budgetapp.tether", *command]
    return subprocess.Popen(
        tether, cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=stdout, stderr=stderr, start_new_session=True
    )


def pipe_of(tether: subprocess.Popen[bytes]) -> IO[bytes]:
    """The end that its holder holds. Raises TypeError for a process that was started without one."""
    if tether.stdin is None:
        raise TypeError("A tethered process is started with a pipe.")
    return tether.stdin


def main(command: list[str]) -> int:
    """The exit code of `command`; ends with it, or ends it when the pipe is closed."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # only the pipe and the command decide when this process ends
    _prctl(PR_SET_CHILD_SUBREAPER, 1)  # whom the command leaves behind is reaped here
    child = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=_prepare,  # noqa: PLW1509  this process has no threads
    )
    while child.poll() is None:
        said = _heard()
        if said == b"":
            break
        if said:
            child.terminate()
    _end_group(child)
    return child.wait()


def _prepare() -> None:
    """In the command's process: ordinary signals, and a request to end should this process be killed."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    _prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _prctl(option: int, value: int) -> None:
    """Linux only; elsewhere the pipe has to do."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value)


def _heard() -> bytes | None:
    """What came through the pipe, b"" once its other end is closed; None if nothing did for a moment."""
    readable = select.select([sys.stdin], [], [], 0.2)[0]
    return os.read(sys.stdin.fileno(), 1024) if readable else None


def _end_group(child: subprocess.Popen[bytes]) -> None:
    """Ends every process of the command's group, politely at first."""
    deadline = time.monotonic() + PATIENCE
    _signal(child, signal.SIGTERM)
    while _signal(child, 0):
        if time.monotonic() > deadline:
            _signal(child, signal.SIGKILL)
        child.poll()
        _reap_orphans(child)
        time.sleep(0.05)


def _signal(child: subprocess.Popen[bytes], number: int) -> bool:
    """Whether anybody of the group was there to be signalled; signal 0 only asks."""
    try:
        os.killpg(child.pid, number)
    except ProcessLookupError:
        return False
    return True


def _reap_orphans(child: subprocess.Popen[bytes]) -> None:
    """Takes note of those who ended after the command did; the command's own exit code is Popen's to read."""
    if child.returncode is None:
        return
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass  # nobody is left


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
