import fcntl
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from budgetapp.demo.household import free_port
from tests.budgetapp.processes import ROOT, clean_environment

PATIENCE = 120


def processes_with(mark: str) -> list[str]:
    """The command lines of living processes in whose environment `mark` stands."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (folder / "environ").read_bytes():
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue  # ended meanwhile, or somebody else's
    return [command for command in found if command]  # a process that only waits to be reaped has none


def wait_until(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.2)
    return False


def start_demo(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "demo", *arguments],
        cwd=ROOT,
        env=clean_environment(DATA_DIR=str(folder), TMPDIR=str(folder)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_the_check_proves_the_books_and_leaves_nothing_behind(tmp_path: Path) -> None:
    demo = start_demo(tmp_path, "--check")
    output, _ = demo.communicate(timeout=2 * PATIENCE)
    assert demo.returncode == 0, output
    assert "Books and bank agree." in output
    assert len(re.findall(r"^(?:First Platypus|Platypus OAuth) Bank.* proven$", output, re.MULTILINE)) == 10
    assert len(re.findall(r"^(?:Gingham|Tattersall) .* proven$", output, re.MULTILINE)) == 8
    assert processes_with(str(tmp_path)) == []
    assert list(tmp_path.glob("budgetapp-demo-*")) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
def test_a_demo_ends_with_all_its_processes(tmp_path: Path, number: signal.Signals) -> None:
    port = free_port()
    demo = start_demo(tmp_path, "--port", str(port))
    assert demo.stdout is not None
    try:
        for line in demo.stdout:
            if "Ctrl+C ends the demo" in line:
                break
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in/", timeout=20) as page:
            assert page.status == 200
        commands = " ".join(processes_with(str(tmp_path)))
        assert all(name in commands for name in ("plaid_emulator", "gunicorn", "qcluster"))
    finally:
        os.kill(demo.pid, number)
        demo.communicate(timeout=PATIENCE)
    assert wait_until(lambda: processes_with(str(tmp_path)) == []), processes_with(str(tmp_path))


def test_a_demo_says_when_its_port_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        demo = start_demo(tmp_path, "--port", str(port))
        output, _ = demo.communicate(timeout=PATIENCE)
    assert demo.returncode == 1
    assert f"Port {port} is taken" in output


def test_a_second_demo_keeps_its_hands_off_the_first_ones_books(tmp_path: Path) -> None:
    books = tmp_path / "demo" / "budgetapp.sqlite3"
    books.parent.mkdir()
    books.touch()
    with (tmp_path / "demo.lock").open("w") as first:
        fcntl.flock(first, fcntl.LOCK_EX)
        second = start_demo(tmp_path, "--port", str(free_port()))
        output, _ = second.communicate(timeout=PATIENCE)
    assert second.returncode == 1
    assert "Another demo runs" in output
    assert books.exists()
